import { Gate } from '../../handlers/aws/gate';
import { Poster } from '../../handlers/aws/poster';
import { IN_FLIGHT, RUN_AHEAD } from '../../handlers/aws/sockets';
import type { PlanSettings } from '../../handlers/chat/fan-out/audience-plan';
import { isOfOnePart, type Plan } from '../../handlers/chat/fan-out/plan';
import { messageIdOf } from '../../handlers/chat/ids';
import type { PartProgress, PartRecord } from '../../handlers/chat/fan-out/ledger';
import type { OutboxEntry } from '../../handlers/chat/messages';
import type { Log, Sockets } from '../../handlers/chat/ports';
import type { Ledger, Outbox } from '../../handlers/chat/storage/messages';
import type { Audience, Rooms } from '../../handlers/chat/storage/rooms';
import { sideBySide } from '../../handlers/chat/side-by-side';
import { claimAndPlan } from '../../handlers/fan-out/claim-and-plan';
import { postToPart } from '../../handlers/fan-out/post-to-part';
import { sumUp } from '../../handlers/fan-out/sum-up';
import { seededRandom } from '../support/seeded-random';
import { VirtualTime } from '../support/virtual-time';
import { AWS } from './assumptions';
import { GatewayModel, Processor, type Condition } from './gateway-model';
import { LambdaModel } from './lambda-model';
import { RoomModel } from './room-model';

/** Of `post-to-part`, as `handlers/wiring.ts` has it. */
const WORKER_TIMEOUT = 60_000;
/** How many iterations of an inline Map run at a time at most. */
const INLINE_MAP = 40;
const SEQ = 1;

export interface FanOutOptions {
  readonly size: number;
  readonly settings: PlanSettings;
  readonly seed?: number;
  /** Whether environments of the functions are there already; a room that was quiet for long has none. */
  readonly warm?: boolean;
  readonly conditionOf?: (index: number) => Condition;
  /** Overrules the planner. */
  readonly tier?: Plan['tier'];
}

export interface FanOutRun {
  readonly plan: Plan;
  /** Milliseconds from the event to each connection's frame, NaN where it got none. */
  readonly arrivals: Float64Array;
  /** Milliseconds from the event to the last frame. */
  readonly last: number;
  readonly requests: number;
  readonly refused: number;
  readonly twice: number;
  readonly outcomes: { readonly posted: number; readonly gone: number; readonly failed: number };
  readonly workers: { readonly invocations: number; readonly billed: number; readonly busiest: number };
  /** What the ledger's writes cost. A stretch is written once, in a row of its own or in the finished record. */
  readonly ledgerWriteUnits: number;
  readonly dynamodbCalls: number;
}

/**
 * One message to one room on virtual time, from its event to the last frame: the real claim, planner, worker, poster
 * and gate, each behind the start latencies of AWS that `assumptions.ts` lists. The Maps of both workflows are
 * written out here; nothing else of the workflows takes part, because nobody waits for it.
 */
export async function runFanOut({
  size,
  settings,
  seed = 1,
  warm = true,
  conditionOf,
  tier,
}: FanOutOptions): Promise<FanOutRun> {
  const time = new VirtualTime(seed);
  const room = new RoomModel(size, seededRandom(seed));
  const gateway = new GatewayModel(time, size, conditionOf);
  const pause = (milliseconds: number) => time.pause(milliseconds);
  let dynamodbCalls = 0;
  const roundTrip = () => {
    dynamodbCalls += 1;
    return time.pause(AWS.dynamodb);
  };
  const functionOf = <Local>(createLocal: () => Local) =>
    new LambdaModel(time, createLocal, warm ? INLINE_MAP : 0);
  const controllers = functionOf(() => 'nothing to keep');
  const workers = functionOf(() => ({
    poster: new Poster(new Gate(IN_FLIGHT, time, RUN_AHEAD), time),
    processor: new Processor(time),
  }));

  const messageId = messageIdOf(room.roomId, SEQ);
  const ledger = new LedgerModel(roundTrip, tier);
  const audience = only<Audience>(room.audience(roundTrip));
  const outbox = outboxOf(room.roomId, roundTrip);
  const shared = { audience, outbox, ledger: only<Ledger>(ledger), log: silent, now: () => time.now() };

  const serve = (part: number, plan: Pick<Plan, 'parts' | 'postsPerSecond'>) =>
    workers.invoke(async ({ poster, processor }) => {
      const sockets = only<Sockets>({
        post: (_, recipients, limits) => poster.post(gateway.send(processor), recipients, limits),
      });
      const began = time.now();
      const remaining = () => began + WORKER_TIMEOUT - time.now();
      const ports = { ...shared, sockets, pause, remaining };
      return postToPart({ messageId, attempt: 1, part, plan, cursor: cursors.get(part) ?? null }, ports);
    });
  const cursors = new Map<number, string>();
  const serveWhole = async (part: number, plan: Pick<Plan, 'parts' | 'postsPerSecond'>) => {
    for (;;) {
      const { cursor, ...counts } = await serve(part, plan);
      if (cursor === null) return counts;
      cursors.set(part, cursor);
    }
  };

  const results = await onVirtualTime(time, async () => {
    await time.pause(AWS.eventDelivery + AWS.expressStart);
    const claim = await controllers.invoke(() =>
      claimAndPlan(
        { detail: { messageId, roomId: room.roomId, seq: SEQ, attempt: 0 }, claimant: 'run' },
        { ...shared, rooms: only<Rooms>({}), settings: { ...settings, alerts: 'off', alertWindowMs: 0 } },
      ),
    );
    if (claim.outcome !== 'claimed') throw new Error(`The claim was ${claim.outcome}`);
    if (claim.tier === 'inline') {
      const atOnce = Math.min(INLINE_MAP, ledger.plan.workers);
      return sideBySide(claim.parts, atOnce, (part) => serveWhole(part, claim.plan));
    }
    await time.pause(AWS.standardTransition + AWS.standardStart);
    const { parts, plan } = await controllers.invoke(() => sumUp({ messageId }, shared));
    await time.pause(AWS.standardTransition + AWS.distributedMapStart);
    let startedAt = time.now();
    return sideBySide(parts, plan.workers, async (part) => {
      startedAt = Math.max(startedAt + 1000 / AWS.childrenPerSecond, time.now());
      await time.pause(startedAt - time.now() + AWS.expressStart);
      return serveWhole(part, plan);
    });
  });

  const sum = (field: 'posted' | 'gone' | 'failed') =>
    results.reduce((total, counts) => total + counts[field], 0);
  const { arrivals, requests, refused, twice } = gateway;
  const { invocations, billed, busiest } = workers;
  return {
    plan: ledger.plan,
    arrivals,
    last: arrivals.reduce((latest, at) => (at > latest ? at : latest), 0),
    ...{ requests, refused, twice, dynamodbCalls },
    outcomes: { posted: sum('posted'), gone: sum('gone'), failed: sum('failed') },
    workers: { invocations, billed, busiest },
    ledgerWriteUnits: ledger.writeUnits,
  };
}

/** Runs `work` with `performance.now` as this clock, because a worker reads its deadlines from it. One at a time. */
async function onVirtualTime<T>(time: VirtualTime, work: () => Promise<T>): Promise<T> {
  const realNow = Object.getOwnPropertyDescriptor(performance, 'now');
  performance.now = () => time.now();
  try {
    return await time.run(work());
  } finally {
    // It is the prototype's, so taking ours away brings it back, unless somebody had put one there before.
    if (realNow === undefined) Reflect.deleteProperty(performance, 'now');
    else Object.defineProperty(performance, 'now', realNow);
  }
}

/** The first attempt's ledger: the plan, and counts instead of a million slots. */
class LedgerModel {
  #plan: Plan | undefined;
  writeUnits = 0;
  readonly #records = new Map<number, PartRecord>();

  constructor(
    private readonly roundTrip: () => Promise<void>,
    private readonly tier: Plan['tier'] | undefined,
  ) {}

  get plan(): Plan {
    if (this.#plan === undefined) throw new Error('Nothing was planned');
    return this.#plan;
  }

  async storePlan(_: string, plan: Plan): Promise<Plan> {
    const holding = { ...plan, tier: this.tier ?? plan.tier };
    if (!isOfOnePart(holding)) {
      await this.roundTrip();
      this.writeUnits += 1;
    }
    return (this.#plan ??= holding);
  }

  async findPlan(): Promise<Plan | undefined> {
    await this.roundTrip();
    return this.#plan;
  }

  async records(): Promise<PartRecord[]> {
    await this.roundTrip();
    return [...this.#records.values()];
  }

  async begin(_: string, part: number, attempt: number): Promise<PartRecord> {
    await this.roundTrip();
    this.writeUnits += 1;
    const none = { part, attempt, posted: [], gone: [], failed: [], finished: false };
    const record = this.#records.get(part) ?? none;
    this.#records.set(part, record);
    return record;
  }

  async add(_: string, part: number, attempt: number, progress: PartProgress): Promise<void> {
    await this.roundTrip();
    const before = this.#records.get(part);
    if (before === undefined) throw new Error(`Part ${part} was not begun`);
    this.writeUnits += Math.ceil(bytesOf(progress) / 1024);
    const added = (field: 'posted' | 'gone') => [...before[field], ...progress[field]];
    const { finished } = progress;
    const failed = [...before.failed, ...progress.failed];
    this.#records.set(part, {
      part,
      attempt,
      posted: added('posted'),
      gone: added('gone'),
      failed,
      finished,
    });
  }
}

/** Of a stretch in the ledger: 10 bytes for whom it posted to, 16 for others, and about 150 of keys and attributes. */
function bytesOf({ posted, gone, failed }: PartProgress): number {
  return 150 + 10 * posted.length + 16 * (gone.length + failed.length);
}

function outboxOf(roomId: string, roundTrip: () => Promise<void>): Outbox {
  const entry: OutboxEntry = {
    ...{ kind: 'message', roomId, room: 'room', epoch: 'e_1', text: 'hello', senderId: 'u_1', sender: 'Ann' },
    ...{ origin: 'elsewhere', echo: false, acceptedAt: 0, appendId: 'a_1', seq: SEQ },
    ...{ state: 'open', attempt: 1 },
  };
  return only<Outbox>({
    claim: async () => {
      await roundTrip();
      return { outcome: 'claimed', entry };
    },
    postpone: roundTrip,
    find: async () => {
      await roundTrip();
      return entry;
    },
  });
}

const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A port of which a fan-out needs these methods; any other call throws, being undefined. */
function only<Port>(methods: Partial<Port>): Port {
  return methods as Port;
}
