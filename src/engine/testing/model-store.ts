/** The store of one simulated node over a model database: answers take virtual time, and the node may die waiting. */
import { createHash } from 'node:crypto';
import type { CommitResult, EffectSet, MessageState, Payload } from '../../core/effect-set.ts';
import { failure, type FailureData } from '../../core/failure.ts';
import { jobTimer, openJobStates } from '../../core/job.ts';
import type { Filter, ReadRequest, ReadResult } from '../../core/query.ts';
import type { Claimed, ClaimedTimer, QueueLevels, Store, StoredIdempotency } from '../../core/store-port.ts';
import type { RecordData, Scalar } from '../../core/template.ts';
import { sourceTimer, sourceTimerKind, type SourceRow, type SourceSummary } from '../../core/source.ts';
import { freshSource, keyOf, queueRow, type ModelDatabase, type QueueRow } from './model-database.ts';
import type { SimulatedNode } from './simulated-world.ts';

export interface SharedModel {
  database: ModelDatabase;
  blobs: Map<string, Uint8Array>;
  /** Instead of what is in the queues. */
  levels?: () => QueueLevels | null;
  /** No space is left for blobs. */
  blobsFull?: () => boolean;
  /** How long an operation takes before it is done, when a test wants to know; else a few milliseconds. */
  delayOf?: (operation: 'commit' | 'read' | 'other', node: string) => number | null;
  /** What a commit is answered with instead of being done, when a test wants to know. */
  refuse?: (set: EffectSet, node: string) => CommitResult | null;
  listeners: Set<(queue: 'inbox' | 'outbox' | 'timer' | 'configuration' | 'cancel') => void>;
}

export function createModelStore(shared: SharedModel, node: SimulatedNode): Store {
  const { database } = shared;
  const rowsOf = (queue: string): Map<string, QueueRow> => (queue === 'inbox' ? database.state.inbox : database.state.outbox);
  const leasesOf = (queue: string): Map<string, Pick<QueueRow, 'owner' | 'leaseUntil'>> => (queue === 'timer' ? database.state.timers : rowsOf(queue));

  /** A database is quick, and now and then it is not. */
  const delayMs = (random = node.world.random): number => random.fraction() * (random.chance(0.05) ? 300 : 4);

  /** Something done at one instant, some virtual time after it was asked and before it is answered. */
  const roundTrip = <T>(work: () => T, operation: 'commit' | 'read' | 'other' = 'other'): Promise<T> =>
    node.outside(async () => {
      const { world } = node;
      await world.sleep(shared.delayOf?.(operation, node.name) ?? delayMs());
      // A node that died meanwhile had its bytes on the way or not.
      if (!node.alive && world.random.chance(0.5)) return new Promise<T>(() => undefined);
      const result = work();
      await world.sleep(delayMs());
      return result;
    });

  const noFiles = (): never => {
    throw new Error('the model keeps no files');
  };
  /** Of what every node asks again and again, whatever the scene is about. */
  const beside = <T>(work: () => T): Promise<T> =>
    node.outside(async () => {
      await node.world.sleep(delayMs(node.world.aside));
      return work();
    });

  return {
    files: { take: noFiles, bytes: noFiles, versions: noFiles },
    async commit(sets) {
      const results = [];
      for (const set of sets) {
        await node.crashPoints.reach('commit.sent');
        results.push(await roundTrip(() => commitOne(set), 'commit'));
        await node.crashPoints.reach('commit.acknowledged');
      }
      return results;
    },
    read: (request, own) => roundTrip(() => read(request, own), 'read'),
    probe: (set) =>
      roundTrip(() => {
        const result = database.apply(set, false);
        return result.kind === 'refused' || result.kind === 'unavailable' ? result.failure : null;
      }),
    refusals: (set) =>
      roundTrip(() => {
        const result = database.apply(set, false);
        return result.kind === 'refused' ? [{ record: null, failure: result.failure }] : [];
      }),
    claim: (queue, owner, limit, leaseMs) => roundTrip(() => claim(queue, owner, limit, leaseMs)),
    claimTimers: (kind, owner, limit, leaseMs) => (kind === sourceTimerKind ? beside : roundTrip)(() => claimTimers(kind, owner, limit, leaseMs)),
    renew: (queue, owner, messages, leaseMs) => roundTrip(() => messages.filter((message) => renewOne(leasesOf(queue).get(message), owner, leaseMs))),
    release: (queue, owner, messages) =>
      roundTrip(() => {
        for (const message of messages) {
          const row = leasesOf(queue).get(message);
          if (row?.owner === owner) Object.assign(row, { owner: null, leaseUntil: 0 });
        }
      }),
    freeEarlierBoots: (name, boot) =>
      roundTrip(() => {
        const held = [...database.state.inbox.values(), ...database.state.outbox.values(), ...database.state.timers.values()].filter(({ owner }) => owner !== null && owner.startsWith(`${name}/`) && owner !== `${name}/${boot}`);
        for (const row of held) row.leaseUntil = 0;
        return held.length;
      }),
    nextDueInMs: (queue) =>
      roundTrip(() => {
        const due = [...rowsOf(queue).values()].filter(({ parked }) => !parked).map((row) => (row.owner === null ? row.dueAt : row.leaseUntil));
        return due.length === 0 ? null : Math.max(0, Math.min(...due) - database.now());
      }),
    queueLevels: () => roundTrip(() => shared.levels?.() ?? levels()),
    onWake(listener) {
      const hear: typeof listener = (queue) => (node.alive ? listener(queue) : undefined);
      shared.listeners.add(hear);
      return () => shared.listeners.delete(hear);
    },
    intents: (run) => roundTrip(() => [...(database.state.intents.get(run)?.values() ?? [])]),
    message: (id) => roundTrip(() => database.state.messages.get(id) ?? null),
    nextTimerInMs: (kind) =>
      (kind === sourceTimerKind ? beside : roundTrip)(() => {
        const due = [...database.state.timers.values()].filter((row) => row.kind === kind).map((row) => (row.owner === null ? row.dueAt : row.leaseUntil));
        return due.length === 0 ? null : Math.max(0, Math.min(...due) - database.now());
      }),
    sources: {
      get: (route) => roundTrip(() => database.state.sources.get(route) ?? freshSource(route)),
      list: () => beside(() => new Map([...database.state.sources.values()].map((row) => [row.route, summaryOf(row)]))),
      planned: () => beside(() => new Map([...database.state.timers.values()].flatMap(({ id, kind, payload, owner }) => (kind === sourceTimerKind ? [[id.slice(sourceTimer('').length), { payload, held: owner !== null }] as const] : [])))),
    },
    jobs: {
      get: (id) => roundTrip(() => database.state.jobs.get(id) ?? null),
      list: () => Promise.resolve({ jobs: [], cursor: null }),
      show: () => Promise.resolve(null),
      problems: (id) => roundTrip(() => ({ problems: database.state.problems.get(id) ?? [], cursor: null })),
      cancel: (id) => roundTrip(() => cancelJob(id)),
      note: (id, waitsFor) =>
        roundTrip(() => {
          const job = database.state.jobs.get(id);
          if (job?.state === 'running') database.state.jobs.set(id, { ...job, waitsFor });
        }),
    },
    setMessageState: (id, from, to, problem, how) => roundTrip(() => (how?.unlessRequested === true && (database.state.intents.get(id)?.size ?? 0) > 0 ? false : setMessageState(id, from, to, problem))),
    acknowledge: (id) =>
      roundTrip(() => {
        const row = database.state.inbox.get(id);
        if (row === undefined || row.parked) return false;
        row.awaited = false;
        return true;
      }),
    requeue: (id, from = ['dead'], how = {}) => roundTrip(() => requeue(id, from, how)),
    idempotency: (route, caller, key) => roundTrip(() => stored(route, caller, key)),
    payloadBytes: (payload: Payload) => Promise.resolve(payload.kind === 'bytes' ? payload.bytes : (shared.blobs.get(payload.hash) ?? new Uint8Array())),
    storeBlob: async (bytes) => {
      if (shared.blobsFull?.() === true) throw failure('store.noSpace');
      const hash = createHash('sha256').update(bytes).digest('hex');
      shared.blobs.set(hash, bytes);
      await node.crashPoints.reach('blob.beforeRow');
      return { kind: 'blob', hash, size: bytes.length };
    },
    close: () => Promise.resolve(),
  };

  function commitOne(set: EffectSet): CommitResult {
    const result = shared.refuse?.(set, node.name) ?? database.apply(set, true);
    if (result.kind === 'committed') {
      if (set.runs.length > 0) for (const listener of shared.listeners) listener('inbox');
      if (set.outbox.length > 0) for (const listener of shared.listeners) listener('outbox');
      if (set.timers.length > 0) for (const listener of shared.listeners) listener('timer');
    }
    return result;
  }

  function claim(queue: 'inbox' | 'outbox', owner: string, limit: number, leaseMs: number): readonly Claimed[] {
    const now = database.now();
    const rows = [...rowsOf(queue).values()].sort((a, b) => a.orderNo - b.orderNo);
    const heads = new Set<string>();
    const claimed: Claimed[] = [];
    for (const row of rows) {
      if (row.orderKey !== null) {
        const key = JSON.stringify([row.route, row.orderKey]);
        if (heads.has(key)) continue;
        heads.add(key);
      }
      if (claimed.length >= limit || row.parked || row.dueAt > now || row.leaseUntil > now) continue;
      const unknown = row.owner !== null;
      Object.assign(row, { owner, leaseUntil: now + leaseMs, fence: row.fence + 1, unknown: true });
      const message = database.state.messages.get(row.message);
      if (message === undefined) throw new Error('a queue row without its message');
      claimed.push({ fence: { queue, message: row.message, owner, fence: row.fence }, row: message, attempts: row.attempts, unknown, outOfOrder: false, awaited: row.awaited, queuedMs: now - row.queuedAt });
    }
    return claimed;
  }

  function claimTimers(kind: string, owner: string, limit: number, leaseMs: number): readonly ClaimedTimer[] {
    const now = database.now();
    const due = [...database.state.timers.values()].filter((row) => row.kind === kind && row.dueAt <= now && row.leaseUntil <= now).slice(0, limit);
    return due.map((row) => {
      const unknown = row.owner !== null;
      Object.assign(row, { owner, leaseUntil: now + leaseMs, fence: row.fence + 1 });
      return { fence: { queue: 'timer', message: row.id, owner, fence: row.fence }, kind, payload: row.payload, attempts: row.attempts, unknown, lateMs: now - row.dueAt };
    });
  }

  function summaryOf(row: SourceRow): SourceSummary {
    const timer = database.state.timers.get(sourceTimer(row.route));
    return { ...row, readAt: null, cursorAt: null, lastPages: 0, pages: 0, messages: 0, dueAt: timer === undefined ? null : String(timer.dueAt), reading: timer?.owner !== null && timer !== undefined };
  }

  function cancelJob(id: string): boolean {
    const job = database.state.jobs.get(id);
    if (job === undefined || !openJobStates.includes(job.state)) return false;
    database.state.jobs.set(id, { ...job, state: 'cancelled' });
    database.state.timers.delete(jobTimer(id));
    for (const listener of shared.listeners) listener('cancel');
    return true;
  }

  function levels(): QueueLevels {
    const counted = (names: readonly string[]): Map<string, number> => {
      const counts = new Map<string, number>();
      for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
      return counts;
    };
    const { inbox, outbox, messages } = database.state;
    return { inbox: counted([...inbox.values()].map(({ route }) => route)), outbox: counted([...outbox.keys()].map((id) => messages.get(id)?.connectionName ?? '')) };
  }

  function renewOne(row: Pick<QueueRow, 'owner' | 'leaseUntil'> | undefined, owner: string, leaseMs: number): boolean {
    if (row === undefined || row.owner !== owner || row.leaseUntil <= database.now()) return false;
    row.leaseUntil = database.now() + leaseMs;
    return true;
  }

  function setMessageState(id: string, from: readonly MessageState[], to: MessageState, problem: FailureData | null): boolean {
    const row = database.state.messages.get(id);
    if (row === undefined || !from.includes(row.state)) return false;
    database.state.messages.set(id, { ...row, state: to, failure: problem ?? row.failure });
    database.state.inbox.delete(id);
    database.state.outbox.delete(id);
    for (const listener of shared.listeners) listener('cancel');
    return true;
  }

  function requeue(id: string, from: readonly MessageState[], { unknownAs, awaited = false }: { unknownAs?: Uint8Array; awaited?: boolean }): boolean {
    const row = database.state.messages.get(id);
    if (row === undefined || !from.includes(row.state)) return false;
    database.state.messages.set(id, { ...row, state: 'pending', attempts: 0, revision: null });
    const calls = database.state.intents.get(id);
    for (const [path, intent] of calls ?? []) if (unknownAs !== undefined && intent.outcome === null) calls?.set(path, { ...intent, outcome: unknownAs });
    const queue = row.direction === 'out' ? 'outbox' : 'inbox';
    rowsOf(queue).set(id, { ...queueRow(id, row.route ?? '', row.orderKey, database.state.places.get(id) ?? database.state.nextOrderNo++, database.now()), awaited });
    for (const listener of shared.listeners) listener(queue);
    return true;
  }

  function stored(route: string, caller: string, key: string): StoredIdempotency | null {
    return database.state.idempotency.get(keyOf(route, caller, key)) ?? null;
  }

  function read(request: ReadRequest, own: EffectSet | undefined): ReadResult {
    const records = own === undefined ? database.state.records : database.withEffects(own);
    switch (request.kind) {
      case 'get':
        return { kind: 'record', record: records.get(request.id) ?? null };
      case 'query': {
        const { template, filter, limit } = request.query;
        const found = [...records.values()].filter((record) => record.template === template && (filter === undefined || matches(filter, record)));
        return { kind: 'page', records: found.slice(0, limit), cursor: null };
      }
      case 'linked':
        return { kind: 'ids', ids: [] };
      case 'records':
      case 'linkedRecords':
      case 'aggregate':
        throw new Error('no run reads in this way');
      default:
        return request satisfies never;
    }
  }
}

/** Equality only: what look-ups by key need. */
function valueOf(record: RecordData, attribute: string): Scalar {
  if (attribute === 'id') return record.id;
  return attribute === '_archived' ? record.archived : (record.values[attribute] ?? null);
}

function matches(filter: Filter, record: RecordData): boolean {
  switch (filter.op) {
    case 'and':
      return filter.of.every((part) => matches(part, record));
    case 'eq':
      return same(valueOf(record, filter.attribute), filter.value as Scalar);
    case 'isNull':
      return (record.values[filter.attribute] ?? null) === null;
    default:
      throw new Error(`the model does not answer ${filter.op}`);
  }
}

const same = (a: Scalar, b: Scalar): boolean => (a === null || b === null ? a === b : String(a) === String(b));

