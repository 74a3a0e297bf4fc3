import { isObject } from '../json/json';

/**
 * The path in a route selection expression such as `$request.body.action`: here `['action']`.
 * Throws Error for any other form: headers, several variables and JSONPath filters are not modelled.
 */
export function parseSelectionExpression(expression: string): string[] {
  const path = /^\$request\.body\.([\w-]+(?:\.[\w-]+)*)$/.exec(expression)?.[1];
  if (path === undefined) {
    throw new Error(
      `The route selection expression "${expression}" is not modelled; it must have the form $request.body.<path>`,
    );
  }
  return path.split('.');
}

/**
 * The route key that a message names, or undefined where it names none: not JSON, nothing at the path, no text there.
 * Keys that start with `$` are API Gateway's own: naming `$connect` in a message does not invoke it.
 */
export function selectRouteKey(path: readonly string[], message: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch {
    return undefined;
  }
  for (const name of path) {
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return typeof value === 'string' && !value.startsWith('$') ? value : undefined;
}
