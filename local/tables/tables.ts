import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { BilledCapacity, Meter } from '../billing/meter';
import type { Clock } from '../clock';
import type { Faults } from '../faults/faults';
import type { JsonObject } from '../json/json';
import { defined, requiredText } from '../json/members';
import { ServiceError, type Action, type Caller, type Service } from '../service';
import { capacityUnits, consumedCapacity, refusedWriteUnits, type TableUnits } from './capacity';
import { OPERATIONS, runOperation, type OperationName } from './operations';
import { RecentWrites } from './recent-writes';
import { createOrFind, type TableShape } from './table-declaration';
import { applyWriteFaults, pastOfRead } from './table-faults';
import { openTableFiles, type TableFiles } from './table-files';
import { tableView } from './table-view';
import { deleteExpired } from './time-to-live';

export interface TablesOptions {
  readonly clock: Clock;
  readonly faults: Faults;
  /** The folder that survives restarts; in memory without it. */
  readonly dataDir?: string;
  /** Told about an error of the expiry sweep, which nobody else would see. */
  readonly report: (error: unknown) => void;
  readonly meter?: Meter;
}

export interface TableDeclaration extends TableShape {
  readonly constructId: string;
  /** The attribute that holds an item's expiry in Unix seconds. */
  readonly timeToLive?: string;
}

/** AWS deletes an expired item "within two days"; here it is within about this long, in the clock's time. */
const SWEEP_MS = 60_000;
/** How long `close` waits for operations under way, in real time. Only those are slower that a fault holds back. */
const CLOSE_MS = 1_000;

const READS: readonly OperationName[] = ['GetItem', 'BatchGetItem', 'Query', 'Scan'];
const WRITES: readonly OperationName[] = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'];

/**
 * DynamoDB: dynalite in process, with what it lacks put around it: atomic index writes, capacity, the old item
 * of a failed condition, expiry, faults. Not modelled, and answered with UnknownOperationException:
 * transactions, PartiQL, streams, backups.
 */
export class Tables {
  readonly #files: TableFiles;
  readonly #options: TablesOptions;
  readonly #recent = new RecentWrites();
  readonly #declared = new Map<string, TableDeclaration>();
  #cancelSweep: () => void = () => undefined;
  #sweeping: Promise<void> = Promise.resolve();
  readonly #underWay = new Set<Promise<unknown>>();
  /** From `closing` on nothing new is begun, from `closed` on nothing at all. */
  #state: 'open' | 'closing' | 'closed' = 'open';

  /** Opens the data. Throws Error with one clear sentence when the folder is in use or unusable. */
  static async open(options: TablesOptions): Promise<Tables> {
    const path = options.dataDir === undefined ? undefined : join(options.dataDir, 'tables');
    return new Tables(await openTableFiles(path), options);
  }

  private constructor(files: TableFiles, options: TablesOptions) {
    this.#files = files;
    this.#options = options;
    this.#scheduleSweep();
  }

  /** Creates the table unless an earlier run did. Throws Error when it exists with other keys or indexes. */
  async declare(table: TableDeclaration): Promise<void> {
    await createOrFind(this.#files.store, table);
    this.#declared.set(table.name, table);
  }

  service(): Service {
    const actions: Record<string, Action> = {
      DescribeTimeToLive: (input) => this.#track(() => this.#describeTimeToLive(input)),
    };
    for (const name of operationNames())
      actions[name] = (input, caller) => this.#track(() => this.#run(name, input, caller));
    return { name: 'dynamodb', actions };
  }

  /** Deletes what has expired now, of all declared tables. Resolves with how many items went. */
  async deleteExpired(): Promise<number> {
    let deleted = 0;
    for (const { name, timeToLive } of this.#declared.values()) {
      if (timeToLive === undefined || this.#state !== 'open') continue;
      deleted += await deleteExpired(this.#files, this.#recent, name, timeToLive, this.#options.clock);
    }
    return deleted;
  }

  /** Refuses operations from here on, waits for those under way, and closes the files. */
  async close(): Promise<void> {
    this.#state = 'closing';
    this.#cancelSweep();
    await this.#sweeping;
    const givingUp = new AbortController();
    await Promise.race([
      Promise.allSettled(this.#underWay),
      wait(CLOSE_MS, undefined, givingUp).catch(() => undefined),
    ]);
    givingUp.abort();
    this.#state = 'closed';
    await this.#files.close();
  }

  async #track(operation: () => Promise<JsonObject>): Promise<JsonObject> {
    if (this.#state !== 'open') throw beingClosed();
    const running = operation();
    this.#underWay.add(running);
    try {
      return await running;
    } finally {
      this.#underWay.delete(running);
    }
  }

  async #run(name: OperationName, request: JsonObject, caller: Caller): Promise<JsonObject> {
    const input = withTableName(request);
    const { faults } = this.#options;
    const subjectOf = (table: string) => this.#declared.get(table)?.constructId ?? table;
    if (WRITES.includes(name)) await applyWriteFaults(faults, input, subjectOf);
    if (this.#state === 'closed') throw beingClosed();
    const past = READS.includes(name) ? pastOfRead(faults, input, subjectOf, this.#recent) : undefined;

    const { store, access } = tableView(this.#files, this.#recent, past);
    try {
      const result = await runOperation(name, input, store);
      const units = () => capacityUnits(name, input, result, access);
      this.#bill(name, units, caller);
      const billed =
        result.ConsumedCapacity === undefined ? undefined : consumedCapacity(name, input, units());
      return defined({ ...result, ConsumedCapacity: billed });
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code !== 'ConditionalCheckFailedException') throw error;
      this.#bill(name, () => refusedWriteUnits(input, access), caller);
      const [read] = access.gets;
      if (input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && read?.item !== undefined) {
        throw new ServiceError(error.code, error.message, error.status, { Item: read.item });
      }
      throw error;
    }
  }

  #bill(operation: OperationName, consumed: () => ReadonlyMap<string, TableUnits>, { trace }: Caller): void {
    const kind = WRITES.includes(operation) ? 'write' : 'read';
    this.#options.meter?.capacity(kind, operation, () => billedParts(consumed()), trace);
  }

  async #describeTimeToLive(request: JsonObject): Promise<JsonObject> {
    const name = requiredText(withTableName(request), 'TableName');
    await runOperation('DescribeTable', { TableName: name }, this.#files.store);
    const attribute = this.#declared.get(name)?.timeToLive;
    return {
      TimeToLiveDescription:
        attribute === undefined
          ? { TimeToLiveStatus: 'DISABLED' }
          : { TimeToLiveStatus: 'ENABLED', AttributeName: attribute },
    };
  }

  #scheduleSweep(): void {
    this.#cancelSweep = this.#options.clock.after(SWEEP_MS, () => {
      this.#sweeping = this.deleteExpired().then(() => undefined, this.#options.report);
      void this.#sweeping.then(() => {
        if (this.#state === 'open') this.#scheduleSweep();
      });
    });
  }
}

function beingClosed(): ServiceError {
  return new ServiceError('ServiceUnavailable', 'The tables are being closed', 503);
}

/** A table, where it was of any cost itself, and each index. */
function billedParts(consumed: ReadonlyMap<string, TableUnits>): BilledCapacity[] {
  return [...consumed].flatMap(([table, { table: units, indexes }]) => [
    ...(units > 0 ? [{ resource: table, units }] : []),
    ...Array.from(indexes, ([index, cost]) => ({ resource: `${table}/index/${index}`, units: cost })),
  ]);
}

function operationNames(): OperationName[] {
  return Object.keys(OPERATIONS).filter((name): name is OperationName => name in OPERATIONS);
}

/** The API takes a table's ARN wherever it takes its name. */
function withTableName(input: JsonObject): JsonObject {
  const name = input.TableName;
  if (typeof name !== 'string' || !name.startsWith('arn:')) return input;
  return { ...input, TableName: name.replace(/^.*:table\//, '') };
}
