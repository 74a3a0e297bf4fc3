import type { PartProgress, PartRecord } from '../../../handlers/chat/fan-out/ledger';
import { isOfOnePart, type Plan } from '../../../handlers/chat/fan-out/plan';
import type { Ledger } from '../../../handlers/chat/storage/messages';
import type { Calls } from './calls';

/** A posted slot is kept by so many of its 32 digits; gone and failed ones are kept whole. */
const POSTED_DIGITS = 20;

export class MemoryLedger implements Ledger {
  readonly plans = new Map<string, Plan>();
  /** By `messageId/part/attempt`. */
  readonly rows = new Map<string, { messageId: string; record: PartRecord; plan?: Plan | undefined }>();

  constructor(private readonly calls: Calls) {}

  findPlan(messageId: string): Promise<Plan | undefined> {
    return this.calls.run('ledger.findPlan', messageId, (id) => {
      const [first] = [...this.rows.values()]
        .filter((row) => row.messageId === id && row.record.part === 0)
        .sort((a, b) => a.record.attempt - b.record.attempt);
      return this.plans.get(id) ?? first?.plan;
    });
  }

  storePlan(messageId: string, plan: Plan): Promise<Plan> {
    return this.calls.run('ledger.storePlan', plan, (copy) => {
      if (isOfOnePart(copy)) return copy;
      const holding = this.plans.get(messageId) ?? copy;
      this.plans.set(messageId, holding);
      return holding;
    });
  }

  records(messageId: string, part?: number): Promise<PartRecord[]> {
    return this.calls.run('ledger.records', part, () =>
      [...this.rows.values()]
        .flatMap((row) => (row.messageId === messageId ? [row.record] : []))
        .filter((record) => part === undefined || record.part === part)
        .sort((a, b) => a.part - b.part || a.attempt - b.attempt),
    );
  }

  begin(messageId: string, part: number, attempt: number, plan: Plan): Promise<PartRecord> {
    return this.calls.run('ledger.begin', plan, (copy) => {
      const key = `${messageId}/${part}/${attempt}`;
      const fresh = { part, attempt, posted: [], gone: [], failed: [] };
      const row = this.rows.get(key) ?? { record: fresh, plan: isOfOnePart(copy) ? copy : undefined };
      const begun: PartRecord = { ...row.record, finished: false };
      this.rows.set(key, { ...row, messageId, record: begun });
      return begun;
    });
  }

  add(messageId: string, part: number, attempt: number, progress: PartProgress): Promise<void> {
    return this.calls.run('ledger.add', progress, ({ posted, gone, failed, finished }) => {
      const key = `${messageId}/${part}/${attempt}`;
      const row = this.rows.get(key);
      if (row === undefined) throw new Error('This attempt has not begun with this part');
      const after: PartRecord = {
        ...row.record,
        posted: [...row.record.posted, ...posted.map((slot) => slot.slice(0, POSTED_DIGITS))],
        gone: [...row.record.gone, ...gone],
        failed: [...row.record.failed, ...failed],
        finished,
      };
      this.rows.set(key, { ...row, record: after });
    });
  }
}
