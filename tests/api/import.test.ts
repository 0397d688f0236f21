/** Table files in and out, by REST on a real server and a real database. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type ApiCaller, type Called } from './platform.ts';

let api: ApiCaller;

beforeAll(async () => {
  api = await startApi();
  await api.apply(
    'kind: Template\nname: Customer\nattributes:\n  phone: {type: text, required: true, unique: true}\n  name: text\n',
    'kind: Template\nname: Order\nattributes:\n  number: {type: text, required: true, unique: true}\n  at: dateTime\n  total: {type: number, decimals: 2}\n  paid: boolean\n  note: text\n  state: {type: enum, values: [new, paid], default: new}\n  customer: {type: record, template: Customer}\n',
  );
  await api.call('POST', '/api/v1/records/Customer', { body: { phone: '+71', name: 'Ирина' } });
}, 60_000);
afterAll(() => api.close());

/** Windows-1251, for letters of Russian. */
const cp1251 = (text: string): Uint8Array => Uint8Array.from(text, (letter) => {
  const code = letter.charCodeAt(0);
  if (code >= 0x410 && code <= 0x44f) return code - 0x410 + 0xc0;
  return code === 0x451 ? 0xb8 : code === 0x401 ? 0xa8 : code;
});

const upload = (file: string | Uint8Array, query: Record<string, string> = {}, template = 'Order'): Promise<Called> =>
  api.call('POST', `/api/v1/records/${template}/imports?${new URLSearchParams(query).toString()}`, { raw: file, headers: { 'content-type': 'text/csv' } });

async function imported(file: string | Uint8Array, query: Record<string, string> = {}): Promise<Called['json']> {
  const started = await upload(file, query);
  expect(started).toMatchObject({ status: 202, json: { kind: 'importRecords', subject: 'Order' } });
  await expect.poll(async () => (await api.call('GET', `/api/v1/jobs/${started.json.id}`)).json.state, { timeout: 30_000 }).toMatch(/done|failed|cancelled/);
  return (await api.call('GET', `/api/v1/jobs/${started.json.id}`)).json;
}

const order = async (number: string): Promise<Called['json']> => (await api.call('GET', `/api/v1/records/Order?eq=${encodeURIComponent(`number:${number}`)}`)).json.records[0];
const count = async (): Promise<number> => (await api.call('GET', '/api/v1/records/Order?limit=1&count=true')).json.count;

describe('an import', () => {
  it('E05: reads a date as that of its zone, numbers and yes as people write them, and a link by its key', async () => {
    const job = await imported(cp1251('Номер;Дата;Сумма;Оплачен;Телефон;Примечание\r\nИ-1;03.12.2020 17:00;1 234,5;да;+71;"первая; строка ""в кавычках"""\r\n'), {
      zone: '+03:00', by: 'number', columns: JSON.stringify({ Номер: 'number', Дата: 'at', Сумма: 'total', Оплачен: 'paid', Телефон: 'customer.phone', Примечание: 'note' }),
    });
    expect(job).toMatchObject({ state: 'done', done: 1, total: 1, failed: 0, result: { rows: 1 } });
    const { customer, ...values } = await order('И-1');
    expect(values).toMatchObject({ at: '2020-12-03T14:00:00.000000Z', total: 1_234.5, paid: true, note: 'первая; строка "в кавычках"', _origin: 'import', state: 'new' });
    expect((await api.call('GET', `/api/v1/records/Customer/${customer}`)).json.phone).toBe('+71');
  });

  it('changes the records of its key, creates the others, and is the same when it is repeated', async () => {
    const file = 'number,total,note\nU-1,10,a\nU-2,20,b\n';
    await imported(file, { by: 'number' });
    const before = await count();
    await imported('number,total\nU-2,21\nU-3,30\n', { by: 'number' });
    expect([await count(), (await order('U-2')).total, (await order('U-2')).note]).toEqual([before + 1, 21, 'b']);
    await imported('number,total\nU-2,21\nU-3,30\n', { by: 'number' });
    expect(await count()).toBe(before + 1);
    expect(await order('U-2')).toMatchObject({ _version: 2 });
  });

  it('runs record triggers, or says that it does not', async () => {
    await api.apply(
      'kind: Template\nname: Trail\nattributes:\n  line: text\n',
      'kind: Scenario\nname: trail\non: {created: Customer, when: after}\nrunAs: system\nsteps:\n  - create: {template: Trail, set: {line: =after.phone}}\n',
      'kind: Scenario\nname: local\non: {created: Customer, when: before}\nrunAs: system\nsteps:\n  - validate: {that: "=after.name != \'foreign\'", else: "=\'not ours\'"}\n',
    );
    const load = async (phone: string, query: Record<string, string>): Promise<Called['json']> => {
      const started = await upload(`phone,name\n${phone},foreign\n${phone}0,ours\n`, query, 'Customer');
      await expect.poll(async () => (await api.call('GET', `/api/v1/jobs/${started.json.id}`)).json.state, { timeout: 30_000 }).toMatch(/done|failed/);
      return (await api.call('GET', `/api/v1/jobs/${started.json.id}`, { headers: { 'accept-language': 'en' } })).json;
    };
    const lines = async (): Promise<string[]> => (await api.call('GET', '/api/v1/records/Trail')).json.records.map(({ line }: { line: string }) => line);
    expect(await load('+72', {})).toMatchObject({ triggers: true, warnings: [], done: 2, failed: 1 });
    await expect.poll(lines).toEqual(['+720']);
    expect(await load('+73', { triggers: 'false' })).toMatchObject({ triggers: false, done: 2, failed: 0, warnings: [{ code: 'job.triggersOff', text: expect.stringContaining('Customer') }] });
    expect(await lines()).toEqual(['+720']);
    await api.call('POST', '/api/v1/accounts', { body: { name: 'loader', password: 'a long enough password', permissions: ['api.call', 'records.edit'] } });
    const refused = await api.call('POST', '/api/v1/records/Customer/imports?triggers=false', { raw: 'phone\n+74\n', headers: { 'content-type': 'text/csv' }, as: { basic: 'loader:a long enough password' } });
    expect(refused).toMatchObject({ status: 403, json: { parameters: { permission: 'scenarios.edit' } } });
  });

  it('takes more rows than one set, and names each that is wrong with its number, column and reason', async () => {
    const rows = Array.from({ length: 1_203 }, (_, at) => (at === 4 ? 'L-4,many,new' : at === 700 ? 'L-700,1,lost' : at === 800 ? 'L-800,1' : `L-${at},${at},new`));
    const job = await imported(`number,total,state\n${rows.join('\n')}`, { by: 'number' });
    expect(job).toMatchObject({ state: 'done', done: 1_203, total: 1_203, failed: 3 });
    const file = await api.call('GET', `/api/v1/jobs/${job.id}/problems.csv`, { headers: { 'accept-language': 'en' } });
    expect(file.headers.get('content-type')).toContain('text/csv');
    const lines = file.text.trim().split('\n');
    expect(lines[0]).toBe('row,column,problem,source');
    expect(lines.slice(1).map((line) => line.split(',').slice(0, 2).join(','))).toEqual(['6,total', '702,state', '802,']);
    expect(lines[1]).toContain('"L-4,many,new"');
    expect((await order('L-1202')).total).toBe(1_202);
    expect(await order('L-4')).toBeUndefined();
  }, 60_000);

  it('counts what a dry run would do and writes nothing', async () => {
    const before = await count();
    const job = await imported('number,total\nU-1,99\nD-1,1\nD-2,x\n', { by: 'number', dryRun: 'true' });
    expect(job).toMatchObject({ state: 'done', failed: 1, result: { rows: 3, creates: 1, updates: 1, samples: [{ row: 2, values: { number: 'U-1' } }, { row: 3 }] } });
    expect([await count(), (await order('U-1')).total]).toEqual([before, 10]);
  });

  it('keeps line breaks inside quotes, empty rows, a mark at the beginning and other separators', async () => {
    const job = await imported('\ufeffnumber\tnote\r\nQ-1\t"two\r\nlines"\r\n\r\nQ-2\t\r\n');
    expect(job).toMatchObject({ state: 'done', failed: 0 });
    expect([(await order('Q-1')).note, (await order('Q-2')).note]).toEqual(['two\r\nlines', null]);
  });

  it.each([
    ['columns that the template does not have', 'number,totl\n1,2\n', {}, 'import.columns', 'totl'],
    ['a key that no column fills', 'number;total\n1;2\n', { by: 'number', separator: ',' }, 'import.columns', 'number'],
    ['two columns for one attribute', 'number,total,total\n1,2,3\n', {}, 'import.columns', 'total'],
    ['a column that is not there', 'number\n1\n', { columns: '{"Итог": "total"}' }, 'import.columns', 'Итог'],
    ['a key of what is no link', 'number,t\n1,2\n', { columns: '{"t": "total.x"}' }, 'import.columns', 't'],
    ['an empty file', '', {}, 'import.empty', undefined],
    ['an unknown zone', 'number\n1\n', { zone: 'Mars/Base' }, 'import.zone', undefined],
    ['columns that are no object', 'number\n1\n', { columns: '[]' }, 'query.shape', undefined],
    ['an encoding that the file is not in', cp1251('number\nЩука\n'), { encoding: 'utf-8' }, 'import.encoding', undefined],
    ['NULs between the letters', Buffer.from('number\n1\n', 'utf16le'), {}, 'import.encoding', undefined],
  ] as const)('of %s is refused, and nothing begins', async (_, file, query, code, path) => {
    const before = (await api.call('GET', '/api/v1/jobs')).json.jobs.length;
    const refused = await upload(file, query);
    expect(refused).toMatchObject({ status: 422, json: { code } });
    if (path !== undefined) expect(refused.json.problems.map((problem: { path: string }) => problem.path)).toContain(path);
    expect((await api.call('GET', '/api/v1/jobs')).json.jobs).toHaveLength(before);
  });

  it('into an unknown template is refused', async () => {
    expect(await upload('number\n1\n', {}, 'Nothing')).toMatchObject({ status: 404 });
  });

  it('tells a row whose link is not there, and one whose quote is left open', async () => {
    const job = await imported('number,tel\nX-1,+79\nX-2,+71\n"X-3,+71\n', { columns: '{"tel": "customer.phone"}' });
    expect(job).toMatchObject({ state: 'done', failed: 2 });
    const { problems } = (await api.call('GET', `/api/v1/jobs/${job.id}/problems`)).json;
    expect(problems.map(({ place, failure }: { place: string; failure: { code: string } }) => [place, failure.code])).toEqual([['2', 'import.linkMissing'], ['4', 'import.row']]);
  });
});

describe('an export', () => {
  const exported = (body: unknown): Promise<Called> => api.call('POST', '/api/v1/records/Order/export', { body });

  it('gives what a query finds, in its order, with the columns asked for', async () => {
    const { text, headers } = await exported({ filter: { op: 'startsWith', attribute: 'number', value: 'U-' }, sort: ['-number'], columns: ['number', 'total'], separator: ';' });
    expect(text).toBe('number;total\nU-3;30\nU-2;21\nU-1;10\n');
    expect(headers.get('content-disposition')).toContain('Order.csv');
  });

  it('gives all pages', async () => {
    expect((await exported({ columns: ['number'] })).text.trim().split('\n')).toHaveLength((await count()) + 1);
  });

  it('marks a text that a spreadsheet would run, and quotes what has to be', async () => {
    for (const note of ['=1+1', '+7', '-5', '@x', '\tx']) {
      await api.call('PUT', '/api/v1/records/Order?by=number', { body: { number: 'F-1', note, total: -5 } });
      expect((await exported({ filter: { op: 'eq', attribute: 'number', value: 'F-1' }, columns: ['note', 'total'] })).text).toBe(`note,total\n'${note},-5\n`);
    }
    await api.call('PUT', '/api/v1/records/Order?by=number', { body: { number: 'F-1', note: 'a,"b"\nc' } });
    expect((await exported({ filter: { op: 'eq', attribute: 'number', value: 'F-1' }, columns: ['note'] })).text).toBe('note\n"a,""b""\nc"\n');
  });

  it('comes in again as it was, marks of formulas, quotes and line ends included, by its key too', async () => {
    const notes: Record<string, string> = { '+7900': '+79001234567', '=R': "'=already marked", 'R-3': 'a,"b"\nc', 'R-4': "'quoted'" };
    for (const [number, note] of Object.entries(notes)) await api.call('PUT', '/api/v1/records/Order?by=number', { body: { number, note } });
    const { text } = await exported({ filter: { op: 'in', attribute: 'number', value: Object.keys(notes) }, columns: ['number', 'note'] });
    const before = await count();
    expect(await imported(text, { by: 'number' })).toMatchObject({ state: 'done', failed: 0 });
    expect(await count()).toBe(before);
    for (const [number, note] of Object.entries(notes)) expect((await order(number)).note).toBe(note);
  });

  it('refuses a column or a condition that is not there', async () => {
    expect(await exported({ columns: ['nubmer'] })).toMatchObject({ status: 422, json: { code: 'query.unknownAttribute', parameters: { nearest: 'number' } } });
    expect(await exported({ filter: { op: 'eq', attribute: 'nothing', value: 1 } })).toMatchObject({ status: 422, json: { code: 'query.unknownAttribute' } });
  });
});
