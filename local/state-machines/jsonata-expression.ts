import jsonata from 'jsonata';
import type { Json, JsonObject } from '../json/json';
import { InterpreterFailure, QUERY_EVALUATION_ERROR } from './failure';
import { NOW_BINDING, registerStepFunctions } from './jsonata-functions';
import { plainExpression, type PlainExpression } from './plain-expression';

/** What an expression can read: the variables in scope, `$states`, and the time of the evaluation. */
export interface Bindings {
  readonly variables: Readonly<Record<string, Json>>;
  readonly states: JsonObject;
  /** Milliseconds since the epoch; what `$millis()` and `$now()` give, wherever they stand. */
  readonly now: number;
}

/** AWS gives an expression a few seconds; without a limit a recursion without a base case would hang everything. */
const EVALUATION_TIMEOUT_MS = 5_000;

/** One `{% ... %}` of a definition, compiled once and evaluated as often as its state runs. */
export class JsonataExpression {
  readonly #compiled: jsonata.Expression;
  readonly #plain: PlainExpression | undefined;

  /**
   * @param source the text between `{%` and `%}`
   * @param location the field relative to its state as AWS names it, e.g. `Output/parts[0]/id`
   * Throws jsonata's error for a text that does not parse.
   */
  constructor(
    readonly source: string,
    readonly location: string,
  ) {
    this.#compiled = jsonata(source, { timeout: EVALUATION_TIMEOUT_MS });
    registerStepFunctions(this.#compiled);
    this.#plain = plainExpression(this.#compiled.ast());
  }

  ast(): jsonata.ExprNode {
    return this.#compiled.ast();
  }

  /**
   * The value as plain JSON. Throws States.QueryEvaluationError when the evaluation fails, gives nothing,
   * or gives a function.
   */
  async evaluate(bindings: Bindings): Promise<Json> {
    const plain = this.#plain?.(bindings);
    const result = plain === undefined ? await this.#evaluate(bindings) : plain;
    if (result === undefined) throw this.#failure('returned nothing (undefined).');
    const value = toJson(result);
    if (value === undefined) throw this.#failure('returned an unsupported result type.');
    return value;
  }

  async #evaluate({ variables, states, now }: Bindings): Promise<unknown> {
    try {
      return await this.#compiled.evaluate(undefined, { ...variables, states, [NOW_BINDING]: now });
    } catch (error) {
      throw this.#failure(`threw an error during evaluation. ${describeError(error)}`);
    }
  }

  #failure(problem: string): InterpreterFailure {
    const cause = `The JSONata expression '${this.source}' specified for the field '${this.location}' ${problem}`;
    return new InterpreterFailure(QUERY_EVALUATION_ERROR, cause, this.location);
  }
}

/** jsonata throws plain objects with `code` and `message`; our own functions throw errors. */
function describeError(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : '';
  const message = 'message' in error && typeof error.message === 'string' ? error.message : 'unknown error';
  return code + message;
}

/**
 * A copy of a JSONata result as plain JSON: sequences (arrays that carry `sequence`, `keepSingleton` and other
 * properties of jsonata's own) become arrays, members without a value are left out, and a number that JSON
 * cannot write becomes its name, as on AWS. Undefined for a function.
 */
function toJson(value: unknown): Json | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'object': {
      if (value === null) return null;
      if (Array.isArray(value)) return value.map(toJson).filter((item) => item !== undefined);
      // jsonata represents its lambdas and the functions it defines as objects.
      if ('_jsonata_lambda' in value || '_jsonata_function' in value) return undefined;
      const copy: JsonObject = {};
      for (const [key, member] of Object.entries(value)) {
        const json = toJson(member);
        if (json !== undefined) copy[key] = json;
      }
      return copy;
    }
    default:
      return undefined;
  }
}
