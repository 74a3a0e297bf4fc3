/** A WebSocket API as its resources declare it. */
export interface Api {
  readonly id: string;
  /** Of the route selection expression, e.g. `['action']`. */
  readonly selectionPath: readonly string[];
  readonly integrations: Map<string, Integration>;
  readonly authorizers: Map<string, Authorizer>;
  /** By route key. */
  readonly routes: Map<string, Route>;
}

export interface Integration {
  readonly functionArn: string;
  /** In real time: it measures work that is really done, however fast the runtime's clock runs. */
  readonly timeoutMs: number;
}

export interface Authorizer {
  readonly id: string;
  readonly functionArn: string;
  /** e.g. `route.request.querystring.token`; all must be present. */
  readonly identitySources: readonly string[];
}

export interface Route {
  readonly id: string;
  readonly key: string;
  readonly integration: Integration;
  readonly authorizer?: Authorizer;
  /** Whoever calls it must sign with credentials of AWS: `AuthorizationType: AWS_IAM`. */
  readonly signed?: true;
  /** The route says which response to choose … */
  readonly selectsResponse: boolean;
  /** … and has one. Only with both does the function's body go back to the caller. */
  hasResponse: boolean;
}

export interface Throttle {
  readonly ratePerSecond: number;
  readonly burst: number;
}

export interface AccessLogSettings {
  readonly group: string;
  readonly format: string;
}

/** What a stage says, of a WebSocket or an HTTP API. */
export interface StageSettings {
  readonly name: string;
  readonly accessLog?: AccessLogSettings;
  /** What applies to each route by itself, unless it has its own. */
  readonly defaultThrottle?: Throttle;
  readonly routeThrottles: ReadonlyMap<string, Throttle>;
}

export interface Stage extends StageSettings {
  readonly api: Api;
}

/** Everything that the template declares for the gateway. */
export class Definitions {
  readonly #apis = new Map<string, Api>();
  readonly #stages = new Map<string, Stage>();

  addApi(api: Api): void {
    this.#apis.set(api.id, api);
  }

  /** Throws Error for an id that no declared WebSocket API has. */
  api(id: string): Api {
    const api = this.#apis.get(id);
    if (api === undefined) throw new Error(`There is no WebSocket API with the id "${id}"`);
    return api;
  }

  /** Throws Error where another API has a stage of that name: here all share one address. */
  addStage(stage: Stage): void {
    if (this.#stages.has(stage.name)) throw new Error(`Two APIs have a stage named "${stage.name}"`);
    this.#stages.set(stage.name, stage);
  }

  stage(name: string): Stage | undefined {
    return this.#stages.get(name);
  }

  stages(): Stage[] {
    return [...this.#stages.values()];
  }
}
