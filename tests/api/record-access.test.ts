/** Records by owner and by condition: what a role does not open is as if it were not there, over REST and in scenarios. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type ApiCaller, type Called, type CallOptions } from './platform.ts';

let api: ApiCaller;
const password = 'a long enough password';
const north: CallOptions['as'] = { basic: `north:${password}` };
const own: CallOptions['as'] = { basic: `own:${password}` };
let ids: Record<'n1' | 'n2' | 's1' | 'c1' | 'c2', string>;

const call = (as: CallOptions['as'], method: string, path: string, body?: unknown): Promise<Called> => api.call(method, path, { as, ...(body === undefined ? {} : { body }) });
const create = async (template: string, values: object): Promise<string> => (await api.call('POST', `/api/v1/records/${template}`, { body: values })).json.id;

beforeAll(async () => {
  api = await startApi();
  await api.apply(
    'kind: Template\nname: Client\nattributes: {name: text, region: text}\n',
    'kind: Template\nname: Order\nattributes:\n  number: {type: text, unique: true}\n  region: text\n  client: {type: record, template: Client}\n  watchers: {type: record, template: Client, multiple: true}\n',
    'kind: Role\nname: northern\npermissions: [api.call, scenarios.run]\nrecords:\n  - {template: Order, verbs: [create, edit], where: {op: eq, attribute: region, value: north}}\n  - {template: Client, verbs: [read], where: {op: eq, attribute: region, value: north}}\n',
    'kind: Role\nname: owning\npermissions: [api.call]\nrecords:\n  - {template: Order, verbs: [read, create, edit, delete], owner: _createdBy}\n',
    'kind: Scenario\nname: countOrders\non: {api: true}\nsteps:\n  - find: {template: Order, as: found}\n  - return: {response: {numbers: "=found.number"}}\n',
    'kind: Scenario\nname: renameOrder\non: {api: true}\nsteps:\n  - upsert: {template: Order, by: {number: =number}, set: {region: =region}}\n  - return: {response: {done: true}}\n',
    'kind: Scenario\nname: renameAsSystem\non: {api: true}\nrunAs: system\nsteps:\n  - upsert: {template: Order, by: {number: =number}, set: {region: =region}}\n  - return: {response: {done: true}}\n',
    'kind: Scenario\nname: openOrder\non: {api: true}\nsteps:\n  - context:\n      template: Order\n      of: =id\n      steps:\n        - return: {response: {number: =context.number}}\n',
  );
  await api.call('POST', '/api/v1/accounts', { body: { name: 'north', password, roles: ['northern'] } });
  await api.call('POST', '/api/v1/accounts', { body: { name: 'own', password, roles: ['owning'] } });
  const c1 = await create('Client', { name: 'Ира', region: 'north' });
  const c2 = await create('Client', { name: 'Олег', region: 'south' });
  ids = { c1, c2, n1: await create('Order', { number: 'n1', region: 'north', client: c1, watchers: [c1, c2] }), n2: await create('Order', { number: 'n2', region: 'north', client: c2 }), s1: await create('Order', { number: 's1', region: 'south', client: c1 }) };
});
afterAll(() => api.close());

describe('over REST', () => {
  it('queries, counts and gets show what the role opens, and links to nothing else', async () => {
    const page = await call(north, 'POST', '/api/v1/records/Order/query', { sort: ['number'], count: true, links: ['watchers'] });
    expect(page).toMatchObject({ status: 200, json: { count: 2, records: [{ number: 'n1', client: ids.c1, watchers: [ids.c1] }, { number: 'n2', client: null, watchers: [] }] } });
    expect((await call(north, 'GET', '/api/v1/records/Order?eq=number:s1')).json.records).toEqual([]);
    expect((await call(north, 'POST', '/api/v1/records/Order/query', { filter: { op: 'or', of: [{ op: 'eq', attribute: 'region', value: 'south' }, { op: 'isNotNull', attribute: 'id' }] } })).json.records).toHaveLength(2);
    expect((await call(north, 'GET', `/api/v1/records/Order/${ids.n1}`)).json).toMatchObject({ number: 'n1', client: ids.c1 });
    const hidden = await call(north, 'GET', `/api/v1/records/Order/${ids.s1}`);
    const absent = await call(north, 'GET', '/api/v1/records/Order/0193a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b');
    expect([hidden.status, hidden.json.code]).toEqual([absent.status, absent.json.code]);
    expect(hidden.status).toBe(404);
    expect(await call(north, 'GET', '/api/v1/records/Client')).toMatchObject({ json: { records: [{ name: 'Ира' }] } });
  });

  it('what a deletion would take is told to who may delete the record, and who may not is told by his name what he lacks', async () => {
    expect(await call(north, 'GET', `/api/v1/records/Order/${ids.n1}/deletion`)).toMatchObject({ status: 403, json: { code: 'access.forbidden', parameters: { account: 'north', permission: 'Order: delete' } } });
    const { id } = (await call(own, 'POST', '/api/v1/records/Order', { number: 'mine' })).json;
    expect(await call(own, 'GET', `/api/v1/records/Order/${String(id)}/deletion`)).toMatchObject({ status: 200, json: { total: 1, refusal: null } });
    expect(await call(own, 'GET', `/api/v1/records/Order/${ids.n1}/deletion`)).toMatchObject({ status: 404 });
    expect(await call(own, 'DELETE', `/api/v1/records/Order/${String(id)}?expected=1`)).toMatchObject({ status: 204 });
  });

  it('a change of a hidden record finds none, a change out of the own reach is refused, and neither changes anything', async () => {
    const region = async (id: string): Promise<unknown> => (await api.call('GET', `/api/v1/records/Order/${id}`)).json.region;
    expect(await call(north, 'PATCH', `/api/v1/records/Order/${ids.s1}`, { region: 'north' })).toMatchObject({ status: 404, json: { code: 'run.recordGone' } });
    expect(await call(north, 'PATCH', `/api/v1/records/Order/${ids.n1}`, { region: 'south' })).toMatchObject({ status: 403, json: { code: 'access.forbidden', parameters: { account: 'north', permission: 'Order: edit' } } });
    expect(await call(north, 'DELETE', `/api/v1/records/Order/${ids.n1}`)).toMatchObject({ status: 403 });
    expect(await call(north, 'POST', '/api/v1/records/Order', { number: 'x', region: 'south' })).toMatchObject({ status: 403 });
    expect(await call(north, 'POST', `/api/v1/records/Order/${ids.n1}/links/watchers`, { add: [ids.c2] })).toMatchObject({ status: 404 });
    expect(await call(north, 'POST', '/api/v1/records/Order', { number: 'y', region: 'north', client: ids.c2 })).toMatchObject({ status: 404 });
    expect(await call(north, 'POST', '/api/v1/records/Client', { name: 'new', region: 'north' })).toMatchObject({ status: 403, json: { code: 'access.forbidden' } });
    expect([await region(ids.s1), await region(ids.n1)]).toEqual(['south', 'north']);
    expect((await api.call('GET', '/api/v1/records/Order')).json.records).toHaveLength(3);
    expect(await call(north, 'PATCH', `/api/v1/records/Order/${ids.n2}`, { client: ids.c1 })).toMatchObject({ status: 200, json: { client: ids.c1 } });
  });

  it('a template that no role opens is refused, and so is what needs the whole of it', async () => {
    expect(await call(own, 'GET', '/api/v1/records/Client')).toMatchObject({ status: 403 });
    expect(await call(own, 'GET', '/api/v1/records/Nothing')).toMatchObject({ status: 403 });
    expect(await call(north, 'POST', '/api/v1/records/Order/edits', { all: true, values: { region: 'north' } })).toMatchObject({ status: 403 });
  });

  it('an owner has what he made, all of its life', async () => {
    const { id } = (await call(own, 'POST', '/api/v1/records/Order', { number: 'mine', region: 'west' })).json;
    expect((await call(own, 'GET', '/api/v1/records/Order')).json.records).toMatchObject([{ number: 'mine' }]);
    expect((await call(own, 'PATCH', `/api/v1/records/Order/${id}`, { region: 'east' })).status).toBe(200);
    expect((await call(own, 'PATCH', `/api/v1/records/Order/${ids.n1}`, { region: 'east' })).status).toBe(404);
    expect((await call(own, 'DELETE', `/api/v1/records/Order/${id}`)).status).toBe(204);
    expect((await call(own, 'GET', `/api/v1/records/Order/${id}`)).status).toBe(404);
  });
});

describe('in a scenario', () => {
  const run = (as: CallOptions['as'], scenario: string, variables: object): Promise<Called> => call(as, 'POST', `/api/v1/scenarios/${scenario}/runs`, { variables });

  it('that runs as its initiator finds and opens what he may see, and one that runs as the system everything', async () => {
    expect(new Set((await run(north, 'countOrders', {})).json.reply.numbers)).toEqual(new Set(['n1', 'n2']));
    expect((await run({ basic: 'admin:correct horse battery' }, 'countOrders', {})).json.reply.numbers).toHaveLength(3);
    expect((await run(north, 'openOrder', { id: ids.n1 })).json.reply).toEqual({ number: 'n1' });
    expect((await run(north, 'openOrder', { id: ids.s1 })).text).toContain('run.recordGone');
  });

  it('B09: without the right to edit the run fails and nothing stays; as the system it succeeds', async () => {
    const failed = await run(north, 'renameOrder', { number: 'n2', region: 'south' });
    expect(failed.text).toContain('access.forbidden');
    expect((await api.call('GET', `/api/v1/records/Order/${ids.n2}`)).json).toMatchObject({ region: 'north' });
    expect((await run(north, 'renameAsSystem', { number: 'n2', region: 'south' })).json.reply).toEqual({ done: true });
    expect((await api.call('GET', `/api/v1/records/Order/${ids.n2}`)).json).toMatchObject({ region: 'south' });
  });
});
