import type { CSSProperties } from 'react';

/** A person's initials on a colour of their own; says nothing to screen readers, since the name stands beside it. */
export function Avatar({ userId, name, size }: { userId: string; name: string; size?: 'small' | 'large' }) {
  const style: CSSProperties & Record<'--hue', number> = { '--hue': hueOf(userId) };
  return (
    <span
      className={`avatar ${size === undefined ? '' : `avatar-${size}`}`}
      style={style}
      data-initials={initialsOf(name)}
      aria-hidden="true"
    />
  );
}

function hueOf(userId: string): number {
  let hash = 0;
  for (const character of userId) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 3600;
  return hash / 10;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== '');
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends
    .map((word = '') => [...graphemes.segment(word)][0]?.segment ?? '')
    .join('')
    .toLocaleUpperCase();
}
