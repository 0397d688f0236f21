/**
 * A type that changes under 100,000 records: the job that converts them, page by page with its checkpoints, beside one bare
 * `UPDATE … SET` of the same values over the same table and indexes. Nobody writes meanwhile.
 *
 *   npm run bench -- conversions [--rows N] [--rounds N]
 *
 * In turns, each over a table of its own. A figure is the median, in seconds; the ratio is ours divided by theirs: above 1 is how
 * much longer we take. The last line is one JSON object.
 */
import { parseArgs } from 'node:util';
import { Scene } from '../tests/acceptance/platform.ts';

const { values: given } = parseArgs({ options: { rows: { type: 'string', default: '100000' }, rounds: { type: 'string', default: '3' } } });
const [rows, rounds] = [given.rows, given.rounds].map(Number) as [number, number];
if (![rows, rounds].every((count) => Number.isSafeInteger(count) && count > 0)) throw new Error('--rows and --rounds are whole numbers from 1');

const scene = await Scene.start({ publicationWaitMs: 3_600_000 });
const attributes = ['b', 'c', 'd', 'e', 'f'].map((name) => `${name}: text`).join(', ');

interface Filled {
  name: string;
  table: string;
  from: string;
}

async function filled(name: string): Promise<Filled> {
  await scene.apply(`kind: Template\nname: ${name}\nattributes: {a: text, ${attributes}}\n`);
  const { rows: [template] } = await scene.sql.query<{ id: string; body: { attributes: { id: string }[] } }>('SELECT id, body FROM zveno.template WHERE name = $1', [name]);
  if (template === undefined) throw new Error(`no template ${name}`);
  const columns = template.body.attributes.map(({ id }) => `a_${id}`);
  const table = `zveno_data.r_${template.id}`;
  await scene.sql.query(`INSERT INTO ${table} (id, version, created_at, changed_at, origin, ${columns.join(', ')}) SELECT gen_random_uuid(), 1, now(), now(), 'import', (i * 1.25)::text, ${columns.slice(1).map(() => 'md5(i::text)').join(', ')} FROM generate_series(1, ${rows}) AS i`);
  await scene.sql.query(`VACUUM ANALYZE ${table}`);
  return { name, table, from: columns[0] ?? '' };
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1_000;
}

const bare = async ({ table, from }: Filled): Promise<void> => {
  await scene.sql.query(`ALTER TABLE ${table} ADD COLUMN converted numeric`);
  await scene.sql.query(`UPDATE ${table} SET converted = ${from}::numeric`);
};

const publication = ({ name }: Filled): Promise<unknown> =>
  scene.node.ask('POST', '/api/v1/configuration/apply', { documents: [`kind: Template\nname: ${name}\nattributes: {a: number, ${attributes}}\n`] });

const median = (values: readonly number[]): number => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

const times = { bare: [] as number[], call: [] as number[], job: [] as number[] };
for (let round = 1; round <= rounds; round += 1) {
  const [theirs, ours] = [await filled(`Theirs${round}`), await filled(`Ours${round}`)];
  times.bare.push(await seconds(() => bare(theirs)));
  times.call.push(await seconds(() => publication(ours)));
  const { rows: [job] } = await scene.sql.query<{ s: string; done: string }>("SELECT extract(epoch FROM ended_at - started_at) AS s, done FROM zveno.job WHERE kind = 'publish' AND subject = $1", [ours.name]);
  if (Number(job?.done) !== rows) throw new Error(`converted ${job?.done} of ${rows}`);
  times.job.push(Number(job?.s));
}
await scene.close();

const figures = { rows, bare: median(times.bare), job: median(times.job), call: median(times.call) };
process.stdout.write(`bare UPDATE ${figures.bare.toFixed(2)} s · job ${figures.job.toFixed(2)} s (${(figures.job / figures.bare).toFixed(1)}×) · the whole call, its plan and checks included, ${figures.call.toFixed(2)} s\n`);
process.stdout.write(`${JSON.stringify({ ...figures, ratio: figures.job / figures.bare })}\n`);
