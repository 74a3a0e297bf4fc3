const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const day = new Intl.DateTimeFormat(undefined, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});

const DAY_MS = 24 * 60 * 60_000;

export function timeOf(at: number): string {
  return clock.format(at);
}

export function fullTimeOf(at: number): string {
  return full.format(at);
}

/** Today, yesterday, or the date. */
export function dayOf(at: number, now = Date.now()): string {
  const that = new Date(at).toDateString();
  if (that === new Date(now).toDateString()) return 'Today';
  if (that === new Date(now - DAY_MS).toDateString()) return 'Yesterday';
  return day.format(at);
}
