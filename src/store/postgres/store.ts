/** The store over PostgreSQL: what the engine works with, and what administration needs besides. */
import type { ChangeLog } from '../../core/change-log.ts';
import type { EffectSet, Payload } from '../../core/effect-set.ts';
import type { Journal } from '../../core/journal.ts';
import type { Publishing } from '../../core/publishing.ts';
import type { RecordClearing } from '../../core/record-clearing.ts';
import { limits } from '../../core/limits.ts';
import { classOf, isUuid } from '../../core/message-id.ts';
import type { ReadRequest, ReadResult } from '../../core/query.ts';
import type { Clock, CrashPoints, Log, Random } from '../../core/ports.ts';
import type { Store, StoredIntent } from '../../core/store-port.ts';
import type { TemplateCatalogue } from '../../core/template.ts';
import type { Blobs } from '../blobs/disk.ts';
import { fileStore } from './file-store.ts';
import { publishing } from './configuration/publishing.ts';
import { blobRows } from './blob-rows.ts';
import { readChanges, type ChangePage } from './change-feed.ts';
import { commitSets, probeSet } from './commit/commit.ts';
import type { CommitContext } from './commit/commit-context.ts';
import { storedIdempotency } from './commit/idempotency-statements.ts';
import { noFaults, type StoreFaults } from './faults.ts';
import { housekeep, type HousekeepingReport } from './housekeeping.ts';
import { journalOf } from './journal/journal.ts';
import { jobStore } from './jobs/job-store.ts';
import { openKeyReader } from './key-reader.ts';
import { openLanes } from './lanes.ts';
import { readWithOwn, refusalsOf } from './own-writes.ts';
import { asked, openReaders, openScanners, type ConnectionSettings, type Readers } from './pool.ts';
import { claim, claimTimers } from './queues/claim.ts';
import { acknowledge, requeue, setMessageState } from './queues/dead-letter.ts';
import { freeEarlierBoots, nextDueInMs, nextTimerInMs, release, renew } from './queues/lease.ts';
import { queueLevels } from './queues/levels.ts';
import { changeLog } from './records/change-log.ts';
import type { RecordTables } from './record-tables.ts';
import { checkDatabase } from './start-checks.ts';
import type { Queryable } from './statement.ts';
import { sourceStore } from './sources/source-store.ts';
import { storedMessages } from './stored-messages.ts';
import { recordClearing } from './records/clearing.ts';
import { notify, openWakeListener, type Wake } from './wake.ts';

export interface PostgresStoreOptions {
  connection: ConnectionSettings;
  records: RecordTables;
  templates: () => TemplateCatalogue;
  blobs: Blobs;
  clock: Clock;
  random: Random;
  log: Log;
  crashPoints: CrashPoints;
  /** For how long changes of records are kept. */
  changeDays?: number;
  /** Planted bugs; only for the crash campaign and tests. */
  faults?: StoreFaults;
}

export interface PostgresStore extends Store {
  readonly journal: Journal;
  readonly changeLog: ChangeLog;
  /** The pool for administrative reads and writes outside the commit. */
  readonly readers: Readers;
  readonly clearing: RecordClearing;
  readonly publishing: Publishing;
  /** A body as it comes, whatever its size, and parts of one. */
  storeStream(pieces: AsyncIterable<Uint8Array>): Promise<Payload>;
  payloadPart(payload: Payload, offset: number, length: number): Promise<Uint8Array>;
  /** Record changes after a position. */
  changes(position: string | null, limit: number): Promise<ChangePage>;
  /** One round of tidying; null when another node is at it. */
  housekeep(): Promise<HousekeepingReport | null>;
  /** Tells all nodes, this one included. */
  wake(what: Wake): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The database has to be migrated. Throws `store.oldServer`, `store.encoding`, `store.notDurable`, `store.unavailable`. */
export async function createPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const { connection, clock, log } = options;
  await checkDatabase(connection, log);
  const closing = new AbortController();
  const readers = openReaders(connection, log);
  const scanners = openScanners(connection, log);
  const lanes = openLanes(connection, 'lane', limits.commitLanes.value, log);
  const queueLanes = openLanes(connection, 'queue', limits.queueLanes.value, log);
  const keys = openKeyReader(connection, log);
  const wakes = openWakeListener(connection, readers, clock, log);
  const blobs = blobRows(options.blobs, readers, options.crashPoints);
  const files = fileStore(options.blobs, readers);
  const context: CommitContext = { ...options, faults: options.faults ?? noFaults, lanes, readers, signal: closing.signal };
  const onQueue = <T>(work: (lane: Queryable) => Promise<T>): Promise<T> => asked(queueLanes.use(work));

  const readRecords = (request: ReadRequest, own: EffectSet | undefined): Promise<ReadResult> => {
    const { records } = options;
    const templates = options.templates();
    if (own !== undefined) return readWithOwn(readers, request, own, { records, templates });
    const client = records.mayScan(request, templates) ? scanners : records.isKeyLookup(request, templates) ? keys : readers;
    return records.read(client, request, templates);
  };

  const close = async (): Promise<void> => {
    if (closing.signal.aborted) return;
    closing.abort();
    await Promise.all([wakes.close(), lanes.close(), queueLanes.close(), keys.close()]);
    await Promise.all([readers.close(), scanners.close()]);
  };

  return {
    commit: async (sets) => {
      const results = await commitSets(sets, context);
      for (const [index, set] of sets.entries()) if (results[index]?.kind === 'committed') announceQueued(set, (wake) => wakes.announce(wake));
      return results;
    },
    read: (request, own) => asked(readRecords(request, own)),
    probe: (set) => probeSet(set, context),
    refusals: (set) => asked(refusalsOf(readers, set, { records: options.records, templates: options.templates() })),
    claim: (queue, owner, limit, leaseMs) => onQueue((lane) => claim(lane, queue, owner, limit, leaseMs)),
    claimTimers: (kind, owner, limit, leaseMs) => onQueue((lane) => claimTimers(lane, kind, owner, limit, leaseMs)),
    renew: (queue, owner, messages, leaseMs) => onQueue((lane) => renew(lane, queue, owner, messages, leaseMs)),
    release: (queue, owner, messages) => onQueue((lane) => release(lane, queue, owner, messages)),
    freeEarlierBoots: (node, boot) => onQueue((lane) => freeEarlierBoots(lane, node, boot)),
    queueLevels: () => asked(queueLevels(readers)),
    nextDueInMs: (queue) => onQueue((lane) => nextDueInMs(lane, queue)),
    nextTimerInMs: (kind) => onQueue((lane) => nextTimerInMs(lane, kind)),
    onWake: (listener) => wakes.on(listener),
    intents: (run) => asked(intentsOf(readers, run)),
    jobs: jobStore(readers),
    sources: sourceStore(readers),
    message: async (id) => (isUuid(id) ? ((await asked(storedMessages(readers, [id]))).get(id)?.row ?? null) : null),
    setMessageState: (id, from, to, failure, how) => asked(setMessageState(readers, id, from, to, failure, how)),
    acknowledge: (id) => asked(acknowledge(readers, id)),
    requeue: (id, from, how) => asked(requeue(readers, id, from, how)),
    idempotency: (route, caller, key) => asked(storedIdempotency(readers, route, caller, key)),
    payloadBytes: (payload) => blobs.bytesOf(payload),
    storeBlob: (bytes) => asked(blobs.store(bytes)),
    storeStream: (pieces) => asked(blobs.storeStream(pieces)),
    payloadPart: (payload, offset, length) => blobs.partOf(payload, offset, length),
    files: { ...files, take: (chunks, limitBytes, tooLarge) => asked(files.take(chunks, limitBytes, tooLarge)), versions: (record, attribute) => asked(files.versions(record, attribute)) },
    journal: journalOf(readers, clock),
    changeLog: changeLog(readers),
    readers,
    clearing: recordClearing(readers),
    publishing: publishing({ settings: connection, readers, clock, log }),
    changes: (position, limit) => asked(readChanges(readers, position, limit)),
    housekeep: () => asked(housekeep(connection, blobs, { clock, log, changeDays: options.changeDays ?? limits.changeDays.value })),
    wake: async (what) => void (await asked(notify(readers, [what]))),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function announceQueued(set: EffectSet, announce: (wake: Wake) => void): void {
  if (set.runs.length > 0) announce('inbox');
  if (set.outbox.length > 0) announce('outbox');
  if (set.timers.length > 0) announce('timer');
}

async function intentsOf(client: Queryable, run: string): Promise<StoredIntent[]> {
  if (!isUuid(run)) return [];
  const { rows } = await client.query<{ path: string; effect_id: string; request_hash: Buffer; outcome: Buffer | null }>({
    text: 'SELECT path, effect_id, request_hash, outcome FROM zveno.remote_call WHERE class = $1 AND run = $2 ORDER BY intent_at, path',
    values: [classOf(run), run],
  });
  return rows.map((row) => ({ path: row.path, effectId: row.effect_id, requestHash: row.request_hash, outcome: row.outcome }));
}
