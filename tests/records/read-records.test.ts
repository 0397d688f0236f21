import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Decimal } from '../../src/core/decimal.ts';
import { Failure } from '../../src/core/failure.ts';
import { checkFilter, compareScalars, matches, rankOf, valueOf } from '../../src/core/filter.ts';
import type { Filter, ReadRequest, ReadResult, RecordQuery, Sort } from '../../src/core/query.ts';
import type { RecordData, Scalar } from '../../src/core/template.ts';
import { pageStatement } from '../../src/store/postgres/records/page-statement.ts';
import { readRecords } from '../../src/store/postgres/records/read.ts';
import { openRecordDatabase, type RecordDatabase } from './record-database.ts';

const texts = ['', 'a', 'A', 'ab', 'a%b', 'a_b', 'a\\b', 'ё', 'Я', '😀', '\uffff', "'; --", 'null'];
const numbers = ['0', '-1.5', '1.50', '10', '9007199254740993', '0.1'];
const instants = ['0001-01-01T00:00:00.000000Z', '2026-11-22T12:00:00.000001Z', '2026-11-22T12:00:00.000002Z', '9999-12-31T23:59:59.999999Z'];
const days = ['0001-01-01', '2026-11-22', '2028-02-29', '9999-12-31'];
const lengths = ['PT0S', 'P1D', 'PT23H59M59.999999S', 'PT25H', '-PT1S', 'P3652500D', '-P10D'];
const pages = ['https://example.org/a', 'mailto:a@b.ru'];
const zones = ['Europe/Moscow', 'UTC'];
const owners = [randomUUID(), randomUUID()];
const names = ['text', 'number', 'flag', 'at', 'state', 'day', 'length', 'link', 'zone', 'owner'] as const;

let db: RecordDatabase;
let stored: readonly RecordData[];
const targets: string[] = [];

beforeAll(async () => {
  db = await openRecordDatabase();
  await db.publish([
    {
      name: 'Thing',
      attributes: {
        text: { type: 'text', indexed: true },
        number: { type: 'number', indexed: true },
        flag: 'boolean',
        at: 'dateTime',
        state: { type: 'enum', values: ['open', 'closed'] },
        day: 'date',
        length: 'duration',
        link: 'hyperlink',
        zone: 'timeZone',
        owner: 'account',
        one: { type: 'record', template: 'Target', inverse: { name: 'things', multiple: true } },
        some: { type: 'record', template: 'Target', multiple: true },
        owned: { type: 'record', template: 'Target', multiple: true, inverse: { name: 'owner', multiple: false } },
      },
    },
    { name: 'Target', attributes: { code: { type: 'text', unique: true }, group: 'text' } },
  ]);
  const creates = Array.from({ length: 4 }, (_, index) => db.create('Target', { code: `t${index}` }));
  targets.push(...creates.map(({ id }) => id));
  const pick = <T>(list: readonly T[], index: number): T | null => (index % (list.length + 1) === list.length ? null : (list[index % (list.length + 1)] ?? null));
  const things = Array.from({ length: 60 }, (_, index) =>
    db.create('Thing', { text: pick(texts, index), number: pick(numbers, index * 5), flag: pick([true, false], index), at: pick(instants, index * 3), state: pick(['open', 'closed'], index * 7), one: pick(targets, index), day: pick(days, index), length: pick(lengths, index * 5), link: pick(pages, index), zone: pick(zones, index), owner: pick(owners, index) }),
  );
  const links = things.flatMap(({ id }, index) => targets.filter((_, target) => (index >> target) % 2 === 1).map((target) => db.link('link', 'Thing', 'some', id, target)));
  const owned = targets.slice(1).map((target, index) => db.link('link', 'Thing', 'owned', things[index % 2]?.id ?? '', target));
  const result = await db.commit(...creates, ...things, ...links, ...owned);
  if (result.kind !== 'committed') throw new Error(JSON.stringify(result));
  stored = await db.find({ template: 'Thing', links: ['some', 'owned'] });
}, 60_000);
afterAll(() => db.close());

const read = (request: ReadRequest): Promise<ReadResult> => readRecords(db.store.readers, request, db.templates());
const query = (more: Partial<RecordQuery>): ReadRequest => ({ kind: 'query', query: { template: 'Thing', sort: [], limit: 100, ...more } });

async function failureOf(request: ReadRequest): Promise<Failure> {
  const error = await read(request).catch((reason: unknown) => reason);
  if (error instanceof Failure) return error;
  throw new Error(`expected a Failure, got ${JSON.stringify(error)}`);
}

const valueFor: Record<(typeof names)[number], fc.Arbitrary<Scalar>> = {
  text: fc.constantFrom(...texts, 'b'),
  number: fc.constantFrom(...numbers, '1.5', '11').map((text) => new Decimal(text)),
  flag: fc.boolean(),
  at: fc.constantFrom(...instants, '2026-11-22T15:00:00.000001+03:00'),
  state: fc.constantFrom('open', 'closed', 'gone'),
  day: fc.constantFrom(...days, '2026-11-23'),
  length: fc.constantFrom(...lengths, 'PT24H', 'P1DT1H', 'PT60M', 'P1W'),
  link: fc.constantFrom(...pages, 'https://'),
  zone: fc.constantFrom(...zones, 'Nowhere'),
  owner: fc.constantFrom(...owners, randomUUID()),
};

const leaf: fc.Arbitrary<Filter> = fc.constantFrom(...names).chain((attribute): fc.Arbitrary<Filter> => {
  const value = valueFor[attribute];
  const ordered = ['text', 'number', 'at', 'day', 'length'].includes(attribute);
  return fc.oneof(
    fc.record({ op: fc.constantFrom('eq', 'ne'), attribute: fc.constant(attribute), value: fc.option(value) }),
    fc.record({ op: fc.constant('in'), attribute: fc.constant(attribute), value: fc.array(fc.option(value), { maxLength: 3 }) }),
    fc.record({ op: fc.constantFrom('isNull', 'isNotNull'), attribute: fc.constantFrom(attribute, 'one', 'some', 'owned') }),
    ...(ordered ? [fc.record({ op: fc.constantFrom('lt', 'le', 'gt', 'ge'), attribute: fc.constant(attribute), value })] : []),
    ...(attribute === 'text' || attribute === 'link' ? [fc.record({ op: fc.constantFrom('contains', 'startsWith'), attribute: fc.constant(attribute), value })] : []),
  ) as fc.Arbitrary<Filter>;
});

const linkLeaf: fc.Arbitrary<Filter> = fc.nat(4).chain((index) => {
  const record = targets[index] ?? randomUUID();
  return fc.constantFrom<Filter>({ op: 'eq', attribute: 'one', value: record }, { op: 'ne', attribute: 'one', value: record }, { op: 'linked', attribute: 'some', record: record.toUpperCase() }, { op: 'linked', attribute: 'owned', record });
});

const { filter: anyFilter } = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3 },
    leaf,
    linkLeaf,
    fc.record({ op: fc.constant('not'), of: tie('filter') }) as fc.Arbitrary<Filter>,
    fc.record({ op: fc.constantFrom('and', 'or'), of: fc.array(tie('filter'), { maxLength: 3 }) }) as fc.Arbitrary<Filter>,
  ),
}));

test('a filter compiled to SQL finds exactly the records that the predicate accepts', async () => {
  await fc.assert(
    fc.asyncProperty(anyFilter, async (filter) => {
      const checked = checkFilter(db.template('Thing'), filter);
      const expected = stored.filter((record) => matches(db.template('Thing'), checked, record)).map(({ id }) => id);
      const page = await read(query({ filter, count: true }));
      expect(page.kind === 'page' ? page.records.map(({ id }) => id) : []).toEqual(expected);
      expect(page).toMatchObject({ count: expected.length });
    }),
    { numRuns: 300 },
  );
});

const anySort: fc.Arbitrary<readonly Sort[]> = fc.uniqueArray(fc.record({ attribute: fc.constantFrom(...names, 'one', '_createdAt', 'id'), descending: fc.boolean() }), { maxLength: 3, selector: ({ attribute }) => attribute });

test('pages of any size follow one another without a gap or a repeat, in the order asked for, empty values last', async () => {
  await fc.assert(
    fc.asyncProperty(anySort, fc.option(leaf, { nil: undefined }), fc.integer({ min: 1, max: 40 }), async (sort, filter, limit) => {
      const seen: RecordData[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await read(query({ sort, limit, ...(filter === undefined ? {} : { filter }), ...(cursor === undefined || cursor === null ? {} : { cursor }) }));
        if (page.kind !== 'page') throw new Error('no page');
        seen.push(...page.records);
        cursor = page.cursor;
      } while (cursor !== null);
      const checked = filter === undefined ? undefined : checkFilter(db.template('Thing'), filter);
      const expected = stored.filter((record) => checked === undefined || matches(db.template('Thing'), checked, record)).toSorted(bySort(sort));
      expect(seen.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
    }),
    { numRuns: 100 },
  );
});

const bySort = (sort: readonly Sort[]) => (left: RecordData, right: RecordData) => {
  for (const { attribute, descending } of sort) {
    const [a, b] = [left, right].map((record) => rankOf(db.template('Thing'), attribute, valueOf(record, attribute)));
    if (a === undefined || b === undefined) throw new Error('two records');
    const order = compareScalars(a, b);
    if (order !== 0) return descending && a !== null && b !== null ? -order : order;
  }
  return compareScalars(left.id, right.id) * (sort.at(-1)?.descending === true ? -1 : 1);
};

test('a cursor of another query, a damaged one and a forged one are refused', async () => {
  const page = await read(query({ sort: [{ attribute: 'number', descending: false }], limit: 2 }));
  const cursor = page.kind === 'page' ? (page.cursor ?? '') : '';
  expect((await failureOf(query({ sort: [{ attribute: 'number', descending: true }], limit: 2, cursor }))).code).toBe('query.cursor');
  expect((await failureOf(query({ sort: [{ attribute: 'number', descending: false }], filter: { op: 'eq', attribute: 'flag', value: true }, limit: 2, cursor }))).code).toBe('query.cursor');
  for (const bad of ['', 'x', cursor.slice(2), Buffer.from('{}').toString('base64url'), Buffer.from('["",1]').toString('base64url')]) {
    expect((await failureOf(query({ sort: [{ attribute: 'number', descending: false }], limit: 2, cursor: bad }))).code).toBe('query.cursor');
  }
  const parts: unknown[] = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  const forged = Buffer.from(JSON.stringify([parts[0], parts[1], "1'; DROP TABLE x"])).toString('base64url');
  expect((await failureOf(query({ sort: [{ attribute: 'number', descending: false }], limit: 2, cursor: forged }))).code).toBe('query.cursor');
});

test('a request for what does not exist names it and the nearest name', async () => {
  expect(await failureOf(query({ template: 'Thnig' }))).toMatchObject({ code: 'record.unknownTemplate', parameters: { nearest: 'Thing' } });
  expect(await failureOf(query({ filter: { op: 'eq', attribute: 'numbr', value: null } }))).toMatchObject({ code: 'query.unknownAttribute', parameters: { template: 'Thing', attribute: 'numbr', nearest: 'number' } });
  expect(await failureOf(query({ sort: [{ attribute: '_createdat', descending: true }] }))).toMatchObject({ code: 'query.unknownAttribute', parameters: { nearest: '_createdAt' } });
  expect((await failureOf(query({ filter: { op: 'eq', attribute: '__proto__', value: null } }))).code).toBe('query.unknownAttribute');
  expect((await failureOf({ kind: 'linked', template: 'Thing', id: randomUUID(), attribute: 'sme' })).parameters).toMatchObject({ nearest: 'some' });
  expect((await failureOf(query({ links: ['one'] }))).code).toBe('query.wrongValue');
});

test('a value of a wrong type or a comparison that does not apply is refused before SQL', async () => {
  const wrong: Filter[] = [
    { op: 'eq', attribute: 'number', value: 'ten' },
    { op: 'eq', attribute: 'flag', value: 'true' },
    { op: 'gt', attribute: 'at', value: '2026-11-22' },
    { op: 'eq', attribute: 'one', value: "x' OR '1'='1" },
    { op: 'eq', attribute: 'text', value: 'a\0' },
    { op: 'lt', attribute: 'text', value: null },
    { op: 'in', attribute: 'text', value: 'a' },
    { op: 'eq', attribute: 'text', value: ['a'] },
    { op: 'linked', attribute: 'some', record: '1' },
  ];
  for (const filter of wrong) expect((await failureOf(query({ filter }))).code).toBe('query.wrongValue');
  const inapplicable: Filter[] = [
    { op: 'contains', attribute: 'number', value: new Decimal(1) },
    { op: 'lt', attribute: 'flag', value: true },
    { op: 'eq', attribute: 'some', value: null },
    { op: 'linked', attribute: 'one', record: randomUUID() },
  ];
  for (const filter of inapplicable) expect((await failureOf(query({ filter }))).code).toBe('query.comparison');
});

test('pages, conditions, nesting and sorts are bounded', async () => {
  for (const limit of [0, -1, 1.5, 1_001, Number.NaN]) expect((await failureOf(query({ limit }))).code).toBe('query.page');
  let deep: Filter = { op: 'isNull', attribute: 'text' };
  for (let depth = 0; depth < 40; depth++) deep = { op: 'not', of: deep };
  expect((await failureOf(query({ filter: deep }))).code).toBe('query.tooComplex');
  const many = Array.from({ length: 1_001 }, (): Filter => ({ op: 'isNull', attribute: 'text' }));
  expect((await failureOf(query({ filter: { op: 'or', of: many } }))).code).toBe('query.tooComplex');
  expect((await failureOf(query({ filter: { op: 'in', attribute: 'text', value: Array.from({ length: 10_001 }, () => 'a') } }))).code).toBe('query.tooComplex');
  expect((await failureOf(query({ sort: Array.from({ length: 9 }, () => ({ attribute: 'text', descending: false })) }))).code).toBe('query.tooComplex');
  expect((await failureOf(query({ sort: [{ attribute: 'text', descending: false }, { attribute: 'text', descending: true }] }))).code).toBe('query.sort');
  expect((await failureOf(query({ sort: [{ attribute: 'some', descending: false }] }))).code).toBe('query.sort');
});

test('a record that is not there is null, also when its id is none', async () => {
  expect(await read({ kind: 'get', template: 'Thing', id: randomUUID() })).toEqual({ kind: 'record', record: null });
  expect(await read({ kind: 'get', template: 'Thing', id: "x'" })).toEqual({ kind: 'record', record: null });
  expect(await read({ kind: 'linked', template: 'Thing', id: randomUUID(), attribute: 'some' })).toEqual({ kind: 'ids', ids: [] });
});

test('links of every storage are read from both sides', async () => {
  const first = stored.find((record) => record.links['owned']?.length === 2);
  expect(await read({ kind: 'linked', template: 'Thing', id: first?.id ?? '', attribute: 'owned' })).toEqual({ kind: 'ids', ids: first?.links['owned'] });
  const [target = ''] = first?.links['owned'] ?? [];
  expect((await db.get('Target', target, ['things'])).values['owner']).toBe(first?.id);
  expect(await read({ kind: 'linked', template: 'Target', id: target, attribute: 'owner' })).toEqual({ kind: 'ids', ids: [first?.id] });
  const things = stored.filter((record) => record.values['one'] === target).map(({ id }) => id);
  expect((await db.get('Target', target, ['things'])).links['things']?.toSorted()).toEqual(things);
});

test('chosen attributes are read alone, while conditions, orders and cursors may name others', async () => {
  const asked: string[] = [];
  const listening = { query: <Row>(statement: { text: string; values: readonly unknown[] }) => (asked.push(statement.text), db.session.query<Row>(statement)) };
  const asking: RecordQuery = { template: 'Thing', filter: { op: 'isNotNull', attribute: 'number' }, sort: [{ attribute: 'day', descending: true }], limit: 7 };
  const all = async (attributes?: readonly string[]): Promise<readonly RecordData[]> => {
    const found: RecordData[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await readRecords(listening, { kind: 'query', query: { ...asking, ...(attributes === undefined ? {} : { attributes, links: ['some'] }), ...(cursor === undefined ? {} : { cursor }) } }, db.templates());
      if (page.kind !== 'page') throw new Error(page.kind);
      found.push(...page.records);
      ({ cursor } = page);
    }
    return found;
  };
  const whole = await all();
  asked.splice(0);
  const chosen = await all(['text', 'one', 'some', '_createdAt', 'nothing of the kind']);
  expect(chosen.map(({ id, values }) => [id, { ...values }])).toEqual(whole.map(({ id, values: { text, one } }) => [id, { text, one }]));
  const unread = db.template('Thing').attributes.filter(({ name }) => ['flag', 'state', 'zone'].includes(name)).map(({ id }) => `a_${id}`);
  for (const column of unread) expect(asked.join('\n')).not.toContain(column);
  const byId: ReadRequest[] = [{ kind: 'get', template: 'Thing', id: whole[0]?.id ?? '', attributes: ['flag'] }, { kind: 'records', template: 'Thing', ids: [whole[0]?.id ?? ''], attributes: ['flag'] }];
  for (const request of byId) {
    const result = await readRecords(db.session, request, db.templates());
    const records = result.kind === 'record' ? [result.record] : result.kind === 'records' ? result.records : [];
    expect(records.map((record) => ({ ...record?.values }))).toEqual([{ flag: whole[0]?.values['flag'] }]);
  }
});

test('look-ups by key, by link and by id use indexes on a table of 20,000 rows', async () => {
  const target = db.template('Target');
  const [code, group] = target.attributes.map(({ id }) => `a_${id}`);
  await db.session.script(`INSERT INTO zveno_data.r_${target.id} (id, version, created_at, changed_at, origin, ${code}, ${group})
    SELECT gen_random_uuid(), 1, now(), now(), 'import', 'k' || n, 'g' || n % 10 FROM generate_series(1, 20000) AS n; ANALYZE zveno_data.r_${target.id}`);
  const explain = async (filter: Filter): Promise<string> => {
    const { text, values } = pageStatement(target, { filter: checkFilter(target, filter), keys: [], columns: { singles: [], links: [] }, from: undefined, limit: 2 });
    const { rows } = await db.session.query<{ 'QUERY PLAN': string }>({ text: `EXPLAIN ${text}`, values });
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  };
  expect(await explain({ op: 'eq', attribute: 'code', value: 'k777' })).toContain(`u_${target.id}`);
  expect(await explain({ op: 'eq', attribute: 'code', value: 'k777' })).not.toContain('Seq Scan');
  expect(await explain({ op: 'and', of: [{ op: 'eq', attribute: 'code', value: 'k777' }, { op: 'eq', attribute: 'group', value: 'g7' }] })).toContain(`u_${target.id}`);
  expect(await explain({ op: 'in', attribute: 'code', value: ['k1', 'k2'] })).toContain(`u_${target.id}`);
  expect(await explain({ op: 'eq', attribute: 'id', value: randomUUID() })).toContain(`p_${target.id}`);
  expect(await explain({ op: 'linked', attribute: 'things', record: randomUUID() })).toContain(`p_${target.id}`);
});
