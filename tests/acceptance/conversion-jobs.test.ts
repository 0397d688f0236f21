/** A type that changes under many records: the job that converts them, its end in the middle of it, and those who write all the time. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callHttp, type Answer, type TestNode } from './node.ts';
import { eventually, Scene } from './platform.ts';
import { startProcess } from './started-process.ts';

let scene: Scene;
let name: string;
let number = 0;

/** The first node takes no jobs, so that another one has them for certain. */
beforeAll(async () => {
  scene = await Scene.start({ jobConcurrency: 0, publicationWaitMs: 50 });
});

let worker: Promise<TestNode> | null = null;
const withWorker = (): Promise<TestNode> => (worker ??= scene.join('worker', { jobPauseMs: 200 }));

beforeEach(() => {
  name = `Big${++number}`;
});

afterAll(() => scene.close());

interface Job {
  id: string;
  kind: string;
  state: string;
  node: string | null;
  subject: string | null;
  done: number;
  total: number | null;
  failed: number;
  result: { revision?: number; lost?: number; changed?: number } | null;
  failure: { code: string; text: string } | null;
}

const shape = (attributes: string, of = name): string => `kind: Template\nname: ${of}\nattributes: {${attributes}}\n`;
const jobNow = (id: string): Promise<Job> => scene.node.ask('GET', `/api/v1/jobs/${id}`);
const over = (id: string): Promise<Job> => eventually('the job is over', async () => { const job = await jobNow(id); return ['done', 'failed', 'cancelled'].includes(job.state) ? job : null; }, 120_000);
const underWay = (id: string): Promise<Job> => eventually('the job has converted something', async () => { const job = await jobNow(id); return job.done > 0 ? job : null; });

async function tableOf(of = name): Promise<{ table: string; column: (attribute: string) => string; version: number }> {
  const { rows } = await scene.sql.query<{ id: string; version: number; body: { attributes: { name: string; id: string }[] } }>('SELECT id, version, body FROM zveno.template WHERE name = $1 AND ready ORDER BY version DESC LIMIT 1', [of]);
  const [row] = rows;
  if (row === undefined) throw new Error(`no template ${of}`);
  return { table: `zveno_data.r_${row.id}`, version: row.version, column: (attribute) => `a_${row.body.attributes.find((one) => one.name === attribute)?.id}` };
}

/** Records with the numbers 1…count as texts; every thousandth is no number. */
async function filled(count: number, attribute = 'a: text'): Promise<void> {
  await scene.apply(shape(`${attribute}, n: number`));
  const { table, column } = await tableOf();
  await scene.sql.query(`INSERT INTO ${table} (id, version, created_at, changed_at, origin, ${column('a')}, ${column('n')}) SELECT gen_random_uuid(), 1, now(), now(), 'import', CASE WHEN i % 1000 = 0 THEN 'x' || i ELSE i::text END, i FROM generate_series(1, ${count}) AS i`);
}

const document = (attributes: object): object => ({ kind: 'Template', name, attributes });
const publish = (node: TestNode, attributes: object): Promise<Answer> => node.call('POST', '/api/v1/configuration/apply', { body: { documents: [document(attributes)] } });

const columnsOf = async (table: string): Promise<readonly string[]> =>
  (await scene.sql.query<{ column_name: string }>('SELECT column_name FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2 ORDER BY 1', table.split('.'))).rows.map((row) => row.column_name);

const count = async (filter: string): Promise<number> => (await scene.node.ask<{ count: number }>('GET', `/api/v1/records/${name}?count=true&limit=1${filter}`)).count;

async function begin(attributes: object): Promise<string> {
  const answer = await publish(scene.node, attributes);
  expect(answer.status, answer.text).toBe(202);
  const { job, plan } = answer.body as { job: Job; plan: { conversions: object[] } };
  expect(answer.headers.get('location')).toBe(`/api/v1/jobs/${job.id}`);
  expect(plan.conversions).toHaveLength(1);
  return job.id;
}

describe('a publication that converts many values, on a node that dies', () => {
  test('survives the death of its process while records are written all the time: no value is lost, none is stale', async () => {
    const rows = 20_000;
    await filled(rows);
    const held = await scene.sql.query<{ id: string }>(`SELECT id FROM ${(await tableOf()).table} ORDER BY id`);
    const taken = { at: 0 };
    const expected = new Map<string, number>();
    const stop = new AbortController();
    const writers = [1, 2].map(async (writer) => {
      for (let n = 1; !stop.signal.aborted; n++) {
        const value = writer * 1_000_000 + n;
        const id = held.rows[(taken.at += 37) % rows]?.id ?? '';
        const changed = n % 3 === 0 ? await scene.node.call('POST', `/api/v1/records/${name}`, { body: { a: String(value), n: -1 } }) : await scene.node.change(name, id, { a: String(value) });
        if (changed.status < 300) expected.set((changed.body as { id: string }).id, value);
      }
    });
    const doomed = await startProcess({ ...scene.environment('doomed'), ZVENO_JOB_PAUSE_MS: '200', ZVENO_LEASE_MS: '1000' });
    const id = await begin({ a: 'number', n: 'number' });
    expect(await underWay(id)).toMatchObject({ node: 'doomed' });
    doomed.child.kill('SIGKILL');
    await doomed.gone;
    const { done: kept } = await jobNow(id);
    await withWorker();
    const done = await over(id);
    expect(done).toMatchObject({ state: 'done', node: 'worker' });
    expect([kept > 0 && kept < rows, done.done >= rows]).toEqual([true, true]);
    await scene.node.platform.configuration.atLeast(await scene.node.platform.configurationStore.revision(), new AbortController().signal);
    stop.abort();
    await Promise.all(writers);
    expect(expected.size).toBeGreaterThan(50);
    const { table, column } = await tableOf();
    await eventually('what was written around the switch is taken over', async () => {
      const { rows: found } = await scene.sql.query<{ id: string; a: string | null }>(`SELECT id, ${column('a')}::text AS a FROM ${table} WHERE id = ANY ($1)`, [[...expected.keys()]]);
      return found.length === expected.size && found.every((row) => Number(row.a) === expected.get(row.id));
    });
    const others = await scene.sql.query<{ wrong: string }>(`SELECT count(*) AS wrong FROM ${table} WHERE NOT id = ANY ($1) AND (${column('a')} IS DISTINCT FROM CASE WHEN ${column('n')}::int % 1000 = 0 THEN NULL ELSE ${column('n')} END)`, [[...expected.keys()]]);
    expect(others.rows).toEqual([{ wrong: '0' }]);
  }, 240_000);
});

describe('a publication that converts many values', () => {
  beforeAll(withWorker);

  test('is a job with progress and with what was lost; until its last commit everybody works by the former version', async () => {
    await filled(6_000);
    const id = await begin({ a: 'number', n: 'number' });
    const job = await underWay(id);
    expect(job).toMatchObject({ kind: 'publish', subject: name, total: 6_000 });
    expect((await scene.node.ask<{ jobs: Job[] }>('GET', '/api/v1/jobs?kind=publish&state=running,queued')).jobs.map((one) => one.id)).toContain(id);
    expect((await scene.node.records(name, '&eq=n:7')).map(({ a }) => a)).toEqual(['7']);
    const done = await over(id);
    expect(done).toMatchObject({ state: 'done', done: 6_000, total: 6_000, failed: 6, result: { lost: 6, changed: 0 } });
    expect(await scene.node.platform.configurationStore.revision()).toBe(done.result?.revision);
    await scene.node.platform.configuration.atLeast(done.result?.revision ?? 0, new AbortController().signal);
    expect((await scene.node.records(name, '&eq=n:7')).map(({ a }) => a)).toEqual([7]);
    expect(await count(`&filter=${encodeURIComponent('{"op":"isNotNull","attribute":"a"}')}`)).toBe(5_994);
    const { problems } = await scene.node.ask<{ problems: { source: string; failure: { code: string; text: string } }[] }>('GET', `/api/v1/jobs/${id}/problems?limit=5`);
    expect(problems[0]).toMatchObject({ source: expect.stringMatching(/^"x\d+000"$/), failure: { code: 'template.valueLost' } });
  });

  test('cancelled leaves the draft a draft and the table as it was, and can be resumed', async () => {
    await filled(6_000);
    const { table } = await tableOf();
    const before = await columnsOf(table);
    const draft = `/api/v1/configuration/objects/Template/${name}/draft`;
    await scene.node.ask('PUT', draft, { document: document({ a: 'number', n: 'number' }) });
    const answer = await scene.node.call('POST', '/api/v1/configuration/drafts/publish', { body: { objects: [{ kind: 'Template', name }] } });
    expect(answer.status).toBe(202);
    const { id } = (answer.body as { job: Job }).job;
    await underWay(id);
    expect(await columnsOf(table)).toHaveLength(before.length + 1);
    expect(await scene.node.ask('POST', `/api/v1/jobs/${id}/cancel`)).toMatchObject({ state: 'cancelled' });
    await eventually('the column is gone', async () => (await columnsOf(table)).length === before.length);
    expect(await columnsOf(table)).toEqual(before);
    expect(await scene.node.ask('GET', draft)).toMatchObject({ edit: 1, outdated: null });
    expect((await scene.node.records(name, '&eq=n:7')).map(({ a }) => a)).toEqual(['7']);
    expect((await scene.sql.query('SELECT 1 FROM zveno.template WHERE name = $1 AND NOT ready', [name])).rows).toEqual([]);
    await scene.node.ask('POST', `/api/v1/jobs/${id}/resume`, {});
    expect(await over(id)).toMatchObject({ state: 'done', done: 6_000, failed: 6 });
    expect((await scene.node.call('GET', draft)).status).toBe(404);
  });

  test('is the only one: other publications are told whose it is, and what is saved meanwhile stays a draft', async () => {
    await filled(6_000);
    const draft = `/api/v1/configuration/objects/Template/${name}/draft`;
    await scene.node.ask('PUT', draft, { document: document({ a: 'number', n: 'number' }) });
    const answer = await scene.node.call('POST', '/api/v1/configuration/drafts/publish', { body: { objects: [{ kind: 'Template', name }] } });
    const { id } = (answer.body as { job: Job }).job;
    const refused = { code: 'config.publishing', parameters: { job: id, by: 'admin' } };
    for (const attributes of [{ a: 'boolean', n: 'number' }, { a: 'number', n: 'number' }]) expect(await publish(scene.node, attributes)).toMatchObject({ status: 409, body: refused });
    const deleted = await scene.node.call('POST', '/api/v1/configuration/apply', { body: { documents: [], prune: true, hideRecords: true, only: [{ kind: 'Template', name }] } });
    expect(deleted.body).toMatchObject(refused);
    expect((await scene.tryApply(shape('x: text', 'Other'))).err).toContain(`zveno job cancel ${id}`);
    await scene.node.ask('PUT', '/api/v1/configuration/addresses', { addresses: { elsewhere: 1 } });
    await scene.node.ask('PUT', draft, { document: document({ a: 'number', n: 'number', more: 'text' }) });
    const { result } = await over(id);
    await scene.node.platform.configuration.atLeast(result?.revision ?? 0, new AbortController().signal);
    expect(await scene.node.ask('GET', draft)).toMatchObject({ edit: 2, base: 2, outdated: null });
    await scene.node.ask('POST', '/api/v1/configuration/drafts/publish', { objects: [{ kind: 'Template', name }] });
    expect((await scene.node.records(name, '&eq=n:7')).map(({ a, more }) => [a, more])).toEqual([[7, null]]);
  });

  test('fails by a value that a required attribute cannot take, written meanwhile: the record is named and nothing has changed', async () => {
    await scene.apply(shape('a: {type: text, required: true}, n: number'));
    const { table, column } = await tableOf();
    await scene.sql.query(`INSERT INTO ${table} (id, version, created_at, changed_at, origin, ${column('a')}) SELECT gen_random_uuid(), 1, now(), now(), 'import', i::text FROM generate_series(1, 6000) AS i`);
    const before = await columnsOf(table);
    const id = await begin({ a: { type: 'number', required: true }, n: 'number' });
    const wrong = await scene.node.create(name, { a: 'no number' });
    const failed = await over(id);
    expect(failed).toMatchObject({ state: 'failed', failure: { code: 'template.conversionLost', text: expect.stringContaining(`"no number" (${wrong.id})`) } });
    await eventually('the column is gone', async () => (await columnsOf(table)).length === before.length);
    expect((await scene.node.create(name, { a: 'still a text' })).a).toBe('still a text');
    await scene.node.change(name, wrong.id, { a: '5' });
    await scene.node.call('DELETE', `/api/v1/records/${name}/${(await scene.node.records(name, '&eq=a:still a text'))[0]?.id}`);
    await scene.node.ask('POST', `/api/v1/jobs/${id}/resume`, {});
    expect(await over(id)).toMatchObject({ state: 'done' });
    await scene.node.platform.configuration.atLeast(await scene.node.platform.configurationStore.revision(), new AbortController().signal);
    expect(await callHttp(scene.node.url, 'POST', `/api/v1/records/${name}`, { body: { n: 1 } })).toMatchObject({ status: 422 });
  });

  test('is shown, waited for and cancelled on the command line', async () => {
    await filled(6_000);
    const begun = await scene.zveno(['apply', await scene.folder(shape('a: number, n: number')), '--yes', '--no-wait']);
    const id = /^[0-9a-f-]{36}$/m.exec(begun.out)?.[0] ?? '';
    expect(begun).toMatchObject({ code: 0, err: expect.stringContaining('zveno job cancel') });
    await underWay(id);
    expect((await scene.zveno(['job', 'list'])).out).toMatch(new RegExp(`^${id}\\tpublish ${name}\\trunning\\t\\d+/6000`, 'm'));
    expect((await scene.zveno(['job', 'cancel', id])).out).toContain('cancelled');
    expect((await scene.zveno(['job', 'cancel', id])).err).toContain('over already');
    expect((await scene.zveno(['job', 'show', 'nonsense'])).code).toBe(1);
    expect((await scene.zveno(['job', 'resume', id])).out).toContain('queued');
    await over(id);
    expect((await scene.zveno(['job', 'show', id])).out).toMatch(/done\t6000\/6000 \(100 %\)\twith problems: 6\n {2}\S+\tThe value "x\d+"/);
    const back = await scene.tryApply(shape('a: text, n: number'));
    expect(back).toMatchObject({ code: 0, out: expect.stringMatching(/Published as configuration revision \d+/) });
  });
});
