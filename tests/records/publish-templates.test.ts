import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Decimal } from '../../src/core/decimal.ts';
import { Failure } from '../../src/core/failure.ts';
import type { Queryable } from '../../src/store/postgres/statement.ts';
import { openSession } from '../../src/store/postgres/pool.ts';
import { contract, hiddenAttributes } from '../../src/store/postgres/records/contract.ts';
import { publishTemplates } from '../../src/store/postgres/records/publish.ts';
import { loadNewestTemplates, loadTemplates } from '../../src/store/postgres/records/template-rows.ts';
import { openRecordDatabase, realClock, silent, type RecordDatabase } from './record-database.ts';

let db: RecordDatabase;
beforeAll(async () => {
  db = await openRecordDatabase();
}, 60_000);
beforeEach(() => db.reset());
afterAll(() => db.close());

const committed = { kind: 'committed' };

/** The publication's failure; the test fails when there is none. */
async function refusal(documents: readonly object[]): Promise<Failure> {
  try {
    await db.publish(documents);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('the publication was expected to be refused');
}

test('publishing the same documents again changes nothing', async () => {
  const documents = [
    { name: 'Order', attributes: { number: { type: 'text', unique: true, required: true }, total: { type: 'number', default: '1.10' }, customer: { type: 'record', template: 'Customer', inverse: 'orders' } } },
    { name: 'Customer', attributes: { name: 'text' } },
  ];
  await db.publish(documents);
  const before = db.templates().all();
  expect(await db.publish(documents)).toEqual({ templates: [], changes: [], refused: [] });
  expect(db.templates().all()).toEqual(before);
  expect(before.map(({ name, version }) => [name, version])).toEqual([['Customer', 1], ['Order', 1]]);
  const total = db.template('Order').attributes.find(({ name }) => name === 'total');
  expect(total).toMatchObject({ default: new Decimal('1.10') });
});

test('a cyrillic name and names that look like SQL or like parts of the language are ordinary names', async () => {
  await db.publish([{ name: 'Заявка', attributes: { Номер_заявки: 'text', select: 'text', constructor: 'text', toString: 'number', drop_table: { type: 'enum', values: ['hasOwnProperty', 'да'] } } }]);
  const write = db.create('Заявка', { Номер_заявки: '1', select: '2', constructor: '3', toString: 4, drop_table: 'да' });
  expect(await db.commit(write)).toEqual(committed);
  expect((await db.get('Заявка', write.id)).values).toEqual(Object.assign(Object.create(null), { Номер_заявки: '1', select: '2', constructor: '3', toString: new Decimal(4), drop_table: 'да' }));
});

test('versions side by side: a run that began before a publication still writes, and its records fit the new version', async () => {
  await db.publish([{ name: 'Order', attributes: { number: 'text', note: 'text' } }]);
  const old = db.create('Order', { number: '1', note: 'kept' });
  await db.publish([{ name: 'Order', attributes: { number: 'text', state: { type: 'enum', values: ['new', 'paid'], default: 'new', required: true } } }]);
  expect(await db.commit(old)).toEqual(committed);
  expect((await db.get('Order', old.id)).values).toEqual(Object.assign(Object.create(null), { number: '1', state: 'new' }));
});

test('a hidden attribute keeps its values, blocks nobody, and comes back with them', async () => {
  const full = [{ name: 'Order', attributes: { number: { type: 'text', required: true }, customer: { type: 'record', template: 'Customer' } } }, { name: 'Customer', attributes: {} }];
  await db.publish(full);
  const customers = [db.create('Customer', {}), db.create('Customer', {})];
  const orders = customers.map(({ id }, index) => db.create('Order', { number: `n${index}`, customer: id }));
  await db.commit(...customers, ...orders);
  await db.publish([{ name: 'Order', attributes: {} }, { name: 'Customer', attributes: {} }]);
  expect(await db.commit(db.create('Order', {}))).toEqual(committed);
  expect(await db.commit(db.remove(await db.get('Customer', customers[0]?.id ?? '')))).toEqual(committed);
  expect((await refusal(full)).code).toBe('template.hasEmpty');
  const optional = [{ name: 'Order', attributes: { number: 'text', customer: { type: 'record', template: 'Customer' } } }, { name: 'Customer', attributes: {} }];
  expect((await db.publish(optional)).changes.map(({ kind, attribute }) => [kind, attribute])).toEqual([['restoreAttribute', 'number'], ['makeOptional', 'number'], ['restoreAttribute', 'customer']]);
  expect((await db.get('Order', orders[0]?.id ?? '')).values).toMatchObject({ number: 'n0', customer: null });
  expect((await db.get('Order', orders[1]?.id ?? '')).values).toMatchObject({ number: 'n1', customer: customers[1]?.id });
  expect(await db.commit(db.remove(await db.get('Customer', customers[1]?.id ?? '')))).toMatchObject({ failure: { code: 'record.stillLinked' } });
});

test('a hidden attribute is listed with its date, and goes for good when its time has come', async () => {
  await db.publish([{ name: 'Order', attributes: { number: 'text', note: 'text', lines: { type: 'record', template: 'Order', multiple: true } } }]);
  const order = db.create('Order', { number: '1', note: 'gone' });
  await db.commit(order);
  await db.publish([{ name: 'Order', attributes: { number: 'text' } }]);
  const listed = await hiddenAttributes(db.session);
  expect(listed.map(({ template, attribute, type }) => [template, attribute, type])).toEqual([['Order', 'note', 'text'], ['Order', 'lines', 'record']]);
  expect(listed[0]?.hiddenAt).toMatch(/^\d{4}-.*Z$/);
  expect(await contract(db.session, { clock: realClock, log: silent })).toEqual([]);
  expect((await contract(db.session, { clock: realClock, log: silent }, 0)).map(({ attribute }) => attribute)).toEqual(['note', 'lines']);
  expect(await hiddenAttributes(db.session)).toEqual([]);
  await db.publish([{ name: 'Order', attributes: { number: 'text', note: 'text' } }]);
  expect((await db.get('Order', order.id)).values).toMatchObject({ number: '1', note: null });
});

test('what runs of the version before wrote around a change of type is taken over, unless it was written anew', async () => {
  await db.publish([{ name: 'Order', attributes: { sum: 'text' } }]);
  const [late, known] = [db.create('Order', { sum: '10' }), db.create('Order', { sum: '20' })];
  await db.publish([{ name: 'Order', attributes: { sum: 'number' } }]);
  await db.commit(late, known);
  await db.commit(db.update(await db.get('Order', known.id), { sum: 7 }));
  expect((await db.get('Order', late.id)).values['sum']).toBeNull();
  await contract(db.session, { clock: realClock, log: silent });
  expect([(await db.get('Order', late.id)).values['sum'], (await db.get('Order', known.id)).values['sum']]).toEqual([new Decimal(10), new Decimal(7)]);
});

test('a removed template is hidden with its records and comes back with them', async () => {
  await db.publish([{ name: 'Order', attributes: { number: 'text' } }]);
  const order = db.create('Order', { number: '1' });
  await db.commit(order);
  await db.publish([]);
  expect(db.templates().all()).toEqual([]);
  await db.publish([{ name: 'Order', attributes: { number: 'text' } }]);
  expect((await db.get('Order', order.id)).values['number']).toBe('1');
});

test('values that repeat keep an attribute from becoming unique, and are named', async () => {
  await db.publish([{ name: 'Order', attributes: { number: 'text' } }]);
  await db.commit(db.create('Order', { number: 'A' }), db.create('Order', { number: 'A' }), db.create('Order', { number: 'a' }), db.create('Order', {}), db.create('Order', {}));
  const failure = await refusal([{ name: 'Order', attributes: { number: { type: 'text', unique: true } } }]);
  expect(failure).toMatchObject({ code: 'template.hasDuplicates', parameters: { template: 'Order', attribute: 'number', examples: 'A (2)' } });
  expect(db.template('Order').attributes[0]).toMatchObject({ unique: false });
  const [first] = await db.find({ template: 'Order', filter: { op: 'eq', attribute: 'number', value: 'A' } });
  if (first !== undefined) await db.commit(db.update(first, { number: 'B' }));
  await db.publish([{ name: 'Order', attributes: { number: { type: 'text', unique: true } } }]);
  expect(await db.commit(db.create('Order', { number: 'B' }))).toMatchObject({ failure: { code: 'record.notUnique' } });
  await db.publish([{ name: 'Order', attributes: { number: 'text' } }]);
  expect(await db.commit(db.create('Order', { number: 'B' }))).toEqual(committed);
});

test('empty values keep an attribute from becoming required, and a filled one may', async () => {
  await db.publish([{ name: 'Order', attributes: { number: 'text' } }]);
  const empty = db.create('Order', {});
  await db.commit(empty);
  const required = [{ name: 'Order', attributes: { number: { type: 'text', required: true } } }];
  expect(await refusal(required)).toMatchObject({ code: 'template.hasEmpty', parameters: { count: '1', examples: empty.id } });
  await db.commit(db.update(await db.get('Order', empty.id), { number: 'x' }));
  await db.publish(required);
  const { templateVersion, template } = db.create('Order', { number: 'y' });
  expect(await db.commit({ op: 'create', template, templateVersion, id: randomUUID(), values: {}, origin: 'api', by: null })).toMatchObject({ failure: { code: 'record.required', parameters: { attribute: 'number' } } });
});

test('a new required attribute needs a default where there are records, which then fills them', async () => {
  await db.publish([{ name: 'Order', attributes: {} }]);
  const order = db.create('Order', {});
  await db.commit(order);
  expect((await refusal([{ name: 'Order', attributes: { city: { type: 'text', required: true } } }])).code).toBe('template.requiredNeedsDefault');
  await db.publish([{ name: 'Order', attributes: { city: { type: 'text', required: true, default: "O'Brien\\'; DROP SCHEMA zveno; --" } } }]);
  expect((await db.get('Order', order.id)).values['city']).toBe("O'Brien\\'; DROP SCHEMA zveno; --");
});

test('an interrupted publication is finished by the next one with the same columns', async () => {
  await db.publish([{ name: 'Order', attributes: { number: 'text' } }]);
  const plan = await db.plan([{ name: 'Order', attributes: { number: { type: 'text', unique: true }, note: 'text', tags: { type: 'record', template: 'Order', multiple: true } } }]);
  let alterations = 0;
  const dying: Queryable = {
    query: (statement) => (statement.text.startsWith('ALTER') && ++alterations === 2 ? Promise.reject(new Error('gone')) : db.session.query(statement)),
  };
  await expect(publishTemplates(dying, plan, { revision: 2, clock: realClock, log: silent })).rejects.toThrow('gone');
  expect((await loadTemplates(db.session)).byName('Order')?.version).toBe(1);
  expect(await loadNewestTemplates(db.session)).toMatchObject([{ version: 2 }]);
  expect((await db.publish([{ name: 'Order', attributes: { number: { type: 'text', unique: true }, note: 'text', tags: { type: 'record', template: 'Order', multiple: true } } }])).changes).toEqual([]);
  const write = db.create('Order', { number: '1', note: 'x' });
  expect(await db.commit(write, db.link('link', 'Order', 'tags', write.id, write.id))).toEqual(committed);
  expect(await db.commit(db.create('Order', { number: '1' }))).toMatchObject({ failure: { code: 'record.notUnique' } });
});

test('a plan that was overtaken by another publication is refused whole', async () => {
  await db.publish([{ name: 'Order', attributes: {} }]);
  const late = await db.plan([{ name: 'Order', attributes: { a: 'text' } }, { name: 'Another', attributes: {} }]);
  await db.publish([{ name: 'Order', attributes: { b: 'text' } }]);
  await expect(publishTemplates(db.session, late, { revision: 9, clock: realClock, log: silent })).rejects.toMatchObject({ code: 'template.outdated', parameters: { template: 'Order' } });
  expect(await loadNewestTemplates(db.session)).toHaveLength(1);
});

test('two publications at once do not disturb each other', async () => {
  const second = await openSession({ connectionString: db.url }, 'plain', silent);
  const plans = [await db.plan([{ name: 'A', attributes: { x: 'text' } }]), await db.plan([{ name: 'B', attributes: { y: 'text' } }])];
  await Promise.all(plans.map((plan, index) => publishTemplates(index === 0 ? db.session : second, plan, { revision: index + 1, clock: realClock, log: silent })));
  await second.close();
  expect((await loadTemplates(db.session)).all().map(({ name }) => name)).toEqual(['A', 'B']);
  expect((await loadTemplates(db.session, 0)).all()).toEqual([]);
});

test('a table whose lock is held is tried again until it is free', async () => {
  await db.publish([{ name: 'Order', attributes: {} }]);
  const holder = await openSession({ connectionString: db.url }, 'plain', silent);
  await holder.query({ text: 'BEGIN', values: [] });
  await holder.query({ text: `LOCK TABLE zveno_data.r_${db.template('Order').id} IN ACCESS SHARE MODE`, values: [] });
  const waits: number[] = [];
  const clock = {
    ...realClock,
    sleep: async (ms: number) => {
      waits.push(ms);
      await holder.query({ text: 'COMMIT', values: [] });
    },
  };
  const plan = await db.plan([{ name: 'Order', attributes: { note: 'text' } }]);
  await publishTemplates(db.session, plan, { revision: 5, clock, log: silent });
  await holder.close();
  expect(waits).toHaveLength(1);
});

test('a one-way link becomes two-way, and one-to-one only where no target repeats', async () => {
  const documents = (inverse: unknown) => [{ name: 'Order', attributes: { invoice: { type: 'record', template: 'Invoice', ...(inverse === undefined ? {} : { inverse }) } } }, { name: 'Invoice', attributes: {} }];
  await db.publish(documents(undefined));
  const invoice = db.create('Invoice', {});
  const orders = [db.create('Order', { invoice: invoice.id }), db.create('Order', { invoice: invoice.id })];
  await db.commit(invoice, ...orders);
  await db.publish(documents('orders'));
  expect(await db.linked('Invoice', 'orders', invoice.id)).toHaveLength(2);
  expect(await refusal(documents({ name: 'orders', multiple: false }))).toMatchObject({ code: 'template.hasDuplicates', parameters: { attribute: 'invoice' } });
  await db.commit(db.update(await db.get('Order', orders[0]?.id ?? ''), { invoice: null }));
  await db.publish(documents({ name: 'orders', multiple: false }));
  expect((await db.get('Invoice', invoice.id)).values['orders']).toBe(orders[1]?.id);
  expect(await db.commit(db.create('Order', { invoice: invoice.id }))).toMatchObject({ failure: { code: 'record.notUnique', parameters: { attribute: 'invoice' } } });
});

test('a large table gets its index without blocking writers, and an invalid rest of an earlier try is replaced', async () => {
  await db.publish([{ name: 'Order', attributes: { number: 'text' } }]);
  const { id, attributes } = db.template('Order');
  const [column, index] = [`a_${attributes[0]?.id}`, `u_${id}_${attributes[0]?.id}`];
  await db.session.script(`INSERT INTO zveno_data.r_${id} (id, version, created_at, changed_at, origin, ${column})
    SELECT gen_random_uuid(), 1, now(), now(), 'import', CASE WHEN n < 3 THEN 'twice' ELSE n::text END FROM generate_series(1, 100001) AS n`);
  await expect(db.session.script(`CREATE UNIQUE INDEX CONCURRENTLY ${index} ON zveno_data.r_${id} (${column})`)).rejects.toThrow();
  const unique = [{ name: 'Order', attributes: { number: { type: 'text', unique: true } } }];
  expect((await refusal(unique)).parameters).toMatchObject({ examples: 'twice (2)' });
  await db.rows(`DELETE FROM zveno_data.r_${id} WHERE ${column} = 'twice'`);
  await db.rows(`INSERT INTO zveno_data.r_${id} (id, version, created_at, changed_at, origin, ${column}) SELECT gen_random_uuid(), 1, now(), now(), 'api', 'x' || n FROM generate_series(1, 2) AS n`);
  const statements: string[] = [];
  const log = { ...silent, debug: (_event: string, fields?: Readonly<Record<string, unknown>>) => void statements.push(String(fields?.['statement'])) };
  await publishTemplates(db.session, await db.plan(unique), { revision: 100, clock: realClock, log });
  expect(statements).toEqual([expect.stringMatching(/^CREATE TABLE IF NOT EXISTS/), `DROP INDEX IF EXISTS zveno_data.${index}`, `CREATE UNIQUE INDEX CONCURRENTLY ${index} ON zveno_data.r_${id} (${column})`]);
  expect(await db.rows(`SELECT indisvalid FROM pg_index WHERE indexrelid = 'zveno_data.${index}'::regclass`)).toEqual([{ indisvalid: true }]);
}, 30_000);
