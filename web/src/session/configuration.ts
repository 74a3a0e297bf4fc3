import * as z from 'zod/mini';

/** What the deployment tells the app, at `/config.json`. */
const configuration = z.object({
  /** `wss://…/stage` */
  websocketUrl: z.string().check(z.regex(/^wss?:\/\//)),
  /** `https://…`, where people sign out everywhere; absent where nobody signs in. */
  httpUrl: z.optional(z.url()),
  /** The room in which guests begin; the deployment's default room where absent. */
  room: z.optional(z.string()),
  /** Whether people may come in without an account. */
  guests: z._default(z.boolean(), true),
  signIn: z.optional(
    z.object({
      /** Where people sign in: Cognito's hosted pages or the local ones, e.g. `https://….amazoncognito.com`. */
      url: z.url(),
      clientId: z.string(),
    }),
  ),
  /** STUN and TURN servers for video meetings, as `RTCPeerConnection` takes them. */
  iceServers: z._default(
    z.array(
      z.object({
        urls: z.union([z.string(), z.array(z.string())]),
        username: z.optional(z.string()),
        credential: z.optional(z.string()),
      }),
    ),
    [],
  ),
});

export type Configuration = z.infer<typeof configuration>;

/**
 * Reads `/config.json`.
 * @throws Error where there is none that can be understood
 */
export async function loadConfiguration(): Promise<Configuration> {
  const response = await fetch('/config.json', { cache: 'no-cache' });
  if (!response.ok) throw new Error(`/config.json answers ${response.status}.`);
  const parsed = z.safeParse(configuration, await response.json());
  if (!parsed.success) throw new Error('/config.json is not what this app understands.');
  return parsed.data;
}
