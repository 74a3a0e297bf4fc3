import * as z from 'zod/mini';
import type { Setting } from './setting';

const HOST = String.raw`(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?`;
const oneOrMore = (url: RegExp) => {
  const one = z.string().check(z.regex(url));
  return z.union([one, z.array(one).check(z.minLength(1))]);
};

/** What `RTCPeerConnection` takes. It throws at a relay without credentials, so that no call would come about. */
const iceServers = z.array(
  z.union([
    z.strictObject({ urls: oneOrMore(new RegExp(`^stuns?:${HOST}$`)) }),
    z.strictObject({
      urls: oneOrMore(new RegExp(`^(stuns?:${HOST}|turns?:${HOST}(\\?transport=(udp|tcp))?)$`)),
      username: z.string().check(z.minLength(1)),
      credential: z.string().check(z.minLength(1)),
    }),
  ]),
);

export type IceServers = z.infer<typeof iceServers>;

/** STUN and TURN servers: JSON text from `-c`, a list in cdk.json. */
export function iceServersSetting(description: string): Setting<IceServers> {
  return {
    unit: '',
    default: [],
    defaultInWords: 'none',
    description,
    must: 'be a JSON list such as [{"urls":"stun:stun.example:3478"}], with username and credential where there is a turn: or turns: address',
    isSecret: true,
    read: (given) => {
      const parsed = z.safeParse(iceServers, typeof given === 'string' ? parseJson(given) : given);
      return parsed.success ? parsed.data : undefined;
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
