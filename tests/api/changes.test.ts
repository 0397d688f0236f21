/** The change log of records, on a real server and a real database. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type ApiCaller, type Called } from './platform.ts';

let api: ApiCaller;
let customer: string;
let order: string;

const template = (more: string): string =>
  `kind: Template\nname: Order\nlogChanges: true\nattributes:\n  number: {type: text, required: true, unique: true}\n  total: {type: number, decimals: 2}\n  paid: boolean\n  note: {type: text, logChanges: false}\n  manager: account\n  customer: {type: record, template: Customer}\n  tags: {type: record, template: Tag, multiple: true, inverse: {name: orders, multiple: true}}\n${more}`;

beforeAll(async () => {
  api = await startApi();
  await api.apply(
    'kind: Template\nname: Customer\ntitleAttribute: name\nattributes:\n  name: {type: text, required: true}\n  region: text\n',
    'kind: Template\nname: Tag\ntitleAttribute: label\nlogChanges: true\nattributes:\n  label: {type: text, required: true}\n',
    template(''),
    'kind: Scenario\nname: close\non: {changed: Order, attributes: [paid], when: after}\nrunAs: system\nsteps:\n  - set: {record: =after, values: {note: closed, total: "=after.total + 1"}}\n',
    'kind: Role\nname: northern\npermissions: [api.call]\nrecords:\n  - {template: Order, verbs: [read]}\n  - {template: Customer, verbs: [read], where: {op: eq, attribute: region, value: north}}\n',
    'kind: Role\nname: mine\npermissions: [api.call]\nrecords:\n  - {template: Order, verbs: [read], where: {op: eq, attribute: number, value: other}}\n',
  );
  for (const name of ['north', 'mine']) await api.call('POST', '/api/v1/accounts', { body: { name, password: 'a long enough password', roles: [name === 'north' ? 'northern' : 'mine'] } });
  customer = (await api.call('POST', '/api/v1/records/Customer', { body: { name: 'Ирина', region: 'south' } })).json.id;
  order = (await api.call('POST', '/api/v1/records/Order', { body: { number: 'A-1', total: 10.1, customer, note: 'first' } })).json.id;
}, 60_000);
afterAll(() => api.close());

const changes = (query = '', options: Parameters<ApiCaller['call']>[2] = {}): Promise<Called> => api.call('GET', `/api/v1/records/Order/${order}/changes${query}`, options);
const change = async (values: object): Promise<void> => {
  expect((await api.call('PATCH', `/api/v1/records/Order/${order}`, { body: values })).status).toBe(200);
};

describe('the change log', () => {
  it('says who changed what from which value to which, and keeps silent about values that are not logged', async () => {
    await change({ total: 20.5, note: 'second', customer: null });
    const { json } = await changes();
    const admin = (await api.call('GET', '/api/v1/me')).json.account;
    expect(json.cursor).toBeNull();
    expect(json.changes).toMatchObject([
      { op: 'changed', version: 2, by: { id: admin.id, title: 'admin' }, origin: 'api', run: null },
      { op: 'created', version: 1 },
    ]);
    const [latest, first] = json.changes.map(({ attributes }: { attributes: { attribute: string }[] }) => Object.fromEntries(attributes.map(({ attribute, ...rest }) => [attribute, rest])));
    expect(latest).toEqual({ total: { logged: true, from: 10.1, to: 20.5 }, note: { logged: false }, customer: { logged: true, from: { id: customer, title: 'Ирина' }, to: null } });
    expect(first).toEqual({ number: { logged: true, from: null, to: 'A-1' }, total: { logged: true, from: null, to: 10.1 }, note: { logged: false }, customer: { logged: true, from: null, to: { id: customer, title: 'Ирина' } } });
    expect((await changes()).text).not.toContain('second');
  });

  it('names the run of a scenario, a job and an account, and goes with the change or not at all', async () => {
    await change({ paid: true });
    const closed = async () => (await changes('?limit=1')).json.changes[0];
    await expect.poll(async () => (await closed()).origin, { timeout: 15_000 }).toBe('scenario');
    expect(await closed()).toMatchObject({ run: { kind: 'message', scenarios: ['close'], route: null }, attributes: expect.arrayContaining([{ attribute: 'total', logged: true, from: 20.5, to: 21.5 }]) });
    const admin = (await api.call('GET', '/api/v1/me')).json.account;
    await change({ manager: 'admin' });
    expect(await closed()).toMatchObject({ attributes: [{ attribute: 'manager', from: null, to: { id: admin.id, title: 'admin' } }] });
    const job = (await api.call('POST', '/api/v1/records/Order/edits', { body: { all: true, values: { total: 5 } } })).json.id;
    await expect.poll(async () => (await api.call('GET', `/api/v1/jobs/${job}`)).json.state, { timeout: 15_000 }).toBe('done');
    expect(await closed()).toMatchObject({ run: { kind: 'job', id: job, job: 'editRecords', subject: 'Order' } });
    const before = (await changes()).json.changes.length;
    await api.call('POST', '/api/v1/records/Order', { body: { number: 'A-2' } });
    expect((await api.call('PATCH', `/api/v1/records/Order/${order}`, { body: { number: 'A-2', total: 1 } })).status).toBe(409);
    expect((await changes()).json.changes).toHaveLength(before);
  });

  it('shows links of many as added and removed, on both sides', async () => {
    const [red, blue] = await Promise.all(['red', 'blue'].map(async (label) => (await api.call('POST', '/api/v1/records/Tag', { body: { label } })).json.id));
    await change({ tags: [red] });
    await change({ tags: [blue] });
    const { json } = await changes('?attribute=tags');
    expect(json.changes.map(({ attributes }: { attributes: unknown }) => attributes)).toEqual([
      [{ attribute: 'tags', logged: true, added: [{ id: blue, title: 'blue' }], removed: [{ id: red, title: 'red' }] }],
      [{ attribute: 'tags', logged: true, added: [{ id: red, title: 'red' }], removed: [] }],
    ]);
    const far = await api.call('GET', `/api/v1/records/Tag/${red}/changes`);
    expect(far.json.changes.map(({ op, attributes }: { op: string; attributes: object[] }) => ({ op, ...attributes[0] }))).toMatchObject([
      { op: 'linked', attribute: 'orders', removed: [{ id: order }] }, { op: 'linked', attribute: 'orders', added: [{ id: order }] }, { op: 'created', attribute: 'label' },
    ]);
  });

  it('is paged, and filtered by attribute, time and account', async () => {
    const all = (await changes()).json.changes;
    const paged: unknown[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Called = await changes(`?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      expect(page.json.changes.length).toBeLessThanOrEqual(2);
      paged.push(...page.json.changes);
      cursor = page.json.cursor;
    }
    expect(paged).toEqual(all);
    expect((await changes('?attribute=manager,paid')).json.changes).toHaveLength(2);
    expect((await changes(`?to=${all[2].at}`)).json.changes).toEqual(all.slice(3));
    expect((await changes(`?from=${all[2].at}`)).json.changes).toEqual(all.slice(0, 3));
    expect((await changes('?account=north')).json.changes).toEqual([]);
    expect((await changes('?account=admin')).json.changes.length).toBeGreaterThan(3);
    expect(await changes('?attribute=constructor')).toMatchObject({ status: 422, json: { code: 'query.unknownAttribute' } });
    expect(await changes('?from=yesterday')).toMatchObject({ status: 422, json: { code: 'store.instant' } });
    const other = (await api.call('POST', '/api/v1/records/Order', { body: { number: 'A-3' } })).json.id;
    const { cursor } = (await changes('?limit=1')).json;
    expect(await api.call('GET', `/api/v1/records/Order/${other}/changes?cursor=${cursor}`)).toMatchObject({ status: 422, json: { code: 'query.cursor' } });
  });

  it('keeps the beginning of a long text, and what another type had under the same name', async () => {
    await api.apply(template('  essay: text\n'));
    await change({ essay: `${'я'.repeat(1_999)}😀${'x'.repeat(5_000)}` });
    const [{ attributes: [long] }] = (await changes('?limit=1')).json.changes;
    expect(long).toMatchObject({ attribute: 'essay', logged: true, from: null, cut: true });
    expect(long.to.length).toBeLessThan(2_010);
    await api.apply(template(''));
    expect((await changes('?limit=1')).json.changes[0].attributes[0].attribute).toBe('essay');
  });

  it('shows nobody what he may not see', async () => {
    const as = { basic: 'north:a long enough password' };
    const { text, json } = await changes('?attribute=customer', { as });
    expect(json.changes[0].attributes.find(({ attribute }: { attribute: string }) => attribute === 'customer')).toEqual({ attribute: 'customer', logged: true, from: { hidden: true }, to: null });
    expect(text).not.toContain(customer);
    expect(text).not.toContain('Ирина');
    expect(await changes('', { as: { basic: 'mine:a long enough password' } })).toMatchObject({ status: 404, json: { code: 'record.unknown' } });
  });

  it('outlives its record, for those who see all of them', async () => {
    const gone = (await api.call('POST', '/api/v1/records/Order', { body: { number: 'gone', total: 7 } })).json.id;
    await api.call('DELETE', `/api/v1/records/Order/${gone}`);
    const log = (options = {}): Promise<Called> => api.call('GET', `/api/v1/records/Order/${gone}/changes`, options);
    expect((await log()).json.changes).toMatchObject([{ op: 'deleted' }, { op: 'created', attributes: expect.arrayContaining([{ attribute: 'total', logged: true, from: null, to: 7 }]) }]);
    expect((await log({ as: { basic: 'mine:a long enough password' } })).status).toBe(404);
    expect(await api.call('GET', '/api/v1/records/Order/00000000-0000-4000-8000-000000000000/changes')).toMatchObject({ status: 404, json: { code: 'record.unknown' } });
  });
});
