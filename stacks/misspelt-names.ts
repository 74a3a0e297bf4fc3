/**
 * A line for each key of the CDK's context that is nearly the name of a setting. Context also holds keys of the CDK
 * itself; these have a colon or slash.
 */
export function misspeltNames(given: readonly string[], names: readonly string[]): string[] {
  return given
    .filter((key) => !names.includes(key) && !/[:/]/.test(key))
    .flatMap((key) => {
      const near = (name: string) => editDistance(name.toLowerCase(), key.toLowerCase());
      const meant = names.find((name) => near(name) <= (name.length < 8 ? 1 : 2));
      return meant === undefined ? [] : [`there is no setting ${key}; did you mean ${meant}?`];
    });
}

/** Levenshtein distance: single-character insertions, deletions and substitutions. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const substituted = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(substituted, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
