/** Types of attributes over REST and in scenarios: what is kept, what is refused, and what conditions and order see. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scene } from './platform.ts';

let scene: Scene;
let ira: string;

beforeAll(async () => {
  scene = await Scene.start();
  await scene.apply(`
kind: Template
name: Visit
attributes:
  name: text
  day: date
  length: {type: duration, default: PT30M}
  at: dateTime
  site: {type: hyperlink, schemes: [https, mailto]}
  zone: timeZone
  manager: account
  phone: {type: text, mask: phone, unique: true}
  inn: {type: text, mask: inn}
  plate: {type: text, pattern: "Rd{3}RRd{2,3}"}
---
kind: Scenario
name: postpone
on: {manual: Visit}
runAs: system
steps:
  - set: {length: =newTime, day: "=$substring(context.at, 0, 10)", manager: =manager, name: "=context.length & ' → ' & newTime"}
`);
  await scene.account('ira', 'records.view');
  ira = (await scene.node.ask<{ accounts: { id: string; name: string }[] }>('GET', '/api/v1/accounts')).accounts.find(({ name }) => name === 'ira')?.id ?? '';
});

afterAll(() => scene.close());

const refused = async (values: Record<string, unknown>): Promise<string> => {
  const answer = await scene.node.call('POST', '/api/v1/records/Visit', { body: values });
  const { problems } = answer.body as { problems?: { path: string; code: string; text: string }[] };
  return `${answer.status} ${problems?.map(({ path, code }) => `${path} ${code}`).join(', ')}`;
};

describe('types of attributes', () => {
  test('keep each value in its one form, also after it has been read back', async () => {
    const made = await scene.node.create('Visit', { name: 'a', day: '2028-02-29', length: 'PT36H', at: '2020-12-03T17:00:00+03:00', site: 'https://example.org/x', zone: 'Europe/Moscow', manager: 'ira', phone: '8 (900) 000-00-17', inn: '77 0708 3893', plate: 'А123ВС777' });
    const expected = { day: '2028-02-29', length: 'P1DT12H', at: '2020-12-03T14:00:00.000000Z', site: 'https://example.org/x', zone: 'Europe/Moscow', manager: ira, phone: '+79000000017', inn: '7707083893', plate: 'А123ВС777' };
    expect(made).toMatchObject(expected);
    expect(await scene.node.record('Visit', made.id)).toMatchObject(expected);
    expect(await scene.node.create('Visit', { name: 'b' })).toMatchObject({ length: 'PT30M', day: null });
  });

  test('refuse what does not fit, all at once, and name the rule with an example', async () => {
    const before = (await scene.node.records('Visit')).length;
    expect(await refused({ day: '29.02.2027', length: 'P1M', site: 'javascript:alert(1)', zone: 'Nowhere', manager: 'nobody', phone: '12', inn: '7707083894', plate: 'A123BC77' })).toBe(
      '422 manager record.unknownAccount, day record.wrongType, length record.wrongType, site record.hyperlink, zone record.wrongType, phone record.phone, inn record.inn, plate record.pattern',
    );
    const russian = await scene.node.call('POST', '/api/v1/records/Visit', { body: { inn: '1' }, headers: { 'accept-language': 'ru' } });
    expect(russian.text).toContain('10 или 12 цифр с верными контрольными, например 7707083893');
    expect((await scene.node.records('Visit')).length).toBe(before);
  });

  test('are unique in the form in which they are kept', async () => {
    await scene.node.create('Visit', { phone: '+7 900 000-00-18' });
    const again = await scene.node.call('POST', '/api/v1/records/Visit', { body: { phone: '89000000018' } });
    expect([again.status, again.body]).toMatchObject([409, { code: 'record.notUnique', parameters: { value: '+79000000018' } }]);
  });

  test('are sorted and compared by what they mean', async () => {
    const lengths = ['PT90M', 'PT1H', 'P1D', 'PT25H', '-PT1S'];
    for (const length of lengths) await scene.node.create('Visit', { name: 'sorted', length, day: length === 'P1D' ? '0001-01-01' : '9999-12-31' });
    const sorted = await scene.node.records('Visit', '&eq=name:sorted&sort=length');
    expect(sorted.map(({ length }) => length)).toEqual(['-PT1S', 'PT1H', 'PT1H30M', 'P1D', 'P1DT1H']);
    const filter = encodeURIComponent(JSON.stringify({ op: 'and', of: [{ op: 'eq', attribute: 'name', value: 'sorted' }, { op: 'gt', attribute: 'length', value: 'PT60M' }, { op: 'lt', attribute: 'day', value: '0002-01-01' }] }));
    expect((await scene.node.records('Visit', `&filter=${filter}`)).map(({ length }) => length)).toEqual(['P1D']);
    const paged = await scene.node.ask<{ records: { length: string }[]; cursor: string }>('GET', '/api/v1/records/Visit?eq=name:sorted&sort=-length&limit=2');
    const rest = await scene.node.ask<{ records: { length: string }[] }>('GET', `/api/v1/records/Visit?eq=name:sorted&sort=-length&limit=3&cursor=${paged.cursor}`);
    expect([...paged.records, ...rest.records].map(({ length }) => length)).toEqual(['P1DT1H', 'P1D', 'PT1H30M', 'PT1H', '-PT1S']);
    expect((await scene.node.call('GET', '/api/v1/records/Visit?eq=day:yesterday')).body).toMatchObject({ code: 'query.wrongValue' });
  });

  test('are read and written by scenarios (B12)', async () => {
    const made = await scene.node.create('Visit', { at: '2026-11-22T23:30:00Z' });
    expect(await scene.node.run('postpone', { newTime: 'PT2H', manager: 'ira' }, { template: 'Visit', id: made.id })).toMatchObject({ state: 'done' });
    expect(await scene.node.record('Visit', made.id)).toMatchObject({ length: 'PT2H', day: '2026-11-22', manager: ira, name: 'PT30M → PT2H' });
    expect(await scene.node.run('postpone', { newTime: 'PT2H', manager: 'nobody' }, { template: 'Visit', id: made.id })).toMatchObject({ failure: { code: 'run.values' } });
  });

  test('are described by a JSON Schema of what is read and of what may be sent', async () => {
    const read = await scene.node.ask<{ required: string[]; properties: Record<string, unknown> }>('GET', '/api/v1/templates/Visit/schema');
    expect(read.required).toContain('day');
    expect(read.properties).toMatchObject({ _version: { type: 'integer' }, day: { type: ['string', 'null'], format: 'date' }, length: { format: 'duration', default: 'PT30M' }, plate: { examples: ['Я777ЯЯ77'] } });
    const create = await scene.node.ask<{ properties: object; additionalProperties: boolean }>('GET', '/api/v1/templates/Visit/schema?use=create');
    expect([Object.keys(create.properties).includes('id'), create.additionalProperties]).toEqual([false, false]);
    expect((await scene.node.call('GET', '/api/v1/templates/Visits/schema')).body).toMatchObject({ code: 'record.unknownTemplate', parameters: { nearest: 'Visit' } });
  });

  test('are checked in their documents', async () => {
    const said = await scene.tryApply('kind: Template\nname: Wrong\nattributes:\n  a: {type: text, mask: fone}\n  b: {type: text, pattern: "d{2"}\n  c: {type: hyperlink, schemes: [javascript]}\n  d: {type: date, default: tomorrow}\n  e: {type: duration, mask: phone}\n  f: {type: account, unique: true}\n');
    expect(said.code).toBe(1);
    for (const part of ['fone…phone', 'd→{2', 'javascript', 'tomorrow', 'mask', 'account']) expect(said.err).toMatch(new RegExp(part.replace('…', '[^]*')));
  });
});
