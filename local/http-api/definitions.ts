import type { Integration, StageSettings } from '../gateway/definitions';

/** An HTTP API as its resources declare it. */
export interface HttpApi {
  readonly id: string;
  readonly cors?: Cors;
  readonly integrations: Map<string, Integration>;
  /** By route key, e.g. `POST /tickets` or `$default`. */
  readonly routes: Map<string, Integration>;
  /** `$default`, once it is declared. */
  stage?: StageSettings;
}

export interface Cors {
  /** Exact, or `*` for every one. */
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  /** Compared without regard to case. */
  readonly headers: readonly string[];
  readonly exposedHeaders: readonly string[];
  readonly maxAgeSeconds?: number;
  readonly credentials: boolean;
}

/** The HTTP API of the template: one, because it has one address here. */
export class HttpDefinitions {
  #api: HttpApi | undefined;

  get api(): HttpApi | undefined {
    return this.#api;
  }

  /** Throws Error for a second one. */
  add(api: HttpApi): void {
    if (this.#api !== undefined) throw new Error('There are two HTTP APIs, but they have one address here');
    this.#api = api;
  }

  has(id: string): boolean {
    return this.#api?.id === id;
  }

  /** Throws Error for an id that no declared HTTP API has. */
  get(id: string): HttpApi {
    if (this.#api?.id !== id) throw new Error(`There is no HTTP API with the id "${id}"`);
    return this.#api;
  }
}
