/** Jobs by REST: bulk changes on a real server and a real database. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import { startApi, type ApiCaller, type Called } from './platform.ts';

let api: ApiCaller;
let sql: pg.Client;

beforeAll(async () => {
  api = await startApi();
  await api.apply(
    'kind: Template\nname: Item\nattributes:\n  code: {type: text, required: true, unique: true}\n  state: text\n  amount: {type: number}\n  note: {type: text}\n',
    'kind: Scenario\nname: guard\non: {changed: Item, attributes: [note], when: before}\nrunAs: system\nsteps:\n  - validate: {that: "=after.amount != 7 and after.amount != 640", else: "=\'item \' & after.code & \' is closed\'"}\n',
  );
  sql = new pg.Client({ connectionString: api.databaseUrl });
  await sql.connect();
  const table = (await sql.query("SELECT id, body FROM zveno.template WHERE name = 'Item'")).rows[0];
  const columns = table.body.attributes.map(({ id }: { id: string }) => `a_${id}`);
  await sql.query(`INSERT INTO zveno_data.r_${table.id} (id, version, created_at, changed_at, archived, origin, ${columns.join(', ')}) SELECT gen_random_uuid(), 1, now(), now(), false, 'import', 'C-' || n, 'old', n, NULL FROM generate_series(1, 1200) AS n`);
}, 60_000);
afterAll(async () => {
  await sql.end();
  await api.close();
});

const over = async (id: string): Promise<Called> => {
  await expect.poll(async () => (await api.call('GET', `/api/v1/jobs/${id}`)).json.state, { timeout: 30_000 }).toMatch(/done|failed|cancelled/);
  return api.call('GET', `/api/v1/jobs/${id}`);
};
const countOf = async (filter: unknown): Promise<number> => (await api.call('POST', '/api/v1/records/Item/query', { body: { filter, limit: 1, count: true } })).json.count;

describe('a bulk change of any size', () => {
  it('goes on as a job in sets of 500, and each change is logged', async () => {
    const started = await api.call('POST', '/api/v1/records/Item/edits', { body: { filter: { op: 'le', attribute: 'amount', value: 1_000 }, values: { state: 'new' } } });
    expect(started).toMatchObject({ status: 202, json: { kind: 'editRecords', subject: 'Item' } });
    expect(started.headers.get('location')).toBe(`/api/v1/jobs/${started.json.id}`);
    expect(await over(started.json.id)).toMatchObject({ json: { state: 'done', done: 1_000, total: 1_000, failed: 0, failure: null } });
    expect(await countOf({ op: 'eq', attribute: 'state', value: 'new' })).toBe(1_000);
    const { rows } = await sql.query('SELECT count(*)::int AS count, count(DISTINCT set_id)::int AS sets FROM zveno.record_change WHERE run = $1', [started.json.id]);
    expect(rows).toEqual([{ count: 1_000, sets: 2 }]);
  }, 60_000);

  it('goes on past the records that a rule refuses, and names each with the reason', async () => {
    const { id } = (await api.call('POST', '/api/v1/records/Item/edits', { body: { all: true, values: { note: 'seen' } } })).json;
    expect((await over(id)).json).toMatchObject({ state: 'done', done: 1_200, failed: 2 });
    const first = (await api.call('GET', `/api/v1/jobs/${id}/problems?limit=1`, { headers: { 'accept-language': 'en' } })).json;
    const second = (await api.call('GET', `/api/v1/jobs/${id}/problems?limit=1&cursor=${first.cursor}`)).json;
    expect(new Set([...first.problems, ...second.problems].map(({ failure }) => failure.text))).toEqual(new Set(['item C-640 is closed', 'item C-7 is closed']));
    expect(second.cursor).toBeNull();
    expect(await countOf({ op: 'eq', attribute: 'note', value: 'seen' })).toBe(1_198);
  }, 60_000);

  it('refuses what cannot be done before a job is made', async () => {
    const edit = (body: unknown): Promise<Called> => api.call('POST', '/api/v1/records/Item/edits', { body });
    expect(await edit({ values: { state: 'x' } })).toMatchObject({ status: 422, json: { code: 'http.exactlyOne' } });
    expect(await edit({ all: true, values: { stat: 'x' } })).toMatchObject({ status: 422, json: { code: 'run.values', problems: [{ path: 'stat', code: 'record.unknownAttribute' }] } });
    expect(await edit({ all: true, values: { amount: 'many' } })).toMatchObject({ status: 422, json: { problems: [{ code: 'record.wrongType' }] } });
    expect(await edit({ filter: { op: 'eq', attribute: 'nothing', value: 1 }, values: {} })).toMatchObject({ status: 422, json: { code: 'query.unknownAttribute' } });
    expect(await api.call('POST', '/api/v1/records/Nothing/edits', { body: { all: true, values: {} } })).toMatchObject({ status: 404 });
    expect((await api.call('GET', '/api/v1/jobs?kind=editRecords')).json.jobs).toHaveLength(2);
  });
});

describe('jobs', () => {
  it('are listed newest first, in pages, by state, kind and subject', async () => {
    const page = (await api.call('GET', '/api/v1/jobs?limit=1')).json;
    const next = (await api.call('GET', `/api/v1/jobs?limit=1&cursor=${page.cursor}`)).json;
    expect(page.jobs[0].queuedAt > next.jobs[0].queuedAt).toBe(true);
    expect((await api.call('GET', '/api/v1/jobs?state=failed,cancelled')).json.jobs).toEqual([]);
    expect((await api.call('GET', '/api/v1/jobs?subject=Other')).json.jobs).toEqual([]);
    expect(await api.call('GET', '/api/v1/jobs?cursor=x')).toMatchObject({ status: 422, json: { code: 'store.cursor' } });
    expect(await api.call('GET', '/api/v1/jobs?state=odd')).toMatchObject({ status: 422, json: { code: 'http.invalid' } });
  });

  it('that give up at their budget of problems are resumed with a larger one', async () => {
    const started = await api.call('POST', '/api/v1/records/Item/edits', { body: { all: true, values: { note: 'again' }, problemBudget: 0 } });
    const failed = await over(started.json.id);
    expect(failed.json).toMatchObject({ state: 'failed', failed: 1, failure: { code: 'job.tooManyProblems' } });
    expect(await api.call('POST', `/api/v1/jobs/${started.json.id}/resume`, { body: { problemBudget: null } })).toMatchObject({ status: 200 });
    expect((await over(started.json.id)).json).toMatchObject({ state: 'done', done: 1_200, failed: 2 });
    expect(await api.call('POST', `/api/v1/jobs/${started.json.id}/resume`, { body: {} })).toMatchObject({ status: 409, json: { code: 'job.notResumable' } });
    expect(await api.call('POST', `/api/v1/jobs/${started.json.id}/cancel`)).toMatchObject({ status: 409, json: { code: 'job.over' } });
  }, 60_000);

  it('that are unknown are told as such', async () => {
    const id = '00000000-0000-0000-0000-000000000000';
    for (const [method, path] of [['GET', ''], ['GET', '/problems'], ['POST', '/cancel'], ['POST', '/resume']] as const) {
      expect(await api.call(method, `/api/v1/jobs/${id}${path}`)).toMatchObject({ status: 404, json: { code: 'job.unknown' } });
    }
  });

  it('are told by the live feed to those who ask for them', async () => {
    const reading = new AbortController();
    const stream = await fetch(`${api.url}/api/v1/events?job=true`, { headers: { authorization: `Basic ${btoa('admin:correct horse battery')}` }, signal: reading.signal });
    const { id } = (await api.call('POST', '/api/v1/records/Item/edits', { body: { filter: { op: 'eq', attribute: 'code', value: 'C-1' }, values: { state: 'told' } } })).json;
    let text = '';
    for await (const chunk of stream.body ?? []) {
      text += new TextDecoder().decode(chunk);
      if (text.includes('"state":"done"')) break;
    }
    reading.abort();
    expect(text).toMatch(new RegExp(`event: job\\ndata: .*${id}.*"state":"done","done":1,"total":1`));
  }, 30_000);
});
