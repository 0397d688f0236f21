/**
 * A model of the database for simulations: the promises of `Store` in the plainest way, in memory.
 * It survives the death of nodes. Its own tests compare it with PostgreSQL's answers.
 */
import type { CommitResult, EffectSet, Fence, IdempotencyWrite, MessageRow, MessageWrite, RecordWrite, RunWrite } from '../../core/effect-set.ts';
import { failure } from '../../core/failure.ts';
import type { JobProblem, JobRow, JobWrite } from '../../core/job.ts';
import { limits } from '../../core/limits.ts';
import type { RecordData, Scalar, TemplateCatalogue } from '../../core/template.ts';
import type { SourceRow, SourceWrite } from '../../core/source.ts';
import type { StoredIntent } from '../../core/store-port.ts';
import type { Value } from '../../core/value.ts';

export interface QueueRow {
  message: string;
  route: string;
  orderKey: string | null;
  orderNo: number;
  dueAt: number;
  owner: string | null;
  leaseUntil: number;
  fence: number;
  attempts: number;
  /** Claimed before, and nobody said what came of it. */
  unknown: boolean;
  parked: boolean;
  awaited: boolean;
  queuedAt: number;
}

export interface TimerRow extends Pick<QueueRow, 'dueAt' | 'owner' | 'leaseUntil' | 'fence' | 'attempts'> {
  id: string;
  kind: string;
  payload: Value;
}

export interface ModelState {
  timers: Map<string, TimerRow>;
  jobs: Map<string, JobRow>;
  problems: Map<string, readonly JobProblem[]>;
  sources: Map<string, SourceRow>;
  messages: Map<string, MessageRow>;
  inbox: Map<string, QueueRow>;
  outbox: Map<string, QueueRow>;
  idempotency: Map<string, IdempotencyWrite>;
  records: Map<string, RecordData>;
  intents: Map<string, Map<string, StoredIntent>>;
  nextOrderNo: number;
  /** Order number of every message that was queued; a message that comes back keeps its place. */
  places: Map<string, number>;
}

/** Refusal of one set, thrown inside the model's transaction and turned into a result. */
class Refused extends Error {
  readonly result: CommitResult;
  constructor(result: CommitResult) {
    super(result.kind);
    this.result = result;
  }
}

export class ModelDatabase {
  #state: ModelState = { timers: new Map(), jobs: new Map(), problems: new Map(), sources: new Map(), messages: new Map(), inbox: new Map(), outbox: new Map(), idempotency: new Map(), records: new Map(), intents: new Map(), nextOrderNo: 1, places: new Map() };
  readonly templates: TemplateCatalogue;
  readonly now: () => number;
  /** A planted bug: stale fences are believed. */
  skipFence = false;

  constructor(templates: TemplateCatalogue, now: () => number) {
    this.templates = templates;
    this.now = now;
  }

  get state(): ModelState {
    return this.#state;
  }

  /** Whole or not at all. */
  apply(set: EffectSet, keep: boolean): CommitResult {
    const before = this.#state;
    const next: ModelState = {
      timers: new Map([...before.timers].map(([id, row]) => [id, { ...row }])),
      jobs: new Map(before.jobs),
      problems: new Map(before.problems),
      sources: new Map(before.sources),
      messages: new Map(before.messages),
      inbox: new Map([...before.inbox].map(([id, row]) => [id, { ...row }])),
      outbox: new Map([...before.outbox].map(([id, row]) => [id, { ...row }])),
      idempotency: new Map(before.idempotency),
      records: new Map(before.records),
      intents: new Map([...before.intents].map(([run, paths]) => [run, new Map(paths)])),
      nextOrderNo: before.nextOrderNo,
      places: new Map(before.places),
    };
    try {
      new Transaction(next, this).run(set);
    } catch (error) {
      if (error instanceof Refused) return error.result;
      throw error;
    }
    if (keep) this.#state = next;
    return { kind: 'committed' };
  }

  /** The records as they would be after this set. */
  withEffects(set: EffectSet): Map<string, RecordData> {
    const records = new Map(this.#state.records);
    for (const write of set.records) applyRecord(records, write, this.templates, this.now());
    return records;
  }
}

class Transaction {
  readonly #state: ModelState;
  readonly #database: ModelDatabase;

  constructor(state: ModelState, database: ModelDatabase) {
    this.#state = state;
    this.#database = database;
  }

  run(set: EffectSet): void {
    const row = set.fence === undefined || set.fence.queue === 'timer' ? null : this.#held(set.fence);
    if (set.fence?.queue === 'timer') this.#timer(set.fence, set.queue);
    if (set.idempotency !== undefined) this.#idempotency(set.idempotency);
    for (const check of set.checks) {
      if (this.#state.records.get(check.id)?.version !== check.version) throw new Refused({ kind: 'conflict', template: check.template, record: check.id });
    }
    for (const write of set.records) applyRecord(this.#state.records, write, this.#database.templates, this.#database.now());
    if (set.message !== undefined) this.#message(set.message);
    for (const { run, path, effectId, requestHash } of set.intents) this.#paths(run).set(path, { path, effectId, requestHash, outcome: null });
    for (const { run, path, outcome } of set.outcomes) {
      const intent = this.#paths(run).get(path);
      // A planted bug may have sent without an intent; then there is nothing to complete.
      if (intent !== undefined) this.#paths(run).set(path, { ...intent, outcome });
    }
    if (row !== null && set.queue !== undefined && set.fence !== undefined) this.#queue(set.fence, row, set.queue);
    for (const { row: message, route, orderKey, dueInMs } of set.outbox) this.#enqueue('outbox', { row: message, route, orderKey, dueInMs });
    for (const run of set.runs) this.#enqueue('inbox', run);
    for (const { id, kind, dueInMs, payload, unlessHeld } of set.timers) if (unlessHeld !== true || (this.#state.timers.get(id)?.owner ?? null) === null) this.#state.timers.set(id, { id, kind, payload, dueAt: this.#database.now() + dueInMs, owner: null, leaseUntil: 0, fence: this.#state.timers.get(id)?.fence ?? 0, attempts: 0 });
    for (const job of set.jobs) this.#job(job);
    for (const source of set.sources) this.#source(source);
  }

  /** Null only with the planted bug, for a row that somebody else has finished. */
  #held(fence: Fence): QueueRow | null {
    const rows = fence.queue === 'inbox' ? this.#state.inbox : this.#state.outbox;
    const row = rows.get(fence.message) ?? null;
    if (!this.#database.skipFence && (row === null || row.owner !== fence.owner || row.fence !== fence.fence || (fence.awaited === true && !row.awaited))) throw new Refused({ kind: 'fenced' });
    return row;
  }

  /** Work that a timer stands for is finished before the timer is looked at again, so the two may be done in one go. */
  #timer(fence: Fence, write: EffectSet['queue']): void {
    const row = this.#state.timers.get(fence.message);
    const held = row !== undefined && row.owner === fence.owner && row.fence === fence.fence;
    if (!held && !this.#database.skipFence) throw new Refused({ kind: 'fenced' });
    if (row === undefined || write === undefined) return;
    if (write.op === 'remove') this.#state.timers.delete(fence.message);
    if (write.op === 'retry') Object.assign(row, { owner: null, leaseUntil: 0, attempts: write.attempts, dueAt: this.#database.now() + write.dueInMs });
  }

  #job(write: JobWrite): void {
    const { jobs, problems } = this.#state;
    if (write.op === 'insert') {
      if (jobs.has(write.row.id)) throw new Refused({ kind: 'fenced' });
      jobs.set(write.row.id, { ...write.row, state: 'queued', done: 0, failed: 0, attempts: 0, failure: null, result: null, waitsFor: null });
      return;
    }
    const row = jobs.get(write.id);
    if (row === undefined || (!write.from.includes(row.state) && !this.#database.skipFence)) throw new Refused({ kind: 'fenced' });
    const { op: _op, id, from: _from, progress, problems: found = [], beginsOn: _node, ...changes } = write;
    jobs.set(id, { ...row, ...progress, ...changes, waitsFor: null });
    problems.set(id, [...(problems.get(id) ?? []), ...found]);
  }

  #source(write: SourceWrite): void {
    const { sources } = this.#state;
    const row = sources.get(write.route) ?? freshSource(write.route);
    const changed = (changes: Partial<SourceRow>): unknown => sources.set(write.route, { ...row, ...changes });
    const isOurs = 'epoch' in write && (row.epoch === write.epoch || this.#database.skipFence);
    switch (write.op) {
      case 'page':
        if (!isOurs || row.paused) throw new Refused({ kind: 'fenced' });
        changed({ cursor: write.cursor, unconfirmed: write.unconfirmed, attempts: 0, failure: null });
        return;
      case 'confirmed':
        if (isOurs) changed({ unconfirmed: false });
        return;
      case 'failed':
        if (isOurs) changed({ attempts: write.attempts, failure: write.failure });
        return;
      case 'pause':
        changed({ paused: write.paused });
        return;
      case 'reset':
        changed({ cursor: write.cursor, epoch: row.epoch + 1, unconfirmed: false, attempts: 0, failure: null });
        return;
      default:
        write satisfies never;
    }
  }

  #idempotency(write: IdempotencyWrite): void {
    const key = keyOf(write.route, write.caller, write.key);
    const stored = this.#state.idempotency.get(key);
    const sameBody = stored !== undefined && stored.bodyHash.every((byte, at) => byte === write.bodyHash[at]);
    const ours = stored !== undefined && stored.state === 'claimed' && stored.message === write.message && sameBody;
    if (stored !== undefined && !ours) {
      throw new Refused({ kind: 'duplicate', message: stored.message, state: stored.state, sameBody, reply: stored.reply, replyStatus: stored.replyStatus });
    }
    this.#state.idempotency.set(key, write);
  }

  #message(write: MessageWrite): void {
    if (write.op === 'insert') {
      if (this.#state.messages.has(write.row.id)) throw new Refused({ kind: 'fenced' });
      this.#state.messages.set(write.row.id, write.row);
      return;
    }
    const row = this.#state.messages.get(write.id);
    const over = row?.state === 'done' || row?.state === 'discarded';
    if (row === undefined || (over && !this.#database.skipFence)) throw new Refused({ kind: 'fenced' });
    const { op: _op, ...changes } = write;
    this.#state.messages.set(write.id, { ...row, ...changes });
  }

  #paths(run: string): Map<string, StoredIntent> {
    const known = this.#state.intents.get(run);
    if (known !== undefined) return known;
    const fresh = new Map<string, StoredIntent>();
    this.#state.intents.set(run, fresh);
    return fresh;
  }

  #queue(fence: Fence, row: QueueRow, write: NonNullable<EffectSet['queue']>): void {
    const rows = fence.queue === 'inbox' ? this.#state.inbox : this.#state.outbox;
    switch (write.op) {
      case 'remove':
        rows.delete(fence.message);
        return;
      case 'retry':
        Object.assign(row, { owner: null, leaseUntil: 0, unknown: false, attempts: write.attempts, dueAt: this.#database.now() + write.dueInMs });
        return;
      case 'park':
        if (write.block) Object.assign(row, { owner: null, leaseUntil: 0, unknown: false, parked: true });
        else rows.delete(fence.message);
        return;
      default:
        write satisfies never;
    }
  }

  #enqueue(queue: 'inbox' | 'outbox', { row, route, orderKey, dueInMs, awaited = false }: RunWrite): void {
    const rows = queue === 'inbox' ? this.#state.inbox : this.#state.outbox;
    const waiting = orderKey === null ? 0 : [...rows.values()].filter((other) => other.orderKey === orderKey && other.route === route).length;
    if (waiting >= limits.orderKeyQueue.value) throw new Refused({ kind: 'queueFull' });
    this.#state.messages.set(row.id, row);
    const orderNo = this.#state.nextOrderNo++;
    this.#state.places.set(row.id, orderNo);
    const now = this.#database.now();
    rows.set(row.id, { ...queueRow(row.id, route, orderKey, orderNo, now), dueAt: now + dueInMs, awaited });
  }
}

export const freshSource = (route: string): SourceRow => ({ route, cursor: null, epoch: 0, paused: false, unconfirmed: false, attempts: 0, failure: null });

export const queueRow = (message: string, route: string, orderKey: string | null, orderNo: number, now: number): QueueRow => ({
  message,
  route,
  orderKey,
  orderNo,
  dueAt: now,
  owner: null,
  leaseUntil: 0,
  fence: 0,
  attempts: 0,
  unknown: false,
  parked: false,
  awaited: false,
  queuedAt: now,
});

export const keyOf = (route: string, caller: string, key: string): string => JSON.stringify([route, caller, key]);

function applyRecord(records: Map<string, RecordData>, write: RecordWrite, templates: TemplateCatalogue, now: number): void {
  switch (write.op) {
    case 'create': {
      assertUnique(records, write.template, write.id, write.values, templates);
      const at = String(now);
      records.set(write.id, { id: write.id, template: write.template, version: 1, createdAt: at, createdBy: write.by, changedAt: at, changedBy: write.by, archived: false, origin: write.origin, values: { ...write.values }, links: {} });
      return;
    }
    case 'update': {
      const record = versioned(records, write);
      assertUnique(records, write.template, write.id, write.values, templates);
      records.set(write.id, { ...record, version: record.version + 1, changedAt: String(now), changedBy: write.by, values: { ...record.values, ...write.values } });
      return;
    }
    case 'delete':
      versioned(records, write);
      records.delete(write.id);
      return;
    case 'link':
    case 'unlink':
      throw new Error('the model has no link tables');
    default:
      write satisfies never;
  }
}

function versioned(records: Map<string, RecordData>, write: Extract<RecordWrite, { version: number }>): RecordData {
  const record = records.get(write.id);
  if (record === undefined || record.version !== write.version) throw new Refused({ kind: 'conflict', template: write.template, record: write.id });
  return record;
}

function assertUnique(records: Map<string, RecordData>, template: string, id: string, values: Readonly<Record<string, Scalar>>, templates: TemplateCatalogue): void {
  const definition = templates.byId(template);
  for (const attribute of definition?.attributes ?? []) {
    if (attribute.kind !== 'scalar' || !attribute.unique) continue;
    const value = values[attribute.name];
    if (value === undefined || value === null) continue;
    for (const other of records.values()) {
      if (other.template === template && other.id !== id && String(other.values[attribute.name]) === String(value)) {
        throw new Refused({ kind: 'refused', failure: failure('record.notUnique', { template: definition?.name ?? '', attribute: attribute.name, value: String(value) }).toData() });
      }
    }
  }
}

