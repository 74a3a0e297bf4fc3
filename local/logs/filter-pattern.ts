import { ServiceError } from '../service';

/**
 * The unstructured part of CloudWatch Logs' filter pattern syntax: terms that must all occur, `"quoted phrases"`,
 * `-excluded` terms and `?optional` ones of which one suffices. Matching is case-sensitive.
 * Source: "Filter pattern syntax", CloudWatch Logs user guide.
 * @throws InvalidParameterException for JSON (`{ $.x = 1 }`), space-delimited (`[a, b]`) and regular expression
 *   (`%x%`) patterns, which are not modelled here
 */
export function parseFilterPattern(pattern: string): (message: string) => boolean {
  const trimmed = pattern.trim();
  if (/^[{[%]/.test(trimmed)) {
    throw new ServiceError(
      'InvalidParameterException',
      `The local runtime models terms and quoted phrases in a filter pattern, not ${trimmed}`,
    );
  }
  const required: string[] = [];
  const excluded: string[] = [];
  const optional: string[] = [];
  for (const match of trimmed.matchAll(/([-?]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))/g)) {
    const [, sign, phrase, word] = match;
    const term = phrase === undefined ? (word ?? '') : phrase.replace(/\\(.)/g, '$1');
    if (sign === '-') excluded.push(term);
    else if (sign === '?') optional.push(term);
    else required.push(term);
  }
  return (message) =>
    required.every((term) => message.includes(term)) &&
    !excluded.some((term) => message.includes(term)) &&
    (optional.length === 0 || required.length > 0 || optional.some((term) => message.includes(term)));
}
