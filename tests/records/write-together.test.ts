/** Many rows by one statement do what a statement a row does. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { emptyEffectSet, type CommitResult, type RecordWrite } from '../../src/core/effect-set.ts';
import { checkValues } from '../../src/core/record-values.ts';
import { recordTables } from '../../src/store/postgres/records/record-tables.ts';
import { oneByOne } from '../../src/store/postgres/statement.ts';
import { createPostgresStore, type PostgresStore } from '../../src/store/postgres/store.ts';
import { openRecordDatabase, realClock, silent, type RecordDatabase } from './record-database.ts';

const wide = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`field${index}`, index % 2 === 0 ? 'text' : 'number']));
const documents = [
  { name: 'Customer', attributes: { name: 'text', phone: { type: 'text', unique: true, logChanges: true } } },
  {
    name: 'Order',
    attributes: {
      number: { type: 'text', unique: true }, note: 'text', total: { type: 'number', decimals: 2 }, placed: 'dateTime', takes: 'duration', day: 'date', paid: 'boolean',
      customer: { type: 'record', template: 'Customer', inverse: 'orders' }, tags: { type: 'record', template: 'Customer', multiple: true, inverse: { name: 'tagged', multiple: true } },
    },
  },
  { name: 'Node', attributes: { name: 'text', parent: { type: 'record', template: 'Node', inverse: 'children' } } },
  { name: 'Wide', attributes: wide },
];

let db: RecordDatabase;
let rowByRow: PostgresStore;
beforeAll(async () => {
  db = await openRecordDatabase();
  await db.publish(documents);
  rowByRow = await createPostgresStore({
    connection: { connectionString: db.url },
    records: { ...recordTables, statements: (...given) => oneByOne(recordTables.statements(...given)) },
    templates: () => db.templates(),
    blobs: { put: async () => '', read: async () => new Uint8Array(), has: async () => true, remove: async () => {}, take: () => Promise.reject(new Error('no files here')), stream: () => Promise.reject(new Error('no files here')) },
    clock: realClock, random: { bytes: (n) => new Uint8Array(n), fraction: () => 0.5 }, log: silent, crashPoints: { reach() {} },
  });
}, 60_000);
afterAll(async () => {
  await rowByRow.close();
  await db.close();
});

const clear = (): Promise<void> => db.session.script(`TRUNCATE ${['Customer', 'Order', 'Node', 'Wide'].map((name) => `zveno_data.r_${db.template(name).id}`).join(', ')} CASCADE; TRUNCATE zveno.record_change`);
beforeEach(clear);

async function committedBy(store: PostgresStore, writes: readonly RecordWrite[]): Promise<CommitResult> {
  const [result] = await store.commit([{ ...emptyEffectSet(randomUUID()), records: writes }]);
  if (result === undefined) throw new Error('commit gave no result');
  return result;
}

const idOf = (kind: number, n: number): string => `00000000-0000-7000-800${kind}-${String(n).padStart(12, '0')}`;
const customers = 6;
const orders = 30;

async function seed(): Promise<void> {
  await clear();
  await db.commit(
    ...Array.from({ length: customers }, (_, n) => db.create('Customer', { name: `c${n}`, phone: `p${n}` }, idOf(0, n))),
    ...Array.from({ length: orders }, (_, n) => db.create('Order', { number: `n${n}`, note: 'old', total: n, customer: idOf(0, n % customers) }, idOf(1, n))),
    db.link('link', 'Order', 'tags', idOf(1, 0), idOf(0, 1)),
  );
  await db.session.script('TRUNCATE zveno.record_change');
}

/** All that a set leaves behind, without instants and the set's own id. */
async function left(): Promise<unknown> {
  const order = db.template('Order');
  const tags = order.attributes.find(({ name }) => name === 'tags');
  const relation = tags?.kind === 'link' ? tags.relation.id : '';
  return Promise.all([
    ...['Customer', 'Order', 'Node'].map((name) => db.rows(`SELECT to_jsonb(r) - 'created_at' - 'changed_at' AS row FROM zveno_data.r_${db.template(name).id} AS r ORDER BY id`)),
    db.rows(`SELECT owner, other FROM zveno_data.l_${relation} ORDER BY position`),
    db.rows('SELECT template, record, version, op, attributes, changes, linked, origin, changed_by FROM zveno.record_change ORDER BY seq'),
  ]);
}

const values = fc.record(
  {
    number: fc.oneof({ weight: 60, arbitrary: fc.uuid() }, { weight: 1, arbitrary: fc.nat(orders + 3).map((n) => `n${n}`) }),
    note: fc.option(fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !text.includes('\0') && text.isWellFormed())),
    total: fc.option(fc.integer({ min: -99, max: 9_999 }).map((cents) => String(cents / 100))),
    placed: fc.constantFrom(null, '2026-11-28T10:00:00.123456Z'),
    takes: fc.constantFrom(null, 'PT26H', '-PT3M0.5S'),
    day: fc.constantFrom(null, '0209-02-28'),
    paid: fc.option(fc.boolean()),
    customer: fc.oneof({ weight: 80, arbitrary: fc.nat(customers - 1).map((n) => idOf(0, n)) }, { weight: 1, arbitrary: fc.constant(idOf(0, 99)) }),
  },
  { requiredKeys: [] },
);
const version = fc.oneof({ weight: 90, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constant(2) });

type Plan =
  | { op: 'create'; n: number; values: object }
  | { op: 'update'; n: number; version: number; values: object; archived: boolean | null }
  | { op: 'delete'; n: number; version: number }
  | { op: 'link' | 'unlink'; attribute: string; n: number; to: number };

const plan: fc.Arbitrary<Plan> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constant('create' as const), n: fc.integer({ min: 100, max: 140 }), values }) },
  { weight: 5, arbitrary: fc.record({ op: fc.constant('update' as const), n: fc.oneof(fc.nat(orders - 1), fc.integer({ min: 100, max: 140 })), version, values, archived: fc.constantFrom(null, null, true, false) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('delete' as const), n: fc.nat(orders - 1), version }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constantFrom('link' as const, 'unlink' as const), attribute: fc.constantFrom('tags', 'customer'), n: fc.nat(orders - 1), to: fc.nat(customers - 1) }) },
);

/** Writes of a record come in an order in which a run could make them. */
function writesOf(plans: readonly Plan[]): readonly RecordWrite[] {
  const created = new Set(plans.flatMap((one) => (one.op === 'create' ? [one.n] : [])));
  const made = new Set<number>();
  const gone = new Set<number>();
  const about = { template: db.template('Order').id, templateVersion: db.template('Order').version, origin: 'api', by: 'ira' } as const;
  return plans.flatMap((one): readonly RecordWrite[] => {
    const id = idOf(1, one.n);
    if (gone.has(one.n)) return [];
    switch (one.op) {
      case 'create':
        if (made.has(one.n)) return [];
        made.add(one.n);
        return [db.create('Order', { ...one.values }, id)];
      case 'update':
        if (one.n >= 100 && (!created.has(one.n) || !made.has(one.n))) return [];
        return [{ ...about, op: 'update', id, version: one.version, values: checkValues(db.template('Order'), { ...one.values }, 'update').scalars, ...(one.archived === null ? {} : { archived: one.archived }) }];
      case 'delete':
        gone.add(one.n);
        return [{ ...about, op: 'delete', id, version: one.version }];
      default:
        return [db.link(one.op, 'Order', one.attribute, id, idOf(0, one.to))];
    }
  });
}

test('any set of writes leaves the same rows, change log and refusal as it does row by row', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(plan, { minLength: 8, maxLength: 100, size: 'max' }), async (plans) => {
      await seed();
      const writes = writesOf(plans);
      const together = [await committedBy(db.store, writes), await left()];
      await seed();
      const apart = [await committedBy(rowByRow, writes), await left()];
      expect(together).toEqual(apart);
      seen.add((together[0] as CommitResult).kind);
    }),
    { numRuns: 80 },
  );
  expect([...seen].sort()).toEqual(['committed', 'conflict', 'refused']);
}, 120_000);

describe('a set of 1,000 rows', () => {
  const many = (count: number, valuesOf: (n: number) => Record<string, string>): Extract<RecordWrite, { op: 'create' }>[] => Array.from({ length: count }, (_, n) => db.create('Customer', valuesOf(n), idOf(2, n)));

  test('says of a unique clash between two of its rows which value it is, and writes nothing', async () => {
    const writes = many(1_000, (n) => ({ phone: n === 700 ? 'p3' : `p${n}` }));
    expect(await db.commit(...writes)).toMatchObject({ kind: 'refused', failure: { code: 'record.notUnique', parameters: { template: 'Customer', attribute: 'phone', value: 'p3' } } });
    expect(await db.rows(`SELECT 1 FROM zveno_data.r_${db.template('Customer').id}`)).toEqual([]);
  });

  test('names the 700th record when somebody changed it meanwhile, and changes nothing', async () => {
    await db.commit(...many(1_000, (n) => ({ phone: `p${n}` })));
    const records = await db.find({ template: 'Customer', sort: [{ attribute: 'id', descending: false }], limit: 1_000 });
    const [the700th] = records.slice(699);
    if (the700th === undefined) throw new Error('too few');
    await db.commit(db.update(the700th, { name: 'mine' }));
    expect(await db.commit(...records.map((record) => db.update(record, { name: 'theirs' })))).toEqual({ kind: 'conflict', template: the700th.template, record: the700th.id });
    expect(await db.find({ template: 'Customer', filter: { op: 'eq', attribute: 'name', value: 'theirs' } })).toEqual([]);
  });

  test('names the record that links to nothing', async () => {
    const writes = Array.from({ length: 1_000 }, (_, n) => db.create('Order', { number: `n${n}`, customer: n === 500 ? idOf(9, 9) : null }, idOf(1, n)));
    expect(await db.store.refusals({ ...emptyEffectSet(randomUUID()), records: writes })).toEqual([{ record: idOf(1, 500), failure: expect.objectContaining({ code: 'record.linkMissing' }) }]);
  });

  test('that changes records of its own making writes each of them once, with version 1', async () => {
    const creates = many(1_000, (n) => ({ name: 'first', phone: `p${n}` }));
    const changes = creates.map(({ template, templateVersion, id }): RecordWrite => ({ op: 'update', template, templateVersion, id, version: 1, values: { name: 'second' }, origin: 'api', by: 'oleg' }));
    expect(await db.commit(...creates, ...changes)).toEqual({ kind: 'committed' });
    expect(await db.rows(`SELECT count(*)::int AS count, min(version) AS least, max(version) AS most FROM zveno_data.r_${db.template('Customer').id}`)).toEqual([{ count: 1_000, least: 1, most: 1 }]);
  });

  test('goes through beside another that changes the same records, one after the other', async () => {
    await db.commit(...many(1_000, (n) => ({ phone: `p${n}` })));
    const records = await db.find({ template: 'Customer', sort: [{ attribute: 'id', descending: false }], limit: 1_000 });
    const results = await Promise.all(Array.from({ length: 4 }, (_, n) => db.commit(...(n % 2 === 0 ? records : records.toReversed()).map((record, at) => db.update(record, at % 3 === 0 ? { name: `by ${n}` } : { phone: `${n}-${record.id}` })))));
    expect(results.map(({ kind }) => kind).sort()).toEqual(['committed', 'conflict', 'conflict', 'conflict']);
  });

  test('that waits for what another transaction holds goes on, and is repeated when it was the victim of a deadlock', async () => {
    await db.commit(...many(1_000, (n) => ({ phone: `p${n}` })));
    const table = `zveno_data.r_${db.template('Customer').id}`;
    const records = await db.find({ template: 'Customer', sort: [{ attribute: 'id', descending: false }], limit: 1_000 });
    const victim = db.commit(...records.map((record) => db.update(record, { name: 'set' })));
    // Takes the last, then the first: whichever side the server ends, the set stays whole.
    await db.session.script(`BEGIN; SELECT 1 FROM ${table} WHERE id = '${idOf(2, 999)}' FOR UPDATE`);
    await db.session.script(`SELECT 1 FROM ${table} WHERE id = '${idOf(2, 0)}' FOR UPDATE; COMMIT`).catch(() => db.session.script('ROLLBACK'));
    expect(await victim).toEqual({ kind: 'committed' });
    expect(await db.rows(`SELECT count(*)::int AS count FROM ${table} WHERE version = 2`)).toEqual([{ count: 1_000 }]);
  });
});

test('2,500 records of a template of 150 attributes come back as they were written', async () => {
  const writes = Array.from({ length: 2_500 }, (_, n) => db.create('Wide', { field0: `«${n}», "x"\\{}`, field1: String(n), field149: '0.5' }, idOf(3, n)));
  expect(await db.commit(...writes)).toEqual({ kind: 'committed' });
  const record = await db.get('Wide', idOf(3, 2_499));
  expect(record.values).toMatchObject({ field0: '«2499», "x"\\{}', field2: null });
  expect([record.values['field1'], record.values['field149']].map(String)).toEqual(['2499', '0.5']);
});

test('parents and children of one set are written template by template, parents first, whatever their order', async () => {
  const [customerIds, orderIds] = [0, 1].map((kind) => Array.from({ length: 50 }, (_, n) => idOf(kind, n))) as [string[], string[]];
  const pairs = customerIds.flatMap((id, n) => [db.create('Order', { number: `n${n}`, customer: id }, orderIds[n]), db.create('Customer', { name: `c${n}` }, id)]);
  const statements = recordTables.statements(pairs, db.templates(), { id: randomUUID(), run: null });
  expect(statements.map(({ about }) => about?.template)).toEqual([db.template('Customer').id, db.template('Order').id, undefined]);
  expect(await db.commit(...pairs)).toEqual({ kind: 'committed' });
});

test('many records that link to each other in one template go in by one statement and out by one', async () => {
  const ids = Array.from({ length: 500 }, () => randomUUID());
  expect(await db.commit(...ids.map((id, n) => db.create('Node', { name: `n${n}`, parent: ids[n + 1] ?? null }, id)))).toEqual({ kind: 'committed' });
  const records = await db.find({ template: 'Node', limit: 500 });
  expect(await db.commit(...records.map((record) => db.remove(record)))).toEqual({ kind: 'committed' });
});
