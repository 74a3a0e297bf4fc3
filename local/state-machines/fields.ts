import { isObject, type Json, type JsonObject } from '../json/json';
import { compileTemplate, type QueryTemplate } from './query-template';

const JSONPATH_FIELDS = [
  'InputPath',
  'OutputPath',
  'ResultPath',
  'ResultSelector',
  'Parameters',
  'Result',
  'ItemsPath',
  'Variable',
  'SecondsPath',
  'TimestampPath',
  'ErrorPath',
  'CausePath',
  'TimeoutSecondsPath',
  'MaxConcurrencyPath',
  'Iterator',
];

/** Reads the fields of one object of a definition; whatever is not asked for by `end` is refused. */
export class Fields {
  readonly #seen = new Set<string>(['Comment']);

  /** `place` opens every error, e.g. `State 'Post to part', Catch[0]`. */
  constructor(
    readonly object: JsonObject,
    readonly place: string,
  ) {}

  static of(value: Json | undefined, place: string): Fields {
    if (!isObject(value)) throw new Error(`${place} must be an object`);
    return new Fields(value, place);
  }

  json(name: string): Json | undefined {
    this.#seen.add(name);
    return this.object[name];
  }

  text(name: string): string | undefined {
    const value = this.json(name);
    if (value === undefined || typeof value === 'string') return value;
    throw new Error(`${this.place}: ${name} must be a string`);
  }

  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw new Error(`${this.place}: ${name} is missing`);
    return value;
  }

  number(name: string, minimum: number, otherwise: number): number {
    return this.optionalNumber(name, minimum) ?? otherwise;
  }

  optionalNumber(name: string, minimum: number): number | undefined {
    const value = this.json(name);
    if (value === undefined || (typeof value === 'number' && value >= minimum)) return value;
    throw new Error(`${this.place}: ${name} must be a number of at least ${minimum}`);
  }

  oneOf<T extends string>(name: string, values: readonly T[], otherwise: T): T {
    const value = this.text(name);
    if (value === undefined) return otherwise;
    const known = values.find((candidate) => candidate === value);
    if (known !== undefined) return known;
    throw new Error(`${this.place}: ${name} is '${value}', which is none of ${values.join(', ')}`);
  }

  /** The elements of a list field, each an object; none when it is absent. */
  list(name: string, placeOf: (index: number) => string): Fields[] {
    const value = this.json(name);
    if (value === undefined) return [];
    if (!Array.isArray(value)) throw new Error(`${this.place}: ${name} must be a list`);
    return value.map((element, index) => Fields.of(element, placeOf(index)));
  }

  texts(name: string): string[] {
    const value = this.json(name);
    if (!Array.isArray(value) || value.length === 0)
      throw new Error(`${this.place}: ${name} must be a list of strings`);
    return value.map((element) => {
      if (typeof element !== 'string') throw new Error(`${this.place}: ${name} must hold strings only`);
      return element;
    });
  }

  /** `location` is the field relative to the state, as AWS names it in causes. */
  template(name: string, location = name): QueryTemplate | undefined {
    const value = this.json(name);
    if (value === undefined) return undefined;
    try {
      return compileTemplate(value, location);
    } catch (error) {
      throw new Error(`${this.place}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  requiredTemplate(name: string, location = name): QueryTemplate {
    const template = this.template(name, location);
    if (template === undefined) throw new Error(`${this.place}: ${name} is missing`);
    return template;
  }

  /** Throws for a field that nobody asked for. */
  end(): void {
    for (const name of Object.keys(this.object)) {
      if (this.#seen.has(name)) continue;
      if (JSONPATH_FIELDS.includes(name) || name.endsWith('.$')) {
        throw new Error(
          `${this.place}: ${name} belongs to JSONPath; only the query language JSONata is modelled`,
        );
      }
      throw new Error(`${this.place}: the field ${name} is not modelled`);
    }
  }
}
