import { ClientError } from '../errors';
import { addressHash, connectsOf } from '../ids';
import type { Now } from '../ports';
import type { Limits } from '../storage/people';
import type { Admission, Rate } from '../rate';

export interface ConnectLimitPorts {
  readonly limits: Limits;
  readonly now: Now;
  readonly connectRates: { readonly user: Rate; readonly address: Rate };
  /** See `addressHash`. */
  readonly addressKey: string;
}

/**
 * Counts a connect of a person, and one from an IP address, which is kept as a hash alone. What the address may not is
 * not counted for the person, so that whoever floods from elsewhere keeps nobody out.
 * @param address undefined where the platform told none
 * @throws ClientError `too_many_requests`
 */
export async function countConnect(
  { userId, address }: { userId: string; address: string | undefined },
  { limits, now, connectRates, addressKey }: ConnectLimitPorts,
): Promise<void> {
  if (address !== undefined) {
    const subject = `address.${addressHash(networkOf(address), addressKey)}`;
    refuse(await limits.take(subject, connectRates.address, now()));
  }
  refuse(await limits.take(connectsOf(userId), connectRates.user, now()));
}

/** What one household or office has: an IPv4 address, or the /64 of an IPv6 address. */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const given = [...groups(head), ...groups(tail ?? '')].length;
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - given }, () => '0');
  const all = [...groups(head), ...zeros, ...groups(tail ?? '')];
  return all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}

function refuse(admission: Admission): void {
  if (admission.admitted) return;
  const { retryAfterMs } = admission;
  throw new ClientError('too_many_requests', 'Too many connections at once; try again later.', undefined, {
    retryAfterMs,
  });
}
