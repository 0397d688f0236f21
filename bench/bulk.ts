/**
 * Many records in one commit: what the store takes for 1,000 of them, beside plain `pg` over a table of the same shape.
 *
 *   npm run bench -- bulk [--rows N] [--rounds N]
 *
 * References: one INSERT or UPDATE of all rows (`unnest`), COPY, and a prepared statement a row, all of them sent at once. They write
 * no change log and check no versions. All take turns; a figure is the median in milliseconds, `cpu` the processor time of this process
 * alone. A ratio is ours divided by theirs: above 1 is how much longer we take. The last line is one JSON object.
 */
import { randomUUID } from 'node:crypto';
import { finished } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { RecordWrite } from '../src/core/effect-set.ts';
import { openRecordDatabase } from '../tests/records/record-database.ts';

const { values: given } = parseArgs({ options: { rows: { type: 'string', default: '1000' }, rounds: { type: 'string', default: '15' } } });
const [rows, rounds] = [given.rows, given.rounds].map(Number) as [number, number];
if (![rows, rounds].every((count) => Number.isSafeInteger(count) && count > 0)) throw new Error('--rows and --rounds are whole numbers from 1');

const db = await openRecordDatabase();
await db.publish([
  { name: 'Box', attributes: { label: 'text' } },
  {
    name: 'Item',
    attributes: {
      code: { type: 'text', unique: true }, email: { type: 'text', unique: true }, title: 'text', state: { type: 'enum', values: ['new', 'open', 'closed'] }, amount: { type: 'number', decimals: 2 },
      active: 'boolean', seen: 'dateTime', box: { type: 'record', template: 'Box', inverse: { name: 'items', multiple: true } },
    },
  },
]);
const item = db.template('Item');
const ours = `zveno_data.r_${item.id}`;
const box = db.create('Box', { label: 'one' });
await db.commit(box);

const plain = new pg.Client({ connectionString: db.url });
await plain.connect();
const pipelined = new pg.Client({ connectionString: db.url, pipeline: true });
await pipelined.connect();
await plain.query(`CREATE TABLE plain_item (LIKE ${ours} INCLUDING ALL); ALTER TABLE plain_item ADD FOREIGN KEY (${columnOf('box')}) REFERENCES zveno_data.r_${db.template('Box').id}`);

function columnOf(name: string): string {
  const attribute = item.attributes.find((candidate) => candidate.name === name);
  if (attribute === undefined) throw new Error(`no attribute ${name}`);
  return `a_${attribute.kind === 'link' ? attribute.relation.id : attribute.id}`;
}

const names = ['code', 'email', 'title', 'state', 'amount', 'active', 'seen', 'box'];
const types = ['text', 'text', 'text', 'text', 'numeric', 'boolean', 'timestamptz', 'uuid'];
const columns = ['id', ...names.map(columnOf)];
const states = ['new', 'open', 'closed'];
let made = 0;

const newValues = (): Record<string, string | number | boolean> => {
  const n = ++made;
  return { code: `C-${n}`, email: `someone.${n}@example.org`, title: `Товар «${n}», как есть`, state: states[n % 3] ?? '', amount: `${n % 1000}.25`, active: n % 2 === 0, seen: '2026-11-28T10:00:00.000000Z', box: box.id };
};
const batch = (): { id: string; values: Record<string, string | number | boolean> }[] => Array.from({ length: rows }, () => ({ id: randomUUID(), values: newValues() }));
const asRows = (): unknown[][] => batch().map(({ id, values }) => [id, ...names.map((name) => values[name])]);

async function committed(writes: readonly RecordWrite[]): Promise<void> {
  const result = await db.commit(...writes);
  if (result.kind !== 'committed') throw new Error(JSON.stringify(result));
}

const newest = () => db.find({ template: 'Item', sort: [{ attribute: '_createdAt', descending: true }], limit: rows });

interface Side {
  name: string;
  /** What is not measured. */
  prepare: () => Promise<() => Promise<unknown>>;
}

interface Case {
  name: string;
  ours: Side;
  references: readonly Side[];
}

const casts = types.map((type, index) => `$${index + 2}::${type}[]`).join(', ');
const insertAll = `INSERT INTO plain_item (${columns.join(', ')}, version, created_at, changed_at, origin) SELECT w.*, 1, now(), now(), 'api' FROM unnest($1::uuid[], ${casts}) AS w`;
const insertOne = `INSERT INTO plain_item (${columns.join(', ')}, version, created_at, changed_at, origin) VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')}, 1, now(), now(), 'api')`;
const updateAll = `UPDATE plain_item AS r SET version = r.version + 1, changed_at = now(), ${columnOf('title')} = w.title FROM unnest($1::uuid[], $2::text[]) AS w(id, title) WHERE r.id = w.id`;
const updateOne = `UPDATE plain_item SET version = version + 1, changed_at = now(), ${columnOf('title')} = $2 WHERE id = $1`;

const inTransaction = (client: pg.Client, work: () => Promise<unknown>) => async (): Promise<void> => {
  await client.query('BEGIN');
  await work();
  await client.query('COMMIT');
};

const plainIds = async (): Promise<string[]> => (await plain.query<{ id: string }>('SELECT id FROM plain_item ORDER BY created_at DESC LIMIT $1', [rows])).rows.map(({ id }) => id);

const allAtOnce = (name: string, text: string, all: readonly unknown[][]) => async (): Promise<void> => {
  const sent = [pipelined.query('BEGIN'), ...all.map((values) => pipelined.query({ name, text, values })), pipelined.query('COMMIT')];
  await Promise.all(sent);
};

const cases: readonly Case[] = [
  {
    name: 'create',
    ours: { name: 'ours', prepare: async () => { const writes = batch().map(({ id, values }) => db.create('Item', values, id)); return () => committed(writes); } },
    references: [
      { name: 'unnest', prepare: async () => { const all = asRows(); return inTransaction(plain, () => plain.query(insertAll, columns.map((_, index) => all.map((row) => row[index])))); } },
      {
        name: 'copy',
        prepare: async () => {
          const all = asRows();
          return inTransaction(plain, async () => {
            const into = plain.query(copyFrom(`COPY plain_item (${columns.join(', ')}, version, created_at, changed_at, origin) FROM STDIN`));
            into.end(all.map((row) => `${row.join('\t')}\t1\tnow\tnow\tapi\n`).join(''));
            await finished(into);
          });
        },
      },
      { name: 'rowByRow', prepare: async () => allAtOnce('one', insertOne, asRows()) },
    ],
  },
  {
    name: 'update',
    ours: { name: 'ours', prepare: async () => { const writes = (await newest()).map((record) => db.update(record, { title: `Иначе ${++made}` })); return () => committed(writes); } },
    references: [
      { name: 'unnest', prepare: async () => { const ids = await plainIds(); return inTransaction(plain, () => plain.query(updateAll, [ids, ids.map((id) => `Иначе ${id}`)])); } },
      { name: 'rowByRow', prepare: async () => { const ids = await plainIds(); return allAtOnce('change', updateOne, ids.map((id) => [id, `Иначе ${id}`])); } },
    ],
  },
  {
    name: 'mixture',
    ours: {
      name: 'ours',
      prepare: async () => {
        const changes: readonly ((n: number) => Record<string, string | number | boolean>)[] = [(n) => ({ title: `t${n}` }), (n) => ({ amount: n, active: true }), () => ({ state: 'closed' })];
        const records = await newest();
        const writes = records.slice(0, Math.ceil(rows / 2)).map((record, at): RecordWrite => db.update(record, changes[at % 3]?.(++made) ?? {}));
        return () => committed([...writes, ...batch().slice(writes.length).map(({ id, values }) => db.create('Item', values, id))]);
      },
    },
    references: [],
  },
  { name: 'delete', ours: { name: 'ours', prepare: async () => { const writes = (await newest()).map((record) => db.remove(record)); return () => committed(writes); } }, references: [] },
];

const median = (numbers: readonly number[]): number => numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0;
const rounded = (ms: number): number => Math.round(ms * 100) / 100;

const result: Record<string, Record<string, number>> = {};
for (const { name, ours: own, references } of cases) {
  const sides = [own, ...references];
  const taken = new Map(sides.map((side) => [side.name, { ms: [] as number[], cpu: [] as number[] }]));
  for (let round = -2; round < rounds; round++) {
    for (const side of sides) {
      const work = await side.prepare();
      const [from, cpu] = [performance.now(), process.cpuUsage()];
      await work();
      const spent = process.cpuUsage(cpu);
      if (round < 0) continue;
      taken.get(side.name)?.ms.push(performance.now() - from);
      taken.get(side.name)?.cpu.push((spent.user + spent.system) / 1_000);
    }
  }
  const figures: Record<string, number> = {};
  const mine = median(taken.get('ours')?.ms ?? []);
  for (const [side, { ms, cpu }] of taken) {
    figures[side] = rounded(median(ms));
    figures[`${side}Cpu`] = rounded(median(cpu));
    if (side !== 'ours') figures[`to_${side}`] = rounded(mine / median(ms));
  }
  result[name] = figures;
  console.log(`${name.padEnd(9)}${[...taken].map(([side, { ms, cpu }]) => ` ${side} ${rounded(median(ms))} ms (cpu ${rounded(median(cpu))})`).join(',')}`);
}
await pipelined.end();
await plain.end();
await db.close();
console.log(JSON.stringify(result));
