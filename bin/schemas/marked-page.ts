/**
 * Fills the generated parts of a page. Each stands between `<!-- generated: name -->` and `<!-- /generated -->`;
 * what is around them is written by hand. Throws where the page's parts are not exactly those given.
 */
export function fillPage(page: string, parts: Readonly<Record<string, string>>): string {
  const missing = new Set(Object.keys(parts));
  const filled = page.replace(
    /(<!-- generated: ([\w-]+) -->\n)[^]*?(<!-- \/generated -->)/g,
    (_, begin: string, name: string, end: string) => {
      const text = parts[name];
      if (text === undefined) throw new Error(`nothing generates the part ${name}`);
      missing.delete(name);
      return `${begin}\n${text}\n\n${end}`;
    },
  );
  if (missing.size > 0) throw new Error(`the page has no place for ${[...missing].join(', ')}`);
  return filled;
}

/** A Markdown table; cells may hold anything but line breaks. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Values as frames on the wire look, one a line. */
export function codeOfFrames(frames: readonly unknown[]): string {
  return ['```json', ...frames.map((frame) => JSON.stringify(frame)), '```'].join('\n');
}
