/**
 * Characters that turn the order of others around or cannot be seen: with them a text can look like another one.
 * Marks and isolates that right-to-left languages need (LRM, RLM, U+2066–2069) stay; they end with their paragraph.
 */
const DECEIVING = /[\u202a-\u202e\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/g;

/** The text with what would deceive the eye made visible, e.g. `⟨U+202E⟩`. */
export function visible(text: string): string {
  return text.replace(DECEIVING, (character) => {
    const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    return `⟨U+${code}⟩`;
  });
}

const SCHEMES = new Set(['http:', 'https:', 'mailto:']);

/** An address that may be clicked, in its plain form (hosts in punycode); undefined for everything else. */
export function safeHref(href: string): string | undefined {
  if (!URL.canParse(href)) return undefined;
  const url = new URL(href);
  // What stands before an @ looks like a host and is none.
  const isPlain = url.username === '' && url.password === '';
  return SCHEMES.has(url.protocol) && isPlain ? url.href : undefined;
}

/** Where a link really goes, where its text does not say that plainly. */
export function hostToShow(text: string, href: string): string | undefined {
  const { protocol, host, pathname } = new URL(href);
  const place = protocol === 'mailto:' ? pathname : host;
  const said = safeHref(text) ?? safeHref(`https://${text}`) ?? safeHref(`mailto:${text}`);
  if (said === undefined) return place;
  if (text === href || safeHref(text) === href) return undefined;
  const saidUrl = new URL(said);
  const saidPlace = protocol === 'mailto:' ? text : saidUrl.host;
  return saidPlace === place ? undefined : place;
}
