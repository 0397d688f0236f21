/** Figures over records: exact, by groups and by parts of time, and of nothing that the caller may not see. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type ApiCaller, type Called, type CallOptions } from './platform.ts';

let api: ApiCaller;
let north: string;
let south: string;
const password = 'a long enough password';
const narrow: CallOptions['as'] = { basic: `narrow:${password}` };

const aggregate = (body: object, as?: CallOptions['as']): Promise<Called> => api.call('POST', '/api/v1/records/Sale/aggregate', { body, ...(as === undefined ? {} : { as }) });
const groups = async (body: object, as?: CallOptions['as']): Promise<readonly (readonly [unknown, unknown])[]> =>
  (await aggregate(body, as)).json.groups.map(({ by, values }: { by: object; values: object }) => [Object.values(by).join(' '), Object.values(values).join(' ')]);

beforeAll(async () => {
  api = await startApi();
  await api.apply(
    'kind: Template\nname: Region\nattributes: {name: text, open: boolean}\n',
    'kind: Template\nname: Sale\nattributes:\n  state: {type: enum, values: [new, paid]}\n  total: number\n  at: dateTime\n  day: date\n  takes: duration\n  constructor: text\n  region: {type: record, template: Region}\n  regions: {type: record, template: Region, multiple: true}\n',
    'kind: Role\nname: narrowed\npermissions: [api.call]\nrecords:\n  - {template: Sale, verbs: [read], where: {op: ne, attribute: state, value: null}}\n  - {template: Region, verbs: [read], where: {op: eq, attribute: open, value: true}}\n',
  );
  await api.call('POST', '/api/v1/accounts', { body: { name: 'narrow', password, roles: ['narrowed'] } });
  const create = async (template: string, values: object): Promise<string> => (await api.call('POST', `/api/v1/records/${template}`, { body: values })).json.id;
  north = await create('Region', { name: 'north', open: true });
  south = await create('Region', { name: 'south', open: false });
  await create('Sale', { state: 'new', total: 0.1, at: '2026-01-31T22:30:00Z', day: '2026-01-31', takes: 'PT1H', region: north });
  await create('Sale', { state: 'new', total: 0.2, at: '2026-02-01T10:00:00Z', day: '2026-02-01', takes: 'PT3H', region: south });
  await create('Sale', { state: 'paid', total: 10, at: '2026-03-29T00:30:00Z', day: '2026-03-29', region: south });
  await create('Sale', { state: 'paid', at: '2026-03-30T00:30:00Z', constructor: 'x' });
  await create('Sale', { total: 1000 });
  const gone = await create('Sale', { state: 'paid', total: 77 });
  await api.call('POST', `/api/v1/records/Sale/${gone}/archive`);
});
afterAll(() => api.close());

describe('an aggregate', () => {
  it('counts, adds up and averages exactly, of all records and by group', async () => {
    expect((await aggregate({})).json).toEqual({ groups: [{ by: {}, values: { count: 5 } }], more: false });
    const whole = await aggregate({ values: ['count', 'count:total', 'countDistinct:state', 'sum:total', 'avg:total', 'min:at', 'max:takes', 'min:constructor'], filter: { op: 'lt', attribute: 'total', value: 1 } });
    expect(whole.text).toContain('"sum:total":0.3,"avg:total":0.15,');
    expect(whole.json.groups[0].values).toMatchObject({ count: 2, 'count:total': 2, 'countDistinct:state': 1, 'min:at': '2026-01-31T22:30:00.000000Z', 'max:takes': 'PT3H', 'min:constructor': null });
    expect(await groups({ groupBy: ['state'], values: ['count', 'sum:total'] })).toEqual([['new', '2 0.3'], ['paid', '2 10'], ['', '1 1000']]);
    expect(await groups({ groupBy: ['state'], values: ['count'], archived: 'with' })).toEqual([['new', '2'], ['paid', '3'], ['', '1']]);
  });

  it('rounds instants in the time zone asked for, and days without one', async () => {
    const filled = { op: 'isNotNull', attribute: 'at' };
    expect(await groups({ groupBy: ['at:month'], filter: filled })).toEqual([['2026-01', '1'], ['2026-02', '1'], ['2026-03', '2']]);
    expect(await groups({ groupBy: ['at:month'], zone: 'Europe/Moscow', filter: filled })).toEqual([['2026-02', '2'], ['2026-03', '2']]);
    expect(await groups({ groupBy: [{ attribute: 'at', unit: 'hour', zone: 'Europe/Berlin', name: 'h' }], filter: filled, sort: ['-h'], limit: 2 })).toEqual([['2026-03-30T02:00', '1'], ['2026-03-29T01:00', '1']]);
    expect(await groups({ groupBy: ['day:quarter', 'day:week'], filter: { op: 'isNotNull', attribute: 'day' }, values: ['count'] })).toEqual([['2026-Q1 2026-01-26', '2'], ['2026-Q1 2026-03-23', '1']]);
  });

  it('sorts by its figures, cuts groups with a word, and takes the same in an address', async () => {
    const found = await api.call('GET', '/api/v1/records/Sale/aggregate?groupBy=state&values=count,sum:total&sort=-sum:total&limit=2&eq=state:paid');
    expect(found.json).toEqual({ groups: [{ by: { state: 'paid' }, values: { count: 2, 'sum:total': 10 } }], more: false });
    const cut = await aggregate({ groupBy: ['total'], values: [{ op: 'count', name: 'how_many' }], sort: ['-how_many', '-total'], limit: 2 });
    expect(cut.json).toMatchObject({ more: true, groups: [{ by: { total: 1_000 }, values: { how_many: 1 } }, { by: { total: 10 } }] });
  });

  it('tells nothing of records and links that a role keeps back, by no group, figure or condition', async () => {
    expect(await groups({ groupBy: ['region'], values: ['count', 'sum:total'] }, narrow)).toEqual([[north, '1 0.1'], ['', '3 10.2']]);
    expect(await groups({ values: ['countDistinct:region', 'count:region'] }, narrow)).toEqual([['', '1 1']]);
    const count = async (filter: object): Promise<number> => (await aggregate({ filter }, narrow)).json.groups[0].values.count;
    expect(await count({ op: 'eq', attribute: 'region', value: south })).toBe(0);
    expect(await count({ op: 'ne', attribute: 'region', value: south })).toBe(4);
    expect(await count({ op: 'in', attribute: 'region', value: [south, north] })).toBe(1);
    expect(await count({ op: 'isNotNull', attribute: 'region' })).toBe(1);
    expect(await count({ op: 'isNull', attribute: 'region' })).toBe(3);
    expect(await count({ op: 'gt', attribute: 'region', value: '00000000-0000-0000-0000-000000000000' })).toBe(1);
    expect(await count({ op: 'not', of: { op: 'eq', attribute: 'region', value: south } })).toBe(4);
    expect(await count({ op: 'linked', attribute: 'regions', record: south })).toBe(0);
    const page = await api.call('POST', '/api/v1/records/Sale/query', { as: narrow, body: { count: true, filter: { op: 'eq', attribute: 'region', value: south } } });
    expect(page.json).toMatchObject({ count: 0, records: [] });
    expect(await api.call('POST', '/api/v1/records/Sale/query', { as: narrow, body: { sort: ['region'] } })).toMatchObject({ status: 422, json: { code: 'query.sort' } });
    expect(await api.call('POST', '/api/v1/records/Region/aggregate', { as: narrow, body: { groupBy: ['name'] } })).toMatchObject({ json: { groups: [{ by: { name: 'north' }, values: { count: 1 } }] } });
  });

  it('refuses what does not fit, naming it', async () => {
    const refused: readonly (readonly [object, string])[] = [
      [{ values: ['sum:state'] }, 'query.aggregate'], [{ values: ['avg:takes'] }, 'query.aggregate'], [{ values: ['max:region'] }, 'query.aggregate'], [{ values: ['count:regions'] }, 'query.aggregate'],
      [{ groupBy: ['regions'] }, 'query.aggregate'], [{ groupBy: ['state:month'] }, 'query.aggregate'], [{ groupBy: ['day:hour'] }, 'query.aggregate'],
      [{ groupBy: ['stat'] }, 'query.unknownAttribute'], [{ groupBy: ['__proto__'] }, 'query.unknownAttribute'], [{ values: ['sum:toString'] }, 'query.unknownAttribute'],
      [{ values: ['summ:total'] }, 'query.shape'], [{ values: ['sum'] }, 'query.shape'], [{ groupBy: ['at:minute'] }, 'query.shape'], [{ sort: ['total'] }, 'query.shape'], [{ groupBy: ['state', 'state'] }, 'query.shape'],
      [{ groupBy: [{ attribute: 'state', name: "x'; DROP TABLE y" }] }, 'query.shape'], [{ values: [{ op: 'count', name: '__proto__"' }] }, 'query.shape'],
      [{ groupBy: ['at:day'], zone: "UTC'; SELECT 1" }, 'query.zone'], [{ groupBy: ['at:day'], zone: '+03:00' }, 'query.zone'], [{ groupBy: ['at:day'], zone: 'Moscow' }, 'query.zone'],
      [{ groupBy: ['state', 'total', 'at', 'day', 'takes'] }, 'query.tooComplex'], [{ values: Array.from({ length: 17 }, (_, index) => ({ op: 'count', name: `c${index}` })) }, 'query.tooComplex'],
    ];
    for (const [body, code] of refused) expect([JSON.stringify(body), (await aggregate(body)).json.code]).toEqual([JSON.stringify(body), code]);
    for (const body of [{ groupBy: 'state' }, { groupBy: [1] }, { values: [{ op: 'median' }] }, { limit: 5_000 }, { having: 1 }]) expect((await aggregate(body)).status, JSON.stringify(body)).toBe(422);
  });
});
