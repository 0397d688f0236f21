import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Decimal } from '../../src/core/decimal.ts';
import type { EffectSet, IdempotencyWrite } from '../../src/core/effect-set.ts';
import { limits } from '../../src/core/limits.ts';
import type { PostgresStore } from '../../src/store/postgres/store.ts';
import { createCustomer, deleteCustomer, finished, freshId, messageRow, queuedRun, set, updateCustomer, uuid } from './test-store.ts';
import { commit, database, other, store } from './two-nodes.ts';

const get = async (id: string, own?: EffectSet) => {
  const result = await store.read({ kind: 'get', template: 'aaaaaaaa', id }, own);
  return result.kind === 'record' ? result.record : null;
};
const idempotency = (key: string, message: string, more: Partial<IdempotencyWrite> = {}): IdempotencyWrite => ({
  route: 'route-1',
  caller: 'anonymous',
  key,
  bodyHash: createHash('sha256').update('body').digest(),
  message,
  state: 'claimed',
  reply: null,
  replyStatus: null,
  ttlMs: 60_000,
  ...more,
});

test('a set is applied whole: message, keys, records, change row', async () => {
  const id = uuid();
  const row = messageRow({ keys: { order: 'A-1', __proto__x: 'y' }, trace: new Uint8Array([9]), failure: null });
  expect(await commit(set({ records: [createCustomer(id, '+7 1')], message: { op: 'insert', row } }))).toEqual({ kind: 'committed' });
  expect(await store.message(row.id)).toMatchObject({ id: row.id, state: 'done', keys: { order: 'A-1', __proto__x: 'y' }, receivedAt: '2026-11-22T12:10:22.000001Z' });
  expect(await get(id)).toMatchObject({ version: 1, values: { phone: '+7 1' } });
  expect(await database.sql('SELECT run FROM zveno.record_change WHERE record = $1', [id])).toEqual([{ run: row.id }]);
});

test('nothing of a refused set remains', async () => {
  const [first, second] = [uuid(), uuid()];
  await commit(set({ records: [createCustomer(first, 'taken')] }));
  const row = messageRow();
  const result = await commit(set({ records: [createCustomer(second, 'free'), createCustomer(uuid(), 'taken')], message: { op: 'insert', row } }));
  expect(result).toMatchObject({ kind: 'refused', failure: { code: 'record.notUnique', parameters: { template: 'Customer', attribute: 'phone', value: 'taken' } } });
  expect(await get(second)).toBeNull();
  expect(await store.message(row.id)).toBeNull();
});

test('one refused set never touches its neighbours, and results come in the order of the sets', async () => {
  const [first, third] = [uuid(), uuid()];
  const results = await store.commit([set({ records: [createCustomer(first, 'n1')] }), set({ records: [updateCustomer(uuid(), 1, 'x')] }), set({ records: [createCustomer(third, 'n3')] })]);
  expect(results.map((result) => result.kind)).toEqual(['committed', 'conflict', 'committed']);
  expect(await get(third)).not.toBeNull();
});

test('of two sets that change one record the later is told of a conflict', async () => {
  const id = uuid();
  await commit(set({ records: [createCustomer(id, 'c0')] }));
  const results = await Promise.all([commit(set({ records: [updateCustomer(id, 1, 'c1')] })), commit(set({ records: [updateCustomer(id, 1, 'c2')] }), other)]);
  expect(results.map((result) => result.kind).sort()).toEqual(['committed', 'conflict']);
  expect(results).toContainEqual({ kind: 'conflict', template: 'aaaaaaaa', record: id });
  expect((await get(id))?.version).toBe(2);
});

test('of two creates of one unique value, on two nodes, one is refused by name', async () => {
  const results = await Promise.all([commit(set({ records: [createCustomer(uuid(), 'twin')] })), commit(set({ records: [createCustomer(uuid(), 'twin')] }), other)]);
  expect(results.map((result) => result.kind).sort()).toEqual(['committed', 'refused']);
});

test('a record that was only read keeps its version, or the set is told of a conflict', async () => {
  const id = uuid();
  await commit(set({ records: [createCustomer(id, 'read')] }));
  expect(await commit(set({ checks: [{ template: 'aaaaaaaa', id, version: 1 }] }))).toEqual({ kind: 'committed' });
  expect(await commit(set({ checks: [{ template: 'aaaaaaaa', id, version: 2 }] }))).toEqual({ kind: 'conflict', template: 'aaaaaaaa', record: id });
});

test('a linked record is not deleted, and the sentence names who links; a link to nothing is refused', async () => {
  const [id, orderId] = [uuid(), uuid()];
  const createOrder = (link: string): EffectSet['records'][number] => ({ op: 'create', template: 'bbbbbbbb', templateVersion: 1, id: orderId, values: { customer: link }, origin: 'api', by: 'me' });
  await commit(set({ records: [createCustomer(id, 'linked')] }));
  expect(await commit(set({ records: [createOrder(uuid())] }))).toMatchObject({ kind: 'refused', failure: { code: 'record.linkMissing', parameters: { template: 'Order', attribute: 'customer' } } });
  await commit(set({ records: [createOrder(id)] }));
  expect(await commit(set({ records: [deleteCustomer(id, 1)] }))).toMatchObject({ kind: 'refused', failure: { code: 'record.stillLinked', parameters: { template: 'Customer', by: 'Order', attribute: 'customer' } } });
});

test('a missing or impossible value is refused by the name of its template', async () => {
  const withoutPhone: EffectSet['records'][number] = { op: 'create', template: 'aaaaaaaa', templateVersion: 1, id: uuid(), values: { phone: null }, origin: 'api', by: null };
  expect(await commit(set({ records: [withoutPhone] }))).toMatchObject({ kind: 'refused', failure: { code: 'record.required', parameters: { template: 'Customer', attribute: 'phone' } } });
  const tooLarge: EffectSet['records'][number] = { op: 'create', template: 'bbbbbbbb', templateVersion: 1, id: uuid(), values: { total: new Decimal('99999999') }, origin: 'api', by: null };
  expect(await commit(set({ records: [tooLarge] }))).toMatchObject({ kind: 'refused', failure: { code: 'record.invalid', parameters: { template: 'Order' } } });
});

test('a probe says what would be refused and leaves nothing', async () => {
  const id = uuid();
  expect(await store.probe(set({ records: [createCustomer(id, 'probe')] }))).toBeNull();
  expect(await get(id)).toBeNull();
  await commit(set({ records: [createCustomer(id, 'probe')] }));
  expect(await store.probe(set({ records: [createCustomer(uuid(), 'probe')] }))).toMatchObject({ code: 'record.notUnique' });
  expect(await store.probe(set({ records: [updateCustomer(id, 7, 'x')] }))).toMatchObject({ code: 'store.changed' });
});

test('a read with own writes sees them, and nobody else does', async () => {
  const id = uuid();
  const own = set({ records: [createCustomer(id, 'own'), updateCustomer(id, 1, 'own 2')] });
  expect(await get(id, own)).toMatchObject({ version: 2, values: { phone: 'own 2' } });
  expect(await get(id)).toBeNull();
});

test('own writes that would be refused say so at the read', async () => {
  await commit(set({ records: [createCustomer(uuid(), 'owned')] }));
  await expect(get(uuid(), set({ records: [createCustomer(uuid(), 'owned')] }))).rejects.toMatchObject({ code: 'record.notUnique' });
  await expect(get(uuid(), set({ records: [updateCustomer(uuid(), 1, 'gone')] }))).rejects.toMatchObject({ code: 'store.changed' });
});

test('a repeat of answered work is told the stored reply, with another body that it is another', async () => {
  const row = messageRow();
  const reply = { kind: 'bytes', bytes: new Uint8Array(Buffer.from('{"ok":true}')) } as const;
  const answered = idempotency('k1', row.id, { state: 'answered', reply, replyStatus: 201 });
  expect(await commit(set({ message: { op: 'insert', row }, idempotency: answered }))).toEqual({ kind: 'committed' });
  const repeat = await commit(set({ message: { op: 'insert', row: messageRow() }, idempotency: idempotency('k1', freshId()) }), other);
  expect(repeat).toMatchObject({ kind: 'duplicate', message: row.id, state: 'answered', sameBody: true, replyStatus: 201 });
  expect(repeat.kind === 'duplicate' && repeat.reply?.kind === 'bytes' ? Buffer.from(repeat.reply.bytes).toString() : null).toBe('{"ok":true}');
  const changed = idempotency('k1', freshId(), { bodyHash: createHash('sha256').update('another').digest() });
  expect(await commit(set({ idempotency: changed }))).toMatchObject({ kind: 'duplicate', sameBody: false });
  expect(await store.idempotency('route-1', 'anonymous', 'k1')).toMatchObject({ message: row.id, state: 'answered' });
  expect(await store.idempotency('route-1', 'somebody', 'k1')).toBeNull();
});

test('of two first requests with one key, on two nodes, exactly one is committed and the other is told its answer', async () => {
  for (let round = 0; round < 10; round += 1) {
    const work = (by: PostgresStore) => {
      const row = messageRow();
      const key = idempotency(`twins-${round}`, row.id, { state: 'answered', reply: { kind: 'bytes', bytes: new Uint8Array([round]) } });
      return commit(set({ message: { op: 'insert', row }, idempotency: key, records: [createCustomer(uuid(), `twin ${row.id}`)] }), by);
    };
    const results = await Promise.all([work(store), work(other), work(store)]);
    expect(results.map((result) => result.kind).sort()).toEqual(['committed', 'duplicate', 'duplicate']);
  }
});

test('a failed run is no answer: its message may claim and answer the key again, another message may not', async () => {
  const row = messageRow({ state: 'failed' });
  expect(await commit(set({ message: { op: 'insert', row }, idempotency: idempotency('k2', row.id) }))).toEqual({ kind: 'committed' });
  expect(await commit(set({ message: { op: 'insert', row: messageRow() }, idempotency: idempotency('k2', freshId()) }))).toMatchObject({ kind: 'duplicate', state: 'claimed', message: row.id });
  const again = set({ message: finished(row.id), idempotency: idempotency('k2', row.id, { state: 'answered' }) });
  expect(await commit(again)).toEqual({ kind: 'committed' });
  expect(await commit({ ...again, id: uuid() })).toMatchObject({ kind: 'duplicate', state: 'answered' });
});

test('an expired key is free again', async () => {
  await commit(set({ idempotency: idempotency('k3', freshId(), { ttlMs: -1, state: 'answered' }) }));
  const id = freshId();
  expect(await commit(set({ idempotency: idempotency('k3', id) }))).toEqual({ kind: 'committed' });
  expect(await store.idempotency('route-1', 'anonymous', 'k3')).toMatchObject({ message: id, state: 'claimed' });
});

test('a message that somebody recorded or finished is not written again', async () => {
  const row = messageRow();
  await commit(set({ message: { op: 'insert', row } }));
  expect(await commit(set({ message: { op: 'insert', row }, records: [createCustomer(uuid(), 'doubled')] }))).toEqual({ kind: 'fenced' });
  expect(await commit(set({ message: finished(row.id, 'failed') }))).toEqual({ kind: 'fenced' });
  expect(await commit(set({ message: finished(freshId()) }))).toEqual({ kind: 'fenced' });
  expect(await database.sql(`SELECT 1 FROM zveno_data.r_aaaaaaaa WHERE a_00000001 = 'doubled'`)).toEqual([]);
});

test('an update leaves what it does not name', async () => {
  const row = messageRow({ state: 'failed', trace: new Uint8Array([1]), reply: { kind: 'bytes', bytes: new Uint8Array([7]) }, replyStatus: 422 });
  await commit(set({ message: { op: 'insert', row } }));
  await commit(set({ message: { op: 'update', id: row.id, state: 'dead', attempts: 2, failure: { code: 'store.unavailable', parameters: { text: 'a\u0000b' }, next: { kind: 'retry' } }, scenarioNames: ['one', 'two'] } }));
  expect(await store.message(row.id)).toMatchObject({ state: 'dead', attempts: 2, replyStatus: 422, scenarioNames: ['one', 'two'], failure: { code: 'store.unavailable', parameters: { text: 'a\u0000b' } } });
});

test('an intent is recorded once, its outcome completes it, and only a call that is made again takes its place', async () => {
  const run = freshId();
  const intent = { run, path: 'steps[0].send', effectId: 'e1', requestHash: new Uint8Array([1, 2]), connectionName: 'c', routeName: 'r', request: null };
  expect(await commit(set({ intents: [intent] }))).toEqual({ kind: 'committed' });
  expect(await commit(set({ intents: [intent] }))).toEqual({ kind: 'conflict' });
  expect(await store.intents(run)).toMatchObject([{ path: 'steps[0].send', effectId: 'e1', outcome: null }]);
  await commit(set({ outcomes: [{ run, path: 'steps[0].send', outcome: new Uint8Array([5]) }] }));
  const [recorded] = await store.intents(run);
  expect([...(recorded?.outcome ?? [])]).toEqual([5]);
  const again = { ...intent, requestHash: new Uint8Array([3]), again: true };
  expect(await commit(set({ intents: [again] }))).toEqual({ kind: 'committed' });
  expect(await store.intents(run)).toMatchObject([{ outcome: null, requestHash: Buffer.from([3]) }]);
  expect(await store.intents('nonsense')).toEqual([]);
});

test('hostile and over-long keys are refused by name, before anything is sent', async () => {
  const row = messageRow();
  const long = 'x'.repeat(limits.idempotencyKeyCharacters.value + 1);
  expect(await commit(set({ idempotency: idempotency(long, row.id) }))).toMatchObject({ kind: 'refused', failure: { code: 'store.keyTooLong' } });
  expect(await commit(set({ message: { op: 'insert', row: messageRow({ keys: { order: 'a\u0000' } }) } }))).toMatchObject({ kind: 'refused', failure: { code: 'store.badText', parameters: { what: 'order' } } });
  expect(await commit(queuedRun({ orderKey: '\ud800' }).set)).toMatchObject({ kind: 'refused', failure: { code: 'store.badText' } });
  const injected = messageRow({ caller: `'; DROP TABLE zveno.message; --`, keys: { [`"'`]: `'); --` } });
  expect(await commit(set({ message: { op: 'insert', row: injected } }))).toEqual({ kind: 'committed' });
  expect(await store.message(injected.id)).toMatchObject({ caller: injected.caller, keys: injected.keys });
});

test('the queue of an order key is refused at its limit, and a repeat still gets its answer', async () => {
  const orderKey = 'full';
  const first = queuedRun({ orderKey });
  await commit({ ...first.set, idempotency: idempotency('full-1', first.id) });
  await database.sql(
    `INSERT INTO zveno.inbox_queue (message, scope, due_at, order_key, order_no) SELECT gen_random_uuid(), 'route-1', now(), $1, -n FROM generate_series(1, $2::int) n`,
    [orderKey, limits.orderKeyQueue.value - 2],
  );
  expect(await commit(queuedRun({ orderKey }).set)).toEqual({ kind: 'committed' });
  expect(await commit(queuedRun({ orderKey }).set)).toEqual({ kind: 'queueFull' });
  expect(await commit(queuedRun({ orderKey, route: 'route-2' }).set)).toEqual({ kind: 'committed' });
  const repeat = queuedRun({ orderKey });
  expect(await commit({ ...repeat.set, idempotency: idempotency('full-1', repeat.id) })).toMatchObject({ kind: 'duplicate', message: first.id, state: 'claimed' });
});

test('a set that a deadlock hit is tried again by itself', async () => {
  const [one, two] = [uuid(), uuid()];
  await commit(set({ records: [createCustomer(one, 'd1'), createCustomer(two, 'd2')] }));
  const results = await Promise.all([
    commit(set({ checks: [{ template: 'aaaaaaaa', id: one, version: 1 }], records: [updateCustomer(two, 1, 'd2b')] })),
    commit(set({ checks: [{ template: 'aaaaaaaa', id: two, version: 1 }], records: [updateCustomer(one, 1, 'd1b')] }), other),
  ]);
  for (const { kind } of results) expect(['committed', 'conflict']).toContain(kind);
  expect(results.some(({ kind }) => kind === 'committed')).toBe(true);
});

test('a body over the inline limit has to be stored before a set names it', async () => {
  const blob = { kind: 'blob', hash: 'ab'.repeat(32), size: 100_000 } as const;
  expect(await commit(set({ message: { op: 'insert', row: messageRow({ payload: blob }) } }))).toMatchObject({ kind: 'refused', failure: { code: 'store.blobMissing' } });
  const stored = await store.storeBlob(new Uint8Array(limits.inlinePayloadBytes.value + 1).fill(7));
  const row = messageRow({ payload: stored });
  expect(await commit(set({ message: { op: 'insert', row } }))).toEqual({ kind: 'committed' });
  const payload = (await store.message(row.id))?.payload;
  expect(payload).toEqual(stored);
  expect((await store.payloadBytes(stored)).length).toBe(limits.inlinePayloadBytes.value + 1);
});
