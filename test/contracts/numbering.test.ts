import { createOutbox } from '../../handlers/aws/outbox';
import { HeadHints } from '../../handlers/chat/sending/hints';
import type { Outbox } from '../../handlers/chat/storage/messages';
import { DAY, MINUTE, SECOND, TestClock } from '../support/memory/clock';
import { aRoomId } from '../support/memory/examples';
import { caller, numberAtOnce } from '../support/numbering';
import { startLocalAws, workflowWrites, type LocalAws } from './local-aws';

const clock = new TestClock();
let aws: LocalAws;
let outbox: Outbox;

beforeAll(async () => {
  aws = await startLocalAws(clock);
  outbox = createOutbox();
});
afterEach(() => aws.faults.set(''));
afterAll(() => aws.close());

const ports = () => ({ outbox, now: clock.now });

describe('numbering on DynamoDB', () => {
  it('gives 20 concurrent callers numbers without gap or double, because a number is put only after its predecessor', async () => {
    aws.faults.set('table.conditional[Outbox]:slow(5ms-15ms)');
    const roomId = aRoomId();
    // How often `busy` is answered depends here on the machine's cores: test/chat/append.test.ts and npm run bench ask that.
    const { numbered } = await numberAtOnce({ callers: 20, messages: 5, roomId }, ports());

    expect(numbered.length).toBeGreaterThan(10);
    const bySeq = numbered.toSorted((a, b) => a.seq - b.seq);
    expect(bySeq.map(({ seq }) => seq)).toEqual(Array.from({ length: numbered.length }, (_, n) => n + 1));
    // Each number holds the message of the caller that was told so.
    for (const { seq, appendId } of bySeq) {
      expect(await outbox.find(roomId, seq)).toMatchObject({ appendId });
    }
  }, 60_000);

  it('does not give a number back whose row has expired, because a hint is not trusted after a minute', async () => {
    const roomId = aRoomId();
    let head = 0;
    const send = caller(roomId, ports(), () => head);
    for (const expected of [1, 2, 3]) expect(await send()).toMatchObject({ seq: expected });

    // The workflow raises the head before it lets the rows expire; the caller stays warm for days.
    head = 3;
    for (const seq of [1, 2, 3]) {
      await outbox.markArchived(roomId, seq, clock.now());
      await workflowWrites().close(roomId, seq, clock.now() + DAY);
    }
    clock.advance(2 * DAY);
    await aws.tables.deleteExpired();
    expect(await outbox.lastSeq(roomId)).toBe(0);
    expect(await send()).toMatchObject({ seq: 4 });
  });

  it('goes on above a hint that others have overtaken, because taken numbers are stepped over', async () => {
    const roomId = aRoomId();
    const [warm, other] = [caller(roomId, ports()), caller(roomId, ports())];
    expect(await warm()).toMatchObject({ seq: 1 });
    for (const expected of [2, 3, 4]) expect(await other()).toMatchObject({ seq: expected });
    expect(await warm()).toMatchObject({ seq: 5 });
  });

  it('trusts a hint for a minute and not longer, and never one from the future', () => {
    const hints = new HeadHints();
    const now = clock.now();
    hints.set('r', 7, now);
    expect(hints.get('r', now + MINUTE)).toBe(7);
    expect(hints.get('r', now + MINUTE + 1)).toBeUndefined();
    expect(hints.get('r', now - SECOND)).toBeUndefined();
    expect(hints.get('another', now)).toBeUndefined();
  });
});
