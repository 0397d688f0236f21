/** A template with 100,000 records and some links, written by SQL in a second or two, for tests of how queries go about a large table. */
import type { Filter, RecordQuery } from '../../src/core/query.ts';
import { readRecords } from '../../src/store/postgres/records/read.ts';
import type { Queryable } from '../../src/store/postgres/statement.ts';
import type { RecordDatabase } from './record-database.ts';

const largeRows = 100_000;

/** Every attribute type that can be sorted, each once with an index; `note` and `weight` without one. Every tenth value is empty, every hundredth record archived. */
export const largeTemplates = [
  {
    name: 'Item',
    attributes: {
      code: { type: 'text', unique: true },
      name: { type: 'text', indexed: true, order: 'natural' },
      sku: { type: 'text', indexed: true },
      price: { type: 'number', indexed: true },
      active: { type: 'boolean', indexed: true },
      made: { type: 'date', indexed: true },
      seen: { type: 'dateTime', indexed: true },
      takes: { type: 'duration', indexed: true },
      state: { type: 'enum', values: ['new', 'open', 'closed'], indexed: true },
      page: { type: 'hyperlink', indexed: true },
      owner: { type: 'account', indexed: true },
      zone: { type: 'timeZone', indexed: true },
      note: 'text',
      weight: 'number',
      group: { type: 'record', template: 'Group', inverse: { name: 'items', multiple: true } },
      tags: { type: 'record', template: 'Group', multiple: true, inverse: { name: 'tagged', multiple: true } },
    },
  },
  { name: 'Group', attributes: { name: { type: 'text', unique: true } } },
];

export async function fillLargeTable(db: RecordDatabase): Promise<void> {
  const item = db.template('Item');
  const group = db.template('Group');
  const col = (name: string): string => {
    const attribute = item.attributes.find((candidate) => candidate.name === name);
    if (attribute === undefined) throw new Error(`no attribute ${name}`);
    return `a_${attribute.kind === 'link' ? attribute.relation.id : attribute.id}`;
  };
  const tags = item.attributes.find(({ name }) => name === 'tags');
  if (tags?.kind !== 'link') throw new Error('no link');
  const values: readonly (readonly [string, string])[] = [
    ['code', `'C-' || lpad(n::text, 6, '0')`],
    ['name', `(ARRAY['Ёлка', 'ежевика', 'Яблоко', 'абрикос', 'Кабель'])[1 + n % 5] || ' ' || n % 5000`],
    ['sku', `'s' || md5(n::text)`],
    ['price', `(n % 9973) + 0.25`],
    ['active', `n % 3 = 0`],
    ['made', `date '2020-01-01' + n % 2000`],
    ['seen', `timestamptz '2026-01-01' + n * interval '7 seconds'`],
    ['takes', `(n % 5000) * interval '1 second'`],
    ['state', `(ARRAY['new', 'open', 'closed'])[1 + n % 3]`],
    ['page', `'https://example.org/' || n % 7000`],
    ['owner', `md5('o' || n % 300)::uuid`],
    ['zone', `(ARRAY['Europe/Moscow', 'UTC'])[1 + n % 2]`],
  ];
  const sometimes = (index: number, sql: string): string => (index === 0 ? sql : `CASE WHEN (n + ${index}) % 10 = 0 THEN NULL ELSE ${sql} END`);
  await db.session.script(`
    INSERT INTO zveno_data.r_${group.id} (id, version, created_at, changed_at, origin, ${group.attributes.map(({ id }) => `a_${id}`)[0] ?? ''})
      SELECT md5('g' || n)::uuid, 1, now(), now(), 'import', 'g' || n FROM generate_series(0, 999) AS n;
    INSERT INTO zveno_data.r_${item.id} (id, version, created_at, changed_at, origin, archived, ${[...values.map(([name]) => col(name)), col('note'), col('weight'), col('group')].join(', ')})
      SELECT md5('i' || n)::uuid, 1, timestamptz '2026-01-01' + n * interval '1 second', timestamptz '2026-06-01' + (n * 7919 % ${largeRows}) * interval '1 second', 'import', n % 100 = 0,
        ${values.map(([, sql], index) => sometimes(index, sql)).join(', ')}, 'note ' || n, n % 1000, md5('g' || n % 1000)::uuid
      FROM generate_series(1, ${largeRows}) AS n;
    INSERT INTO zveno_data.l_${tags.relation.id} (owner, other) SELECT md5('i' || n)::uuid, md5('g' || n % 500)::uuid FROM generate_series(1, 20000) AS n;
    ANALYZE zveno_data.r_${item.id}; ANALYZE zveno_data.r_${group.id}; ANALYZE zveno_data.l_${tags.relation.id}`);
}

interface Plan {
  text: string;
  /** Rows that were read from tables and indexes, those that were thrown away again included. */
  looked: number;
}

/** Runs the query as the store does and explains every statement that it makes. */
export async function plansOf(db: RecordDatabase, query: Partial<RecordQuery>): Promise<Plan> {
  const plans: string[] = [];
  const client: Queryable = {
    query: async <Row>(statement: { text: string; values: readonly unknown[] }) => {
      const { rows } = await db.session.query<{ 'QUERY PLAN': string }>({ text: `EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF, BUFFERS OFF) ${statement.text}`, values: statement.values });
      plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
      return db.session.query<Row>(statement);
    },
  };
  await readRecords(client, { kind: 'query', query: { template: 'Item', sort: [], limit: 50, ...query } }, db.templates());
  const text = plans.join('\n');
  return { text, looked: [...text.matchAll(/Scan.*actual rows=([\d.]+) loops=(\d+)|Rows Removed by Filter: (\d+)/g)].reduce((sum, [, rows, loops, removed]) => sum + Number(removed ?? Number(rows) * Number(loops)), 0) };
}

/** Records that are not archived, as lists want them. */
export const present = (...filters: readonly Filter[]): Filter => ({ op: 'and', of: [...filters, { op: 'eq', attribute: '_archived', value: false }] });
