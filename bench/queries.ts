/**
 * Queries over 100,000 records: what the store takes for a page, beside plain `pg` with SQL written by hand for the same rows.
 *
 *   npm run bench -- queries [--times N] [--rounds N]
 *
 * Both ask one after another, in turns, over the same tables and indexes. A figure is the median of all times, in milliseconds; a
 * ratio is ours divided by theirs: above 1 is how much longer we take. The last line is one JSON object.
 */
import { parseArgs } from 'node:util';
import pg from 'pg';
import { readAggregate } from '../src/core/aggregate.ts';
import type { ReadRequest, RecordQuery } from '../src/core/query.ts';
import type { RecordData } from '../src/core/template.ts';
import { fillLargeTable, largeTemplates, present } from '../tests/records/large-table.ts';
import { openRecordDatabase } from '../tests/records/record-database.ts';

const { values: given } = parseArgs({ options: { times: { type: 'string', default: '100' }, rounds: { type: 'string', default: '3' } } });
const [times, rounds] = [given.times, given.rounds].map(Number) as [number, number];
if (![times, rounds].every((count) => Number.isSafeInteger(count) && count > 0)) throw new Error('--times and --rounds are whole numbers from 1');

const [item, group] = largeTemplates;
const searchable = { ...item, attributes: { ...item?.attributes, note: { type: 'text', searchable: true }, name: { type: 'text', indexed: true, order: 'natural', searchable: true } } };
const db = await openRecordDatabase();
// Few rows, so that what is measured is the way there and back.
const small = { name: 'Small', attributes: { name: 'text', rank: 'number' } };
const wide = { name: 'Wide', attributes: Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`field${index}`, 'text'])) };
await db.publish([searchable, group ?? {}, small, wide]);
await fillLargeTable(db);
const plain = new pg.Client({ connectionString: db.url });
await plain.connect();

const tableOf = (name: string): string => `zveno_data.r_${db.template(name).id}`;
const columnsOf = (name: string): readonly string[] => db.template(name).attributes.map(({ id }) => `a_${id}`);
const fill = (name: string, rows: number, value: string): Promise<unknown> =>
  plain.query(`INSERT INTO ${tableOf(name)} (id, version, created_at, changed_at, origin, ${columnsOf(name).join(', ')}) SELECT gen_random_uuid(), 1, now(), now(), 'api', ${columnsOf(name).map((_, at) => (at % 2 === 1 && name === 'Small' ? 'n' : value)).join(', ')} FROM generate_series(1, ${rows}) AS n`);
await fill('Small', 50, "'name ' || n");
await fill('Wide', 5_000, "repeat(md5(n::text), 4)");
await plain.query('ANALYZE');

const template = db.template('Item');
const table = `zveno_data.r_${template.id}`;
const col = (name: string): string => `a_${template.attributes.find((attribute) => attribute.name === name)?.id ?? ''}`;
const columns = ['id', 'version', 'created_at', 'changed_at', 'origin', 'archived', ...template.attributes.filter((attribute) => attribute.kind === 'scalar').map(({ id }) => `a_${id}`)].join(', ');

const read = (request: ReadRequest) => db.store.read(request);
const page = (query: Partial<RecordQuery>): ReadRequest => ({ kind: 'query', query: { template: 'Item', sort: [], limit: 50, ...query } });
const byPrice = { filter: present(), sort: [{ attribute: 'price', descending: true }] };

const priceOf = (record: RecordData): string => String(record.values['price']);
const deep = await deepCursor(80_000);
const groups = { ...readAggregate(template, { groupBy: ['state'], values: ['count', 'sum:price'] }), template: 'Item', filter: present(), readable: {} };
const vector = `zveno.search_vector(${[['name', col('name')], ['note', col('note')]].toSorted((one, other) => ((one[1] ?? '') < (other[1] ?? '') ? -1 : 1)).map(([, name]) => `left(COALESCE(${name}, ''), 30000)`).join(" || ' ' || ")})`;
const words = "to_tsquery('russian', 'ежевика') && to_tsquery('simple', '777')";

interface Case {
  name: string;
  ours: ReadRequest;
  theirs: { text: string; values: readonly unknown[] };
}

const indexed: readonly Case[] = [
  { name: 'page', ours: page(byPrice), theirs: { text: `SELECT ${columns} FROM ${table} WHERE NOT archived AND ${col('price')} IS NOT NULL ORDER BY ${col('price')} DESC, id DESC LIMIT 51`, values: [] } },
  {
    name: 'deepPage',
    ours: page({ ...byPrice, cursor: deep.cursor }),
    theirs: { text: `SELECT ${columns} FROM ${table} WHERE NOT archived AND (${col('price')}, id) < ($1, $2) ORDER BY ${col('price')} DESC, id DESC LIMIT 51`, values: deep.position },
  },
  { name: 'offsetInstead', ours: page({ ...byPrice, cursor: deep.cursor }), theirs: { text: `SELECT ${columns} FROM ${table} WHERE NOT archived ORDER BY ${col('price')} DESC NULLS LAST, id DESC LIMIT 51 OFFSET 80000`, values: [] } },
  {
    name: 'filter',
    ours: page({ filter: present({ op: 'eq', attribute: 'state', value: 'open' }, { op: 'ge', attribute: 'price', value: '9000' }), sort: [{ attribute: 'seen', descending: true }] }),
    theirs: { text: `SELECT ${columns} FROM ${table} WHERE NOT archived AND ${col('state')} = $1 AND ${col('price')} >= $2 AND ${col('seen')} IS NOT NULL ORDER BY ${col('seen')} DESC, id DESC LIMIT 51`, values: ['open', 9000] },
  },
  { name: 'search', ours: page({ search: 'ежевика 777', filter: present() }), theirs: { text: `SELECT ${columns}, ts_rank(${vector}, ${words}) AS rank FROM ${table} WHERE NOT archived AND ${vector} @@ (${words}) ORDER BY rank DESC, id DESC LIMIT 51`, values: [] } },
  { name: 'aggregate', ours: { kind: 'aggregate', query: groups }, theirs: { text: `SELECT ${col('state')}, count(*), sum(${col('price')}) FROM ${table} WHERE NOT archived GROUP BY 1 ORDER BY 1`, values: [] } },
];

const someColumns = (name: string, count: number): string => ['id', 'version', ...columnsOf(name).slice(0, count)].join(', ');
const oldest = [{ attribute: '_createdAt', descending: false }];
const cases: readonly Case[] = [
  ...indexed,
  { name: 'unindexed', ours: page({ template: 'Small', sort: [{ attribute: 'rank', descending: true }] }), theirs: { text: `SELECT ${someColumns('Small', 2)} FROM ${tableOf('Small')} ORDER BY ${columnsOf('Small')[1]} DESC NULLS LAST, id DESC LIMIT 51`, values: [] } },
  { name: 'wide', ours: page({ template: 'Wide', sort: oldest, limit: 200 }), theirs: { text: `SELECT ${someColumns('Wide', 60)} FROM ${tableOf('Wide')} ORDER BY created_at, id LIMIT 201`, values: [] } },
  { name: 'select3Of60', ours: page({ template: 'Wide', sort: oldest, limit: 200, attributes: ['field0', 'field1', 'field2'] }), theirs: { text: `SELECT ${someColumns('Wide', 3)} FROM ${tableOf('Wide')} ORDER BY created_at, id LIMIT 201`, values: [] } },
];

/** The page that ends with the row so far behind, as reading page after page would come to it. */
async function deepCursor(rows: number): Promise<{ cursor: string; position: readonly unknown[] }> {
  let cursor: string | undefined;
  for (let seen = 0; seen < rows; ) {
    const next = await read(page({ ...byPrice, limit: 1_000, ...(cursor === undefined ? {} : { cursor }) }));
    if (next.kind !== 'page' || next.cursor === null) throw new Error('the table ended too early');
    seen += next.records.length;
    const last = next.records.at(-1);
    if (seen >= rows && last !== undefined) return { cursor: next.cursor, position: [priceOf(last), last.id] };
    ({ cursor } = next);
  }
  throw new Error('no page was read');
}

async function measured(work: () => Promise<unknown>, count: number): Promise<readonly number[]> {
  const taken: number[] = [];
  for (let index = 0; index < count; index++) {
    const from = performance.now();
    await work();
    taken.push(performance.now() - from);
  }
  return taken;
}

const median = (numbers: readonly number[]): number => numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0;
const rounded = (ms: number): number => Math.round(ms * 100) / 100;

const result: Record<string, { ours: number; theirs: number; ratio: number }> = {};
for (const { name, ours, theirs } of cases) {
  const count = name === 'aggregate' || name === 'offsetInstead' ? Math.max(5, Math.floor(times / 10)) : times;
  const [mine, plainly]: [number[], number[]] = [[], []];
  await measured(() => read(ours), 5);
  for (let round = 0; round < rounds; round++) {
    mine.push(...(await measured(() => read(ours), count)));
    plainly.push(...(await measured(() => plain.query(theirs.text, [...theirs.values]), count)));
  }
  const [a, b] = [median(mine), median(plainly)];
  result[name] = { ours: rounded(a), theirs: rounded(b), ratio: rounded(a / b) };
  console.log(`${name.padEnd(14)} ours ${rounded(a)} ms, pg ${rounded(b)} ms, ratio ${rounded(a / b)}`);
}
await plain.end();
await db.close();
console.log(JSON.stringify(result));
