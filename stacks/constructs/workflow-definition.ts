import { readFileSync } from 'node:fs';
import { ConfigurationError } from '../configuration-error';

/** What fills the placeholders of a state machine's definition. */
export interface Substitutions {
  /** What its wiring row gives to it: each must be used, or the row asks for too much. */
  readonly wired: Readonly<Record<string, string>>;
  /** Settings: for the definitions that use them. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface FilledDefinition {
  readonly definition: string;
  /** The placeholders that the definition uses, for CloudFormation to fill. */
  readonly substitutions: Record<string, string>;
}

/**
 * Reads an ASL file and the values of its `${Placeholders}`.
 * @throws ConfigurationError where a placeholder has no value (AWS would take it for text), or wired things are not used
 */
export function readDefinition(file: string, { wired, settings }: Substitutions): FilledDefinition {
  const definition = readFileSync(file, 'utf8');
  const used = new Set([...definition.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name ?? ''));
  const known: Readonly<Record<string, string>> = { ...settings, ...wired };
  const problems = [
    ...[...used]
      .filter((name) => known[name] === undefined)
      .map((name) => `${file}: nothing fills \${${name}}; its row in handlers/wiring.ts does not name it`),
    ...Object.keys(wired)
      .filter((name) => !used.has(name))
      .map((name) => `${file}: \${${name}} is not used, but its row in handlers/wiring.ts asks for it`),
  ];
  if (problems.length > 0) throw new ConfigurationError(problems);
  return {
    definition,
    substitutions: Object.fromEntries(Object.entries(known).filter(([name]) => used.has(name))),
  };
}

/** `post-to-part` → `PostToPart` */
export function pascalCase(name: string): string {
  return name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
