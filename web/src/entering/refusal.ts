import * as z from 'zod/mini';

const refused = z.object({ error: z.string(), reason: z.optional(z.string()) });

/**
 * Why an answer of the server lets nobody in: the reason, as a `bye` names it, where the person is refused; else the
 * name of the error, e.g. `unauthorized` for a token that a wrong clock has let end. Undefined where they may come in,
 * and where it is not our server that refuses, e.g. a firewall in front of it.
 */
export async function refusalIn(answer: Response): Promise<string | undefined> {
  if (answer.status !== 401 && answer.status !== 403) return undefined;
  const said = z.safeParse(refused, await answer.json().catch(() => undefined));
  return said.data?.reason ?? said.data?.error;
}
