/** A text of a policy in which `*` stands for any characters, none included, and `?` for exactly one. */
export interface Pattern {
  /** As the policy has it. */
  readonly text: string;
  readonly matches: (value: string) => boolean;
}

/** @throws Error for a policy variable such as `${aws:username}`, which is not modelled */
export function parsePattern(text: string, { ignoreCase = false } = {}): Pattern {
  refuseVariables(text);
  if (text === '*') return { text, matches: () => true };
  if (!/[*?]/.test(text)) {
    if (!ignoreCase) return { text, matches: (value) => value === text };
    const lower = text.toLowerCase();
    return { text, matches: (value) => value.toLowerCase() === lower };
  }
  const source = text.replace(/[^*?]+|[*?]/g, (part) =>
    part === '*' ? '.*' : part === '?' ? '.' : part.replace(/[\\^$.|+()[\]{}]/g, '\\$&'),
  );
  const expression = new RegExp(`^${source}$`, ignoreCase ? 'is' : 's');
  return { text, matches: (value) => expression.test(value) };
}

/** As ArnEquals and ArnLike compare: each of the six parts between colons by itself, the last with its colons. */
export function parseArnPattern(text: string): Pattern {
  if (text === '*') return parsePattern(text);
  const parts = arnParts(text).map((part) => parsePattern(part));
  return {
    text,
    matches: (value) => {
      const values = arnParts(value);
      return (
        values.length === parts.length && parts.every((part, index) => part.matches(values[index] ?? ''))
      );
    },
  };
}

export function refuseVariables(text: string): void {
  if (text.includes('${')) throw new Error(`the policy variable in "${text}" is not modelled`);
}

function arnParts(arn: string): string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), ...(parts.length > 5 ? [parts.slice(5).join(':')] : [])];
}
