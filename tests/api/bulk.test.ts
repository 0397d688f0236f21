/** Many records by one call, on a real server and a real database. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import pg from 'pg';
import { startApi, type ApiCaller, type Called } from './platform.ts';

let api: ApiCaller;
let sql: pg.Client;
let item: { table: string; column: Record<string, string> };

beforeAll(async () => {
  api = await startApi();
  await api.apply(
    'kind: Template\nname: Item\nattributes:\n  code: {type: text, required: true, unique: true}\n  email: {type: text, unique: true}\n  state: text\n  amount: number\n  box: {type: record, template: Box, inverse: {name: items, multiple: true}}\n',
    'kind: Template\nname: Box\nattributes:\n  label: {type: text, required: true}\n  parts: {type: record, template: Part, multiple: true, deleteLinked: true, inverse: {name: box}}\n',
    'kind: Template\nname: Part\nattributes:\n  no: {type: number, required: true}\n',
    'kind: Template\nname: Log\nattributes:\n  line: text\n',
    'kind: Scenario\nname: guard\non: {changed: Item, attributes: [amount], when: before}\nrunAs: system\nsteps:\n  - validate: {that: "=after.amount != 13", else: "=\'item \' & after.code & \' is unlucky\'"}\n  - create: {template: Log, set: {line: "=after.code"}}\n',
  );
  sql = new pg.Client({ connectionString: api.databaseUrl });
  await sql.connect();
  const { id, body } = (await sql.query("SELECT id, body FROM zveno.template WHERE name = 'Item'")).rows[0];
  item = { table: `zveno_data.r_${id}`, column: Object.fromEntries(body.attributes.map(({ id: attribute, name }: { id: string; name: string }) => [name, `a_${attribute}`])) };
}, 60_000);
afterAll(async () => {
  await sql.end();
  await api.close();
});
beforeEach(async () => {
  await sql.query(`DELETE FROM ${item.table}`);
});

const bulk = (action: string, body: unknown, options: Parameters<ApiCaller['call']>[2] = {}): Promise<Called> => api.call('POST', `/api/v1/records/Item/bulk/${action}`, { body, ...options });
const countOf = async (filter: unknown, template = 'Item'): Promise<number> => (await api.call('POST', `/api/v1/records/${template}/query`, { body: { filter, limit: 1, count: true, archived: 'with' } })).json.count;
const items = (from: number, to: number, more: (n: number) => object = () => ({})): object[] => Array.from({ length: to - from + 1 }, (_, at) => ({ code: `C-${from + at}`, ...more(from + at) }));
const equals = (attribute: string, value: unknown) => ({ op: 'eq', attribute, value });

describe('E08 a bulk change of 1,000 records', () => {
  beforeEach(async () => {
    await bulk('create', { rows: items(1, 1_000, (n) => ({ state: 'old', amount: n })) });
  });

  it('is one transaction: a reader sees all of it or nothing', async () => {
    const seen = new Set<number>();
    const changedAll = new AbortController();
    const look = async (): Promise<void> => {
      while (!changedAll.signal.aborted) seen.add((await sql.query(`SELECT count(*)::int AS count FROM ${item.table} WHERE ${item.column['state']} = 'new'`)).rows[0].count);
    };
    const looking = look();
    const changed = await bulk('edit', { filter: equals('state', 'old'), expected: 1_000, values: { state: 'new' } });
    changedAll.abort();
    await looking;
    expect(changed).toMatchObject({ status: 200, json: { matched: 1_000, updated: 1_000, refused: 0, committed: true } });
    expect([...seen].filter((count) => count !== 0 && count !== 1_000)).toEqual([]);
    const { rows } = await sql.query(`SELECT count(*)::int AS count, count(DISTINCT xmin::text)::int AS transactions, count(DISTINCT version)::int AS versions, min(version) AS version FROM ${item.table}`);
    expect(rows).toEqual([{ count: 1_000, transactions: 1, versions: 1, version: 2 }]);
    const log = await sql.query("SELECT count(*)::int AS count, count(DISTINCT xid::text)::int AS transactions, count(DISTINCT set_id)::int AS sets FROM zveno.record_change WHERE record = ANY($1::uuid[]) AND op = 'update'", [changed.json.rows.map(({ id }: { id: string }) => id)]);
    expect(log.rows).toEqual([{ count: 1_000, transactions: 1, sets: 1 }]);
  }, 60_000);

  it('leaves all as it was when the 1,000th is refused, by a rule or by the database', async () => {
    const { records } = (await api.call('GET', '/api/v1/records/Item?limit=1000&sort=amount')).json;
    const rows = records.map(({ id }: { id: string }, at: number) => ({ id, state: 'new', amount: at === 999 ? 13 : 5_000 + at }));
    const byRule = await bulk('edit', { rows });
    expect(byRule).toMatchObject({ status: 422, json: { code: 'bulk.refused', parameters: { refused: 1, rows: 1_000 }, problems: [{ path: 'rows[999]', text: 'item C-1000 is unlucky' }] } });
    const byDatabase = await bulk('edit', { rows: rows.map((row: object, at: number) => ({ ...row, amount: 5_000 + at, ...(at === 999 ? { code: 'C-1' } : {}) })) });
    expect(byDatabase).toMatchObject({ status: 422, json: { code: 'bulk.refused', problems: [{ path: 'rows[999].code', code: 'record.notUnique' }] } });
    expect((await sql.query(`SELECT count(*)::int AS count FROM ${item.table} WHERE version = 1 AND ${item.column['state']} = 'old'`)).rows).toEqual([{ count: 1_000 }]);
    expect(await countOf({ op: 'isNotNull', attribute: 'line' }, 'Log')).toBe(0);
  }, 60_000);

  it('of one record more is refused, and goes as a job', async () => {
    await bulk('create', { rows: items(1_001, 1_001, () => ({ state: 'old' })) });
    expect(await bulk('edit', { all: true, values: { state: 'new' } })).toMatchObject({ status: 422, json: { code: 'bulk.tooMany', parameters: { count: 1_001, limit: 1_000 } } });
    expect(await bulk('edit', { all: true, dryRun: true, values: { state: 'new' } })).toMatchObject({ status: 200, json: { matched: 1_001, updated: 1_000, committed: false, samples: [{ state: 'old' }, {}, {}, {}, {}] } });
    expect(await bulk('create', { rows: items(1, 1_001) })).toMatchObject({ status: 422, json: { code: 'bulk.tooMany' } });
    const started = await bulk('delete', { all: true, expected: 1_001, job: true });
    expect(started).toMatchObject({ status: 202, json: { kind: 'deleteRecords' } });
    await expect.poll(async () => (await api.call('GET', `/api/v1/jobs/${started.json.id}`)).json.state, { timeout: 30_000 }).toBe('done');
    expect(await countOf({ op: 'isNotNull', attribute: 'code' })).toBe(0);
  }, 60_000);
});

describe('upsert by key', () => {
  it('E06 tells of each row whether it was created, updated, unchanged or refused, and why', async () => {
    await bulk('create', { rows: items(1, 3, (n) => ({ state: 'old', amount: n, email: `m${n}@example.org` })) });
    const { json, status } = await bulk('upsert', {
      by: ['code'], mode: 'each',
      rows: [
        { code: 'C-1', state: 'new' }, { code: 'C-2', state: 'old' }, { code: 'C-9', amount: 9 }, { code: 'C-1', state: 'again' }, { code: null, state: 'x' }, { state: 'x' },
        { code: 'C-10', amount: 'many', stat: 'x' }, { code: 'C-11', email: 'm3@example.org' }, { code: 'C-12', email: 'm12@example.org' }, { code: 'C-13', email: 'm12@example.org' },
        { code: 'C-14', box: '00000000-0000-4000-8000-000000000000' }, { code: 'C-3', amount: 13 }, { code: 'C-15', __proto__: 1, constructor: 'x' },
      ],
    });
    expect(status).toBe(200);
    expect(json.rows.map(({ op, failure }: { op: string; failure: { code: string } | null }) => failure?.code ?? op)).toEqual([
      'updated', 'unchanged', 'created', 'bulk.keyTwice', 'run.keyMissing', 'run.keyMissing', 'run.values', 'record.notUnique', 'created', 'record.notUnique', 'record.linkMissing', 'run.validation', 'run.values',
    ]);
    expect(json).toMatchObject({ matched: 13, created: 2, updated: 1, unchanged: 1, refused: 9, committed: true });
    expect(json.rows[6].failure.problems.map(({ path }: { path: string }) => path).sort()).toEqual(['amount', 'stat']);
    expect(json.rows[3].failure.parameters).toMatchObject({ first: 'rows[0]' });
    const records = (await api.call('GET', '/api/v1/records/Item?sort=code')).json.records;
    expect(records.map(({ code, state, amount }: Record<string, unknown>) => [code, state, amount])).toEqual([['C-1', 'new', 1], ['C-12', null, null], ['C-2', 'old', 2], ['C-3', 'old', 3], ['C-9', null, 9]]);
    expect(records.find(({ code }: { code: string }) => code === 'C-2')).toMatchObject({ _version: 1 });
    expect(json.rows[2].id).toBe(records[4].id);
  });

  it('writes all or nothing unless told, and a dry run writes nothing and tells the same', async () => {
    const rows = [...items(1, 20), { code: 'C-21', email: 'same@example.org' }, { code: 'C-22', email: 'same@example.org' }];
    const dry = await bulk('upsert', { by: ['code'], rows, dryRun: true });
    expect(dry).toMatchObject({ status: 200, json: { dryRun: true, committed: false, created: 21, refused: 1 } });
    expect(dry.json.rows[0]).toEqual({ row: 0, op: 'created', id: null, version: 1, failure: null });
    const refused = await bulk('upsert', { by: ['code'], rows });
    expect(refused).toMatchObject({ status: 422, json: { code: 'bulk.refused', problems: [{ path: 'rows[21].email', code: 'record.notUnique' }] } });
    expect(await countOf({ op: 'isNotNull', attribute: 'code' })).toBe(0);
    const headers = { 'idempotency-key': 'bulk-1' };
    const once = await bulk('upsert', { by: ['code'], rows: items(1, 20) }, { headers });
    expect(once.json).toMatchObject({ created: 20 });
    const again = await bulk('upsert', { by: ['code'], rows: items(1, 20) }, { headers });
    expect(again.json).toEqual(once.json);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await bulk('upsert', { by: ['code'], rows: items(1, 20) })).json).toMatchObject({ created: 0, unchanged: 20 });
  });

  it('refuses the row whose key two records have, and takes keys of several attributes', async () => {
    await bulk('create', { rows: [{ code: 'a', state: 's', amount: 1 }, { code: 'b', state: 's', amount: 1 }, { code: 'c', state: 's', amount: 2 }] });
    const { json } = await bulk('upsert', { by: ['state', 'amount'], mode: 'each', rows: [{ state: 's', amount: 1, email: 'x' }, { state: 's', amount: 2.0, email: 'y' }, { state: 't', amount: 1, code: 'd' }] });
    expect(json.rows.map(({ op, failure }: { op: string; failure: { code: string } | null }) => failure?.code ?? op)).toEqual(['run.severalMatches', 'updated', 'created']);
    expect(await bulk('upsert', { by: ['cod'], rows: [{ cod: 1 }] })).toMatchObject({ status: 422, json: { code: 'query.unknownAttribute', parameters: { nearest: 'code' } } });
  });

  it('runs scenarios on changes, whose effects go with a row that is refused', async () => {
    await bulk('create', { rows: items(1, 3, () => ({ amount: 1 })) });
    await bulk('upsert', { by: ['code'], mode: 'each', rows: [{ code: 'C-1', amount: 2 }, { code: 'C-2', amount: 13 }, { code: 'C-3', amount: 4, email: 'l@example.org' }] });
    expect((await api.call('GET', '/api/v1/records/Log?sort=line')).json.records.map(({ line }: { line: string }) => line)).toEqual(['C-1', 'C-3']);
  });
});

describe('records chosen by ids or a condition', () => {
  const box = async (label: string, parts: number): Promise<string> => {
    const made = parts === 0 ? [] : (await api.call('POST', '/api/v1/records/Part/bulk/create', { body: { rows: Array.from({ length: parts }, (_, no) => ({ no })) } })).json.rows;
    return (await api.call('POST', '/api/v1/records/Box', { body: { label, parts: made.map(({ id }: { id: string }) => id) } })).json.id;
  };
  const boxes = (action: string, body: unknown): Promise<Called> => api.call('POST', `/api/v1/records/Box/bulk/${action}`, { body });

  it('are deleted with what they own, once the number shown is agreed to', async () => {
    const [first, second] = [await box('d', 2), await box('d', 3)];
    const filter = equals('label', 'd');
    const shown = await boxes('delete', { filter, dryRun: true });
    expect(shown.json).toMatchObject({ committed: false, matched: 2, deleted: 2, cascaded: [{ template: 'Part', count: 5 }] });
    expect(shown.json.samples.map(({ id }: { id: string }) => id).sort()).toEqual([first, second].sort());
    expect(await boxes('delete', { filter })).toMatchObject({ status: 422, json: { code: 'bulk.expectedMissing', parameters: { count: 2 } } });
    await box('d', 0);
    expect(await boxes('delete', { filter, expected: 2 })).toMatchObject({ status: 409, json: { code: 'bulk.countChanged', parameters: { expected: 2, actual: 3 } } });
    expect(await boxes('delete', { filter, expected: 3, expectedTotal: 9 })).toMatchObject({ status: 409, json: { code: 'record.deletionChanged', parameters: { actual: 8 } } });
    expect(await countOf(filter, 'Box')).toBe(3);
    expect((await boxes('delete', { filter, expected: 3, expectedTotal: 8 })).json).toMatchObject({ deleted: 3, committed: true });
    expect(await countOf({ op: 'isNotNull', attribute: 'no' }, 'Part')).toBe(0);
  });

  it('that others link to are refused one by one', async () => {
    const [held, free] = [await box('h', 0), await box('h', 0)];
    await bulk('create', { rows: [{ code: 'in', box: held }] });
    const ids = [held, free];
    expect(await boxes('delete', { ids })).toMatchObject({ status: 422, json: { code: 'bulk.refused', problems: [{ path: expect.stringContaining('rows[0]'), code: 'record.stillLinked' }] } });
    expect((await boxes('delete', { ids, mode: 'each' })).json).toMatchObject({ deleted: 1, refused: 1, rows: [{ op: 'refused' }, { op: 'deleted' }] });
    expect((await api.call('GET', `/api/v1/records/Box/${held}`)).status).toBe(200);
  });

  it('are archived and brought back', async () => {
    const ids = (await bulk('create', { rows: items(1, 3) })).json.rows.map(({ id }: { id: string }) => id);
    expect((await bulk('archive', { ids: ids.slice(0, 2) })).json).toMatchObject({ updated: 2 });
    expect((await bulk('archive', { ids })).json).toMatchObject({ updated: 1, unchanged: 2 });
    expect((await bulk('restore', { all: true, expected: 3 })).json).toMatchObject({ matched: 3, updated: 3 });
    expect((await bulk('edit', { ids: [...ids, '00000000-0000-4000-8000-000000000000'], values: { state: 'x' }, mode: 'each' })).json).toMatchObject({ updated: 3, refused: 1, rows: [{}, {}, {}, { failure: { code: 'run.recordGone' } }] });
  });

  it('changed meanwhile are refused by their row', async () => {
    const [one, two] = (await bulk('create', { rows: items(1, 2) })).json.rows;
    await api.call('PATCH', `/api/v1/records/Item/${one.id}`, { body: { state: 'mine' } });
    const rows = [{ id: one.id, _version: 1, state: 'yours' }, { id: two.id, _version: 1, state: 'yours' }, { id: 'x', state: 'y' }, { id: two.id }, { id: one.id, _version: 'x' }];
    const { json } = await bulk('edit', { rows, mode: 'each' });
    expect(json.rows.map(({ op, failure }: { op: string; failure: { code: string } | null }) => failure?.code ?? op)).toEqual(['run.recordChanged', 'updated', 'record.wrongType', 'bulk.keyTwice', 'record.wrongType']);
  });
});

describe('a bulk call', () => {
  it('that is malformed changes nothing and names the field', async () => {
    const id = '00000000-0000-4000-8000-000000000000';
    for (const [action, body, code, path] of [
      ['edit', { values: {} }, 'http.exactlyOne', null],
      ['edit', { ids: [id], all: true, values: {} }, 'http.exactlyOne', null],
      ['edit', { ids: [id] }, 'http.exactlyOne', null],
      ['edit', { rows: [{ id }], all: true }, 'http.exactlyOne', null],
      ['edit', { all: true, values: { stat: 1 } }, 'run.values', 'stat'],
      ['edit', { all: true, values: { _version: 1 } }, 'run.values', '_version'],
      ['edit', { filter: { op: 'eq', attribute: 'constructor', value: 1 }, values: {} }, 'query.unknownAttribute', null],
      ['edit', { filter: [], values: {} }, 'query.shape', null],
      ['delete', { ids: ['x'] }, 'http.invalid', 'ids[0]'],
      ['delete', { ids: [id, id] }, 'http.invalid', 'ids[1]'],
      ['delete', { ids: [] }, 'http.invalid', 'ids'],
      ['create', { rows: [] }, 'http.invalid', 'rows'],
      ['create', { rows: ['x', 1, null] }, 'http.invalid', 'rows[0]'],
      ['create', { rows: [{}], mode: 'some' }, 'http.invalid', 'mode'],
      ['upsert', { rows: [{ code: '1' }] }, 'http.invalid', 'by'],
      ['upsert', { rows: [{ code: '1' }], by: [], dry: true }, 'http.invalid', 'dry'],
    ] as const) {
      const refused = await bulk(action, body);
      expect({ action, body, status: refused.status, code: refused.json.code }).toEqual({ action, body, status: 422, code });
      if (path !== null) expect(refused.json.problems.map((problem: { path: string }) => problem.path)).toContain(path);
    }
    const large = await bulk('create', null, { raw: JSON.stringify({ rows: [{ code: 'x'.repeat(11 * 1_024 * 1_024) }] }) });
    expect(large).toMatchObject({ status: 413, json: { code: 'message.tooLarge' } });
    expect((await api.call('POST', '/api/v1/records/Nothing/bulk/create', { body: { rows: [{}] } })).status).toBe(404);
  });

  it('of a client that goes away is done whole or not at all', async () => {
    const leave = new AbortController();
    const asked = fetch(`${api.url}/api/v1/records/Item/bulk/create`, {
      method: 'POST', signal: leave.signal, headers: { 'content-type': 'application/json', authorization: `Basic ${Buffer.from('admin:correct horse battery').toString('base64')}` }, body: JSON.stringify({ rows: items(1, 500) }),
    }).catch(() => null);
    setTimeout(() => leave.abort(), 20);
    await asked;
    const again = await bulk('upsert', { by: ['code'], rows: items(1, 500) });
    expect(again.status).toBe(200);
    expect([0, 500]).toContain(again.json.created);
  });

  it('is bound by the roles of the caller', async () => {
    await api.apply('kind: Role\nname: clerk\npermissions: [api.call]\nrecords:\n  - {template: Item, verbs: [read, edit], where: {op: eq, attribute: state, value: mine}}\n');
    await api.call('POST', '/api/v1/accounts', { body: { name: 'clerk', password: 'a long enough password', roles: ['clerk'] } });
    const as = { basic: 'clerk:a long enough password' };
    await bulk('create', { rows: items(1, 4, (n) => ({ state: n < 3 ? 'mine' : 'theirs' })) });
    expect((await bulk('edit', { all: true, values: { amount: 5 } }, { as })).json).toMatchObject({ matched: 2, updated: 2 });
    expect(await bulk('edit', { all: true, values: { amount: 5 }, job: true }, { as })).toMatchObject({ status: 403 });
    expect(await bulk('delete', { all: true, expected: 2 }, { as })).toMatchObject({ status: 403 });
    expect((await bulk('edit', { all: true, values: { state: 'theirs' }, mode: 'each' }, { as })).json).toMatchObject({ refused: 2, rows: [{ failure: { code: 'access.forbidden' } }, {}] });
  });
});
