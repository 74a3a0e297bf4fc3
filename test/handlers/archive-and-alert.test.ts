import { alertAgents } from '../../handlers/fan-out/alert-agents';
import { archive } from '../../handlers/fan-out/archive';
import { DAY, MINUTE } from '../support/memory/clock';
import { SECRET_NAME, SECRET_ROOM, SECRET_TEXT } from '../support/memory/examples';
import { everyCrash } from './every-crash';
import { claimedMessage, roomWithPeople } from './rooms-with-people';

async function toArchive(retentionDays = 0) {
  const room = await roomWithPeople(1);
  const message = await claimedMessage(room);
  const { messageId } = message;
  const run = () => archive({ messageId }, { ...room, retentionDays });
  return { ...room, messageId, message, run };
}

describe('archiving', () => {
  it('keeps the message for ever and notes that it did, without which nothing is closed', async () => {
    const { run, history, outbox, messageId, roomId, now } = await toArchive();
    expect(outbox.close(roomId, 1, now() + DAY)).toBe(false);
    expect(await run()).toEqual({ archived: true });
    expect(history.rows.get(messageId)).toMatchObject({ seq: 1, text: SECRET_TEXT });
    expect(history.rows.get(messageId)).not.toHaveProperty('expiresAt');
    expect(outbox.close(roomId, 1, now() + DAY)).toBe(true);
  });

  it('keeps it as long as retention says, counted from when it was accepted', async () => {
    const { run, history, messageId, message, clock } = await toArchive(7);
    clock.advance(2 * DAY);
    await run();
    expect(history.rows.get(messageId)?.expiresAt).toBe(message.acceptedAt + 7 * DAY);
  });

  it('can crash anywhere: a message noted as kept is kept', async () => {
    const crashes = await everyCrash(async () => {
      const it = await toArchive();
      return {
        world: it.world,
        run: it.run,
        check: async () => {
          expect(it.history.rows.size).toBe(1);
          expect(await it.outbox.find(it.roomId, 1)).toMatchObject({ archivedAt: it.now() });
        },
      };
    });
    expect(crashes).toBe(6);
  });

  it('can crash anywhere in a deletion: no word of the message or of its edit is kept', async () => {
    await everyCrash(async () => {
      const it = await toArchive();
      const edit = await claimedMessage(it, { kind: 'edit', ref: 1 });
      const deletion = await claimedMessage(it, { kind: 'delete', ref: 1, text: '' });
      const ports = { ...it, retentionDays: 0 };
      await it.run();
      await archive(edit, ports);
      return {
        world: it.world,
        run: () => archive(deletion, ports),
        check: () => {
          const texts = [...it.history.rows.values()].map(({ text }) => text);
          expect(texts).toEqual([undefined, undefined, '']);
        },
      };
    });
  });

  it('goes by the room’s own retention before the setting', async () => {
    const { run, history, messageId, message, outbox } = await toArchive(7);
    const row = outbox.rows.get(`${message.roomId}/${message.seq}`)!;
    outbox.rows.set(`${message.roomId}/${message.seq}`, {
      ...row,
      entry: { ...row.entry, retentionSeconds: 60 },
    });
    await run();
    expect(history.rows.get(messageId)?.expiresAt).toBe(message.acceptedAt + MINUTE);
  });

  it('never notes what it did not keep', async () => {
    const { run, calls, outbox, roomId } = await toArchive();
    calls.failAt(calls.made.length + 1, 'before');
    await expect(run()).rejects.toThrow('history.keep');
    expect((await outbox.find(roomId, 1))?.archivedAt).toBeUndefined();
  });

  it('throws without an entry', async () => {
    const it = await toArchive();
    await expect(archive({ messageId: `${it.roomId}.9` }, { ...it, retentionDays: 0 })).rejects.toThrow();
  });
});

async function toAlert(settings: { previewCharacters?: number } = {}) {
  const room = await roomWithPeople(1);
  const ports = { ...room, previewCharacters: 80, ...settings };
  const said = async () => {
    const { messageId } = await claimedMessage(room);
    return { messageId, alert: () => alertAgents({ messageId }, ports) };
  };
  return { ...room, said };
}

describe('alerting agents', () => {
  it('publishes who said what where, with the ids to find it by, and notes it', async () => {
    const { said, alerts, outbox, roomId, now } = await toAlert();
    const { messageId, alert } = await said();
    expect(await alert()).toEqual({ alerted: true });
    expect(alerts.published).toEqual([
      {
        subject: `Parley: ${SECRET_ROOM}`,
        text: `${SECRET_NAME} in ${SECRET_ROOM}: ${SECRET_TEXT}`,
        roomId,
        messageId,
      },
    ]);
    expect(await outbox.find(roomId, 1)).toMatchObject({ alertedAt: now() });
  });

  it('shows as much of a text as the setting allows, and a subject that SNS takes', async () => {
    const { said, alerts } = await toAlert({ previewCharacters: 6 });
    await (await said()).alert();
    expect(alerts.published[0]?.text).toMatch(/: canar…$/);
    expect(alerts.published[0]?.subject).toMatch(/^[\x20-\x7e]{1,100}$/);
  });

  it('can crash anywhere and alert twice, but never not at all', async () => {
    const crashes = await everyCrash(async () => {
      const it = await toAlert();
      const { alert } = await it.said();
      return {
        world: it.world,
        run: alert,
        check: async () => {
          expect([1, 2]).toContain(it.alerts.published.length);
          expect(await it.outbox.find(it.roomId, 1)).toHaveProperty('alertedAt');
        },
      };
    });
    expect(crashes).toBe(6);
  });
});
