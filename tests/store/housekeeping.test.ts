import { afterAll, beforeAll, expect, test } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import type { Blobs } from '../../src/store/blobs/disk.ts';
import { openDiskBlobs } from '../../src/store/blobs/disk.ts';
import { blobRows } from '../../src/store/postgres/blob-rows.ts';
import { forgetOrderKeys, removeMessageFiles } from '../../src/store/postgres/housekeeping.ts';
import { dropExpiredPartitions, makePartitions } from '../../src/store/postgres/partitions.ts';
import { openReaders, openSession, type Session } from '../../src/store/postgres/pool.ts';
import type { PostgresStore } from '../../src/store/postgres/store.ts';
import { finished, freshId, messageRow, noCrashes, queuedRun, quietLog, realRandom, set, testBlobFolder, testDatabase, testStore, uuid, type TestDatabase } from './test-store.ts';

let database: TestDatabase;
let store: PostgresStore;
let session: Session;
let blobs: Blobs;

const dayMs = 86_400_000;
const today = Math.floor(Date.now() / dayMs) * dayMs;

beforeAll(async () => {
  database = await testDatabase();
  blobs = await openDiskBlobs(await testBlobFolder(), realRandom);
  store = await testStore(database, { blobs });
  session = await openSession(database.settings, 'plain', quietLog);
});
afterAll(async () => {
  await session.close();
  await store.close();
  await database.drop();
});

const partitionOf = async (id: string): Promise<string | undefined> => (await database.sql<{ name: string }>('SELECT c.relname AS name FROM zveno.message m JOIN pg_class c ON c.oid = m.tableoid WHERE m.id = $1', [id]))[0]?.name;
const commit = async (one: Parameters<typeof store.commit>[0][number]) => (await store.commit([one]))[0];

test('a message lies in the partition of its class and day; days are made ahead and only once', async () => {
  const row = messageRow({ id: freshId(7) });
  await commit(set({ message: { op: 'insert', row } }));
  expect(await partitionOf(row.id)).toMatch(/^message_c1_\d{8}$/);
  expect(await makePartitions(session, limits.partitionDaysAhead.value)).toBe(0);
});

test('rows that came while their day was missing move to it when it is made', async () => {
  const far = today + (limits.partitionDaysAhead.value + 1) * dayMs + 5;
  const row = messageRow({ id: freshId(1, far), keys: { order: 'far' } });
  await commit(set({ message: { op: 'insert', row } }));
  expect(await partitionOf(row.id)).toBe('message_c0_default');
  expect(await makePartitions(session, limits.partitionDaysAhead.value + 1)).toBeGreaterThanOrEqual(9);
  expect(await partitionOf(row.id)).toMatch(/^message_c0_\d{8}$/);
  expect((await store.message(row.id))?.keys).toEqual({ order: 'far' });
});

test('a day whose retention is over goes, its open and parked messages stay with all that belongs to them', async () => {
  const at = today + 1_000;
  const [pending, dead, waiting, done, failed] = (['pending', 'dead', 'waiting', 'done', 'failed'] as const).map((state) => messageRow({ id: freshId(1, at), state, keys: { order: state } }));
  if (pending === undefined || dead === undefined || waiting === undefined || done === undefined || failed === undefined) throw new Error('five rows');
  const longer = messageRow({ id: freshId(7, at) });
  for (const row of [pending, dead, waiting, done, failed, longer]) {
    const intent = { run: row.id, path: 'p', effectId: 'e', requestHash: new Uint8Array([1]), connectionName: 'c', routeName: 'r', request: null };
    await commit(set({ message: { op: 'insert', row }, intents: [intent] }));
  }
  expect(await dropExpiredPartitions(session, today + dayMs)).toEqual([]);
  const dropped = await dropExpiredPartitions(session, today + 2 * dayMs);
  expect(dropped).toHaveLength(1);
  for (const row of [pending, dead, waiting]) {
    expect((await store.message(row.id))?.keys).toEqual({ order: row.state });
    expect(await store.intents(row.id)).toHaveLength(1);
    expect(await partitionOf(row.id)).toBe('message_c0_default');
  }
  for (const row of [done, failed]) {
    expect(await store.message(row.id)).toBeNull();
    expect(await store.intents(row.id)).toEqual([]);
  }
  expect(await store.message(longer.id)).not.toBeNull();
  // A parked message that is settled later goes with the next round.
  await store.setMessageState(dead.id, ['dead'], 'discarded', null);
  await dropExpiredPartitions(session, today + 3 * dayMs);
  expect(await store.message(dead.id)).toBeNull();
  expect(await database.sql('SELECT 1 FROM zveno.message_key WHERE message = $1', [dead.id])).toEqual([]);
  expect(await store.intents(dead.id)).toEqual([]);
  expect(await store.message(pending.id)).not.toBeNull();
});

test('a message that was moved on can still be worked on', async () => {
  const queued = queuedRun({ id: freshId(1, today - 5 * dayMs) });
  await commit(queued.set);
  const [claimed] = await store.claim('inbox', 'n/b', 1, 60_000);
  if (claimed === undefined) throw new Error('nothing to claim');
  expect(await commit(set({ fence: claimed.fence, message: finished(queued.id), queue: { op: 'remove' } }))).toEqual({ kind: 'committed' });
});

test('one node tidies at a time', async () => {
  const [one, two] = await Promise.all([store.housekeep(), store.housekeep()]);
  expect([one, two].filter((report) => report !== null).length).toBeGreaterThanOrEqual(1);
  await session.query({ text: 'SELECT pg_advisory_lock(7310006)', values: [] });
  expect(await store.housekeep()).toBeNull();
  await session.query({ text: 'SELECT pg_advisory_unlock(7310006)', values: [] });
});

test('expired idempotency keys and old marks are removed', async () => {
  await commit(set({ idempotency: { route: 'r', caller: 'c', key: 'old', bodyHash: new Uint8Array([1]), message: freshId(), state: 'answered', reply: null, replyStatus: null, ttlMs: -1 } }));
  await database.sql("UPDATE zveno.set_mark SET at = at - interval '8 days'");
  const report = await store.housekeep();
  expect(report).toMatchObject({ idempotencyKeys: 1 });
  expect(report?.setMarks).toBeGreaterThan(0);
});

test('an idle order key is forgotten and begins again above its old numbers; one with a queue is kept', async () => {
  const orderKey = 'idle';
  const numberOf = async (id: string): Promise<number> => Number((await database.sql<{ order_no: string }>('SELECT order_no FROM zveno.inbox_queue WHERE message = $1', [id]))[0]?.order_no);
  const first = queuedRun({ orderKey });
  await commit(first.set);
  const firstNumber = await numberOf(first.id);
  expect(await forgetOrderKeys(session, 0)).toBe(0);
  await database.sql('DELETE FROM zveno.inbox_queue');
  expect(await forgetOrderKeys(session, 0)).toBe(1);
  const second = queuedRun({ orderKey });
  await commit(second.set);
  expect(await numberOf(second.id)).toBeGreaterThan(firstNumber);
});

test('a body that nothing names is removed after its time; one that a message names stays', async () => {
  const readers = openReaders(database.settings, quietLog);
  const rows = blobRows(blobs, readers, noCrashes);
  const large = (fill: number): Uint8Array => new Uint8Array(limits.inlinePayloadBytes.value + 1).fill(fill);
  const [kept, gone, again] = [await rows.store(large(1)), await rows.store(large(2)), await rows.store(large(3))];
  await commit(set({ message: { op: 'insert', row: messageRow({ payload: kept }) } }));
  expect(await rows.collect(1)).toBe(0);
  await database.sql("UPDATE zveno.blob SET named_at = named_at - interval '2 hours'");
  // A set that names a body keeps the collector away from it.
  await commit(set({ message: { op: 'insert', row: messageRow({ id: freshId(1), reply: again }) } }));
  expect(await rows.collect(1)).toBe(1);
  expect((await rows.bytesOf(kept))[0]).toBe(1);
  expect((await rows.bytesOf(again))[0]).toBe(3);
  await expect(rows.bytesOf(gone)).rejects.toMatchObject({ code: 'store.blobMissing' });
  expect(await commit(set({ message: { op: 'insert', row: messageRow({ id: uuid().replace(/^.{8}/, '0198c000'), payload: gone }) } }))).toMatchObject({ kind: 'refused', failure: { code: 'store.blobMissing' } });
  expect(await rows.store(large(2))).toEqual(gone);
  expect((await rows.bytesOf(gone))[0]).toBe(2);
  await readers.close();
});

test('the bytes of files that a message brought stay as long as the message, then they go', async () => {
  const rows = blobRows(blobs, store.readers, noCrashes);
  const taken = await store.files.take((async function* () {
    yield Buffer.from('brought by a message');
  })(), 100, () => new Error('too large'));
  const row = messageRow({ id: freshId(1, today - 3 * dayMs), files: [{ id: uuid(), name: 'a.txt', size: taken.size, hash: taken.hash, detected: null }] });
  expect(await commit(set({ message: { op: 'insert', row } }))).toMatchObject({ kind: 'committed' });
  const age = () => database.sql("UPDATE zveno.blob SET named_at = clock_timestamp() - interval '2 days' WHERE hash = $1", [Buffer.from(taken.hash, 'hex')]);
  await age();
  await removeMessageFiles(session, Date.now());
  await rows.collect(24);
  expect(await blobs.has(taken.hash)).toBe(true);
  await database.sql('DELETE FROM zveno.message WHERE id = $1', [row.id]);
  expect(await removeMessageFiles(session, Date.now())).toBe(1);
  await rows.collect(24);
  expect(await blobs.has(taken.hash)).toBe(false);
});

test('a message that names bytes which nobody stored is refused', async () => {
  const row = messageRow({ files: [{ id: uuid(), name: 'a.txt', size: 1, hash: 'ab'.repeat(32), detected: null }] });
  expect(await commit(set({ message: { op: 'insert', row } }))).toMatchObject({ kind: 'refused', failure: { code: 'store.blobMissing' } });
});

test('changes of records go when their days are over, however many there are', async () => {
  await database.sql(`INSERT INTO zveno.record_change (template, record, version, op, attributes, origin, set_id, at)
    SELECT 'aaaaaaaa', gen_random_uuid(), 1, 'update', '{}', 'old', gen_random_uuid(), now() - n % 2 * interval '366 days' - interval '1 minute' FROM generate_series(1, 12000) AS n`);
  expect((await store.housekeep())?.changes).toBe(6_000);
  expect(await database.sql("SELECT count(*)::int AS count FROM zveno.record_change WHERE origin = 'old'")).toEqual([{ count: 6_000 }]);
});
