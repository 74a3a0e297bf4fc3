import type { Runtime } from '../../local/runtime';
import { connect, type ChatClient } from '../support/chat-client';
import { Deployed } from '../support/deployed';
import { startTestRuntime } from '../support/runtime';

const MESSAGES = 15;

describe('sending again under one id, through functions that die', () => {
  let runtime: Runtime;
  let deployed: Deployed;

  beforeAll(async () => {
    // It ran and died with its answer, so its sender cannot know; the rest is an ordinary bad day.
    const faults = 'function.invoke[accept-message]:kill@30%; table.write[Dedupe]:fail@20%; bus.put:fail@20%';
    runtime = await startTestRuntime({ faults, seed: 7, log: () => {} });
    deployed = new Deployed(runtime.endpoint);
  }, 60_000);
  afterAll(async () => {
    deployed.close();
    await runtime.close();
  });

  /** Sends until it is accepted, on whichever socket it has then. Gives every reply that was an `ok`. */
  async function untilAccepted(client: ChatClient, clientMessageId: string) {
    for (;;) {
      client.send({ action: 'sendMessage', message: clientMessageId, clientMessageId });
      const reply = await client.next(
        (frame) => typeof frame !== 'string' && frame.type === undefined,
        40_000,
      );
      if (reply.ok === true) return reply;
      const { retryAfterMs = 50 } = (reply.error ?? {}) as { retryAfterMs?: number };
      await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
    }
  }

  test('keeps each message once, and every ok says the number under which it is kept', async () => {
    const george = await connect(`${runtime.url}?name=George`);
    const oks: Record<string, unknown>[] = [];
    for (let count = 1; count <= MESSAGES; count += 1) {
      oks.push(await untilAccepted(george, `m-${count}`));
      // A client that lost this reply too asks once more.
      oks.push(await untilAccepted(george, `m-${count}`));
    }
    expect(runtime.faults.list()[0]!.fired).toBeGreaterThan(0);
    const rows = (await deployed.rows('Outbox')) as unknown as { seq: number; clientMessageId: string }[];
    const kept = rows.toSorted((a, b) => a.seq - b.seq);
    expect(kept.map(({ seq, clientMessageId }) => [seq, clientMessageId])).toEqual(
      Array.from({ length: MESSAGES }, (_, index) => [index + 1, `m-${index + 1}`]),
    );
    expect(oks.map(({ seq }) => seq)).toEqual(kept.flatMap(({ seq }) => [seq, seq]));
    expect(oks.some(({ duplicate }) => duplicate === true)).toBe(true);
  }, 120_000);
});
