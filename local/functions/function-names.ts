/**
 * The forms in which the Lambda API takes a function: its name, its ARN or a partial ARN
 * (`123456789012:function:name`), each with or without `:version` at the end (API reference, "Invoke").
 */
export function resolveFunctionName(given: string): { readonly name: string; readonly version?: string } {
  const [, name = given, version] =
    /^(?:(?:arn:aws:lambda:[^:]*:)?\d{12}:function:)?([\w-]+)(?::([\w$-]+))?$/.exec(given) ?? [];
  return version === undefined ? { name } : { name, version };
}
