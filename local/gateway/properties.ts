import { isObject, type Json, type JsonObject } from '../json/json';
import type { DeclaredResource } from '../template/resource-model';

/** The properties of one resource, read with errors that name it. */
export class Properties {
  readonly #properties: JsonObject;
  readonly #resource: DeclaredResource;

  constructor(properties: JsonObject, resource: DeclaredResource) {
    this.#properties = properties;
    this.#resource = resource;
  }

  /** Throws an Error for this resource; `problem` goes on after its logical id. */
  fail(problem: string): never {
    throw new Error(`${this.#resource.logicalId} (${this.#resource.type}) ${problem}`);
  }

  text(name: string): string {
    return this.optionalText(name) ?? this.fail(`has no ${name}`);
  }

  optionalText(name: string): string | undefined {
    const value = this.#properties[name];
    if (value === undefined || typeof value === 'string') return value;
    return this.fail(`has a ${name} that is not text`);
  }

  /** Accepts numbers written as text too, as CloudFormation does. */
  optionalNumber(name: string): number | undefined {
    const value = this.#properties[name];
    if (value === undefined) return undefined;
    const number = typeof value === 'string' && value !== '' ? Number(value) : value;
    return typeof number === 'number' && Number.isFinite(number)
      ? number
      : this.fail(`has a ${name} that is no number`);
  }

  /** Accepts `true` and `false` written as text too, as CloudFormation does. */
  flag(name: string): boolean | undefined {
    const value = this.#properties[name];
    if (value === undefined || typeof value === 'boolean') return value;
    if (value === 'true' || value === 'false') return value === 'true';
    return this.fail(`has a ${name} that is neither true nor false`);
  }

  texts(name: string): string[] {
    const value = this.#properties[name] ?? [];
    const list = Array.isArray(value) ? value : [value];
    return list.map((entry) =>
      typeof entry === 'string' ? entry : this.fail(`has a ${name} that is not a list of texts`),
    );
  }

  optionalObject(name: string): JsonObject | undefined {
    const value = this.#properties[name];
    if (value === undefined || isObject(value)) return value;
    return this.fail(`has a ${name} that is not an object`);
  }

  /** Refuses a value that is not among those that are modelled; an absent property is fine. */
  allow(name: string, ...allowed: Json[]): void {
    const value = this.#properties[name];
    if (value === undefined || allowed.includes(value)) return;
    this.fail(
      `has ${name} ${JSON.stringify(value)}, which is not modelled; it may be ${allowed.map((one) => JSON.stringify(one)).join(', ')}`,
    );
  }

  /** Refuses a property that is not among those that are known. */
  allowOnly(names: readonly string[]): void {
    const unknown = Object.keys(this.#properties).find((name) => !names.includes(name));
    if (unknown !== undefined) this.fail(`has ${unknown}, which is not modelled`);
  }
}
