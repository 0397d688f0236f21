/** 100,000 records: queries, orders and pages go by indexes and look at about as many rows as they return. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Decimal } from '../../src/core/decimal.ts';
import { Failure } from '../../src/core/failure.ts';
import type { Filter, RecordQuery, Sort } from '../../src/core/query.ts';
import { takesLong } from '../../src/store/postgres/records/publication-size.ts';
import { recordTables } from '../../src/store/postgres/records/record-tables.ts';
import { fillLargeTable, largeTemplates, plansOf, present } from './large-table.ts';
import { openRecordDatabase, type RecordDatabase } from './record-database.ts';

let db: RecordDatabase;
beforeAll(async () => {
  db = await openRecordDatabase();
  await db.publish(largeTemplates);
  await fillLargeTable(db);
}, 120_000);
afterAll(() => db.close());

const by = (attribute: string, descending = false): Sort => ({ attribute, descending });
const page = async (query: Partial<RecordQuery>) => {
  const result = await recordTables.read(db.store.readers, { kind: 'query', query: { template: 'Item', sort: [], limit: 50, ...query } }, db.templates());
  if (result.kind !== 'page') throw new Error('no page');
  return result;
};

/** The position of one row in an order, as the page that ends with it would give it. */
async function cursorAt(sort: readonly Sort[], filter: Filter, offset: number): Promise<string> {
  let cursor: string | undefined;
  for (let seen = 0; seen < offset; ) {
    const next = await page({ sort, filter, limit: 1_000, ...(cursor === undefined ? {} : { cursor }) });
    seen += next.records.length;
    if (next.cursor === null) throw new Error(`only ${seen} rows`);
    cursor = next.cursor;
  }
  return cursor ?? '';
}

/** A page of 50 may look at the 51st row, at those of its second range, and at what is archived in between. */
const few = 400;

async function expectIndexed(query: Partial<RecordQuery>, most = few): Promise<void> {
  const { text, looked } = await plansOf(db, query);
  expect(text).not.toMatch(/Seq Scan on (r|l)_/);
  // A sort within equal values, or of the page itself, is none of the table.
  expect(text.match(/^\s*(?:->  )?Sort\b.*actual rows=\d{4,}/m)?.[0]).toBeUndefined();
  expect(looked, text).toBeLessThan(most);
}

const sortable = ['code', 'name', 'sku', 'price', 'active', 'made', 'seen', 'takes', 'state', 'page', 'owner', 'zone', '_createdAt', '_changedAt', 'id'];

describe('of 100,000 records', () => {
  it('the first page in the order of ids, with and without archived ones, goes by the key', async () => {
    await expectIndexed({ filter: present() });
    await expectIndexed({});
    const archived: Filter = { op: 'eq', attribute: '_archived', value: true };
    await expectIndexed({ filter: archived, sort: [by('_createdAt')] });
    await expectIndexed({ sort: [by('_createdAt', true)] });
    await expectIndexed({ sort: [by('price')] });
  });

  it.each(sortable.flatMap((attribute) => [[attribute, false], [attribute, true]] as const))('a page sorted by %s (descending: %s) goes by its index', async (attribute, descending) => {
    await expectIndexed({ filter: present(), sort: [by(attribute, descending)] });
  });

  it.each([['name', false], ['price', true], ['_changedAt', true], ['code', false], ['id', false]] as const)('row 90,000 by %s (descending: %s) is reached without reading those before it', async (attribute, descending) => {
    const sort = [by(attribute, descending)];
    await expectIndexed({ filter: present(), sort, cursor: await cursorAt(sort, present(), 90_000) });
  });

  it('pages among empty values at the end go by the index too', async () => {
    for (const descending of [false, true]) {
      const sort = [by('price', descending)];
      const cursor = await cursorAt(sort, present(), 95_000);
      expect((await page({ filter: present(), sort, cursor })).records[0]?.values['price']).toBeNull();
      await expectIndexed({ filter: present(), sort, cursor });
    }
  });

  it.each<readonly [string, Filter]>([
    ['an equal text', { op: 'eq', attribute: 'sku', value: 's0' }],
    ['an equal text in natural order', { op: 'eq', attribute: 'name', value: 'Ёлка 4005' }],
    ['one of several texts', { op: 'in', attribute: 'sku', value: ['s1', 's2'] }],
    ['a beginning', { op: 'startsWith', attribute: 'sku', value: 's12345' }],
    ['a beginning in natural order', { op: 'startsWith', attribute: 'name', value: 'Ёлка 400' }],
    ['a beginning with signs of patterns', { op: 'startsWith', attribute: 'sku', value: '%_\\' }],
    ['an equal number', { op: 'eq', attribute: 'price', value: new Decimal('17.25') }],
    ['an equal key', { op: 'eq', attribute: 'code', value: 'C-000777' }],
    ['the beginning of a key', { op: 'startsWith', attribute: 'code', value: 'C-00077' }],
    ['a range of numbers', { op: 'and', of: [{ op: 'ge', attribute: 'price', value: new Decimal(5000) }, { op: 'lt', attribute: 'price', value: new Decimal(5010) }] }],
    ['a range of instants', { op: 'and', of: [{ op: 'ge', attribute: 'seen', value: '2026-01-05T00:00:00Z' }, { op: 'lt', attribute: 'seen', value: '2026-01-05T00:05:00Z' }] }],
    ['a range of texts', { op: 'and', of: [{ op: 'ge', attribute: 'sku', value: 's1234' }, { op: 'lt', attribute: 'sku', value: 's1235' }] }],
    ['a link', { op: 'eq', attribute: 'group', value: '1f0e3dad-9990-8345-f743-9f8ffabdffc4' }],
  ])('a condition on %s looks at what it finds', async (_, condition) => {
    await expectIndexed({ filter: present(condition) });
    await expectIndexed({ filter: condition });
  });

  it('a large part of the table is paged in any order, and a small part is found and sorted', async () => {
    await expectIndexed({ filter: present({ op: 'eq', attribute: 'state', value: 'open' }), sort: [by('seen', true)] });
    await expectIndexed({ filter: present({ op: 'eq', attribute: 'owner', value: '4e5ad96e-b3e1-0d98-a67c-2a2f9b60c3dd' }), sort: [by('seen')] });
    await expectIndexed({ filter: present({ op: 'ge', attribute: 'price', value: new Decimal(9000) }), sort: [by('price'), by('seen', true)] });
  });

  it('links are followed by their indexes from either side', async () => {
    const group = (await recordTables.read(db.store.readers, { kind: 'query', query: { template: 'Group', filter: { op: 'eq', attribute: 'name', value: 'g7' }, sort: [], limit: 1 } }, db.templates()));
    const id = group.kind === 'page' ? (group.records[0]?.id ?? '') : '';
    await expectIndexed({ filter: present({ op: 'eq', attribute: 'group', value: id }) });
    await expectIndexed({ filter: present({ op: 'linked', attribute: 'tags', record: id }) });
    const { text } = await plansOf(db, { template: 'Group', links: ['items', 'tagged'], filter: { op: 'eq', attribute: 'id', value: id } });
    expect(text).not.toContain('Seq Scan');
  });

  it('records that come between two pages neither repeat nor hide others', async () => {
    const sort = [by('price', true)];
    const first = await page({ filter: present(), sort, limit: 20 });
    const created = [db.create('Item', { code: 'new-1', price: 20_000 }), db.create('Item', { code: 'new-2', price: 1 })];
    await db.commit(...created);
    const second = await page({ filter: present(), sort, limit: 20, cursor: first.cursor ?? '' });
    const ids = [...first.records, ...second.records].map(({ id }) => id);
    expect(new Set(ids).size).toBe(40);
    expect(ids).not.toContain(created[0]?.id);
    await db.commit(...(await db.find({ template: 'Item', filter: { op: 'startsWith', attribute: 'code', value: 'new-' } })).map((record) => db.remove(record)));
  });

  it('texts stand in natural order when the attribute says so: capitals and ё make no difference', async () => {
    const seen: string[] = [];
    for (const value of ['Ёж', 'еж', 'Ежа', 'ЁЖБ', 'яма', 'Zoo', 'аб', '1']) await db.commit(db.create('Item', { code: `ord-${value}`, name: value }));
    for (const record of await db.find({ template: 'Item', filter: { op: 'startsWith', attribute: 'code', value: 'ord-' }, sort: [by('name')] })) seen.push(String(record.values['name']));
    expect(seen.map((name) => name.toLowerCase().replaceAll('ё', 'е'))).toEqual(['1', 'zoo', 'аб', 'еж', 'еж', 'ежа', 'ежб', 'яма']);
    await db.commit(...(await db.find({ template: 'Item', filter: { op: 'startsWith', attribute: 'code', value: 'ord-' } })).map((record) => db.remove(record)));
  });

  it('a query that no index answers is cut short, with the attributes to index', async () => {
    await db.session.script('BEGIN; SET LOCAL statement_timeout = 1');
    const slow = recordTables.read(db.session, { kind: 'query', query: { template: 'Item', filter: present({ op: 'contains', attribute: 'note', value: 'no such note' }), sort: [by('weight')], limit: 50 } }, db.templates());
    const error = await slow.catch((reason: unknown) => reason);
    await db.session.script('ROLLBACK');
    expect(error).toBeInstanceOf(Failure);
    expect(error).toMatchObject({ code: 'query.unindexed', parameters: { template: 'Item', attributes: '«note», «weight»' } });
    expect(recordTables.mayScan({ kind: 'query', query: { template: 'Item', sort: [by('weight')], limit: 1 } }, db.templates())).toBe(true);
    expect(recordTables.mayScan({ kind: 'query', query: { template: 'Item', sort: [by('price')], filter: present({ op: 'eq', attribute: 'sku', value: 's' }), limit: 1 } }, db.templates())).toBe(false);
  });
});

describe('an index on a table of more than 100,000 records', () => {
  const withNote = (indexed: boolean): readonly object[] => largeTemplates.map((template) => (template.name === 'Item' ? { ...template, attributes: { ...template.attributes, note: indexed ? { type: 'text', indexed: true } : 'text' } } : template));
  const withMore = (more: unknown): readonly object[] => largeTemplates.map((template) => (template.name === 'Item' ? { ...template, attributes: { ...template.attributes, more } } : template));
  const noteIndex = (): string => `o_${db.template('Item').id}_${db.template('Item').attributes.find(({ name }) => name === 'note')?.id ?? ''}`;
  const valid = async (): Promise<unknown> => (await db.rows(`SELECT i.indisvalid AS valid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relname = '${noteIndex()}'`))[0]?.['valid'];

  beforeAll(async () => {
    const item = db.template('Item').id;
    await db.session.script(`INSERT INTO zveno_data.r_${item} (id, version, created_at, changed_at, origin) SELECT gen_random_uuid(), 1, now(), now(), 'import' FROM generate_series(1, 10)`);
  });

  it('takes longer than a call should wait, unlike what only adds an attribute', async () => {
    const long = async (documents: readonly object[]): Promise<boolean> => takesLong(db.session, (await db.plan(documents)).templates);
    expect([await long(withNote(true)), await long(withMore('text')), await long(withMore({ type: 'text', indexed: true })), await long(withMore({ type: 'text', required: true, default: 'x' }))]).toEqual([true, false, true, true]);
  });

  it('is built while records are written, and an interrupted build leaves nothing that the next publication does not mend', async () => {
    // Another transaction that has seen the table holds the build back, until its session is ended like that of a killed node.
    const building = await db.interrupted(withNote(true));
    expect(building).toBe('killed');
    expect(await valid()).toBe(false);
    await db.commit(db.create('Item', { code: 'while-building' }));
    await db.publish(withNote(true));
    expect(await valid()).toBe(true);
    // What the index holds is no column: only an ANALYZE after it was built knows of its values.
    expect(await db.rows(`SELECT 1 FROM pg_stats WHERE schemaname = 'zveno_data' AND tablename = '${noteIndex()}'`)).not.toEqual([]);
    await expectIndexed({ filter: present({ op: 'startsWith', attribute: 'note', value: 'note 777' }) });
    await db.publish(withNote(false));
    expect(await valid()).toBeUndefined();
  });
});
