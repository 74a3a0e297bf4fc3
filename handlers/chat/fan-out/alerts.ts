export type AlertPolicy = 'unattended' | 'always' | 'off';

/**
 * Whether agents hear of a message. `unattended` means that no agent listens in the room; until people can sign
 * in as agents nobody is one, so every room is unattended.
 */
export function alertsAgents(policy: AlertPolicy): boolean {
  switch (policy) {
    case 'off':
      return false;
    case 'always':
    case 'unattended':
      return true;
  }
}

/** The first characters of a text on one line; a cut is shown by an ellipsis. 0 characters give an empty preview. */
export function preview(text: string, characters: number): string {
  const line = Array.from(text.replace(/\s+/g, ' ').trim());
  if (line.length <= characters) return line.join('');
  return characters === 0 ? '' : `${line.slice(0, characters - 1).join('')}…`;
}
