/** Records over REST: uniqueness, system names, and values that try to be something else. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scene } from './platform.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.start();
  await scene.apply(`
kind: Template
name: City
attributes:
  name: {type: text, unique: true}
  Номер_заявки: text
  population: number
  twin: {type: record, template: City}
`);
});

afterAll(() => scene.close());

describe('E01: a unique text', () => {
  test('is refused with 409 that names attribute and value when it is taken, and nothing is stored', async () => {
    await scene.node.create('City', { name: 'Омск' });
    const second = await scene.node.call('POST', '/api/v1/records/City', { body: { name: 'Омск', population: 5 } });
    expect([second.status, second.body]).toMatchObject([409, { code: 'record.notUnique', parameters: { attribute: 'name', value: 'Омск', template: 'City' } }]);
    expect((await scene.node.records('City')).filter(({ name }) => name === 'Омск')).toHaveLength(1);
  });

  test('may differ in case only', async () => {
    const other = await scene.node.create('City', { name: 'ОМСК' });
    const refused = await scene.node.change('City', other.id, { name: 'Омск' });
    expect([refused.status, refused.body]).toMatchObject([409, { code: 'record.notUnique' }]);
    expect(await scene.node.record('City', other.id)).toMatchObject({ name: 'ОМСК', _version: 1 });
  });

  test('may be absent any number of times', async () => {
    await scene.node.create('City', { population: 1 });
    await scene.node.create('City', { population: 2, name: null });
    expect((await scene.node.records('City')).filter(({ name }) => name === null)).toHaveLength(2);
  });

  test('goes to one of many that ask for it at the same moment', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => scene.node.call('POST', '/api/v1/records/City', { body: { name: 'Тверь', population: index } })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(11);
  });
});

describe('E02: a system name', () => {
  test('may hold Cyrillic letters, digits and underscores', async () => {
    const made = await scene.node.create('City', { name: 'Псков', Номер_заявки: 'П-1' });
    expect(await scene.node.record('City', made.id)).toMatchObject({ Номер_заявки: 'П-1' });
    await scene.apply('kind: Template\nname: Заявка\nattributes: {Номер_заявки: text}\n');
    expect(await scene.node.create('Заявка', { Номер_заявки: '7' })).toMatchObject({ Номер_заявки: '7' });
  });

  test('may not begin with a digit, be empty, or hold anything that could mean something elsewhere', async () => {
    const names = ['1abc', '', ' City', 'a b', 'a-b', 'a.b', 'a/b', '../etc', 'a"b', "a'b", 'a;DROP TABLE zveno.message', 'a$b', 'a\\u0000b', 'a\\nb', 'аб\\u202Eв', 'emoji😀', 'x'.repeat(65)];
    const revision = (await scene.node.platform.configurationStore.revision());
    for (const name of names) {
      const quoted = name.includes('\\') ? `"${name}"` : JSON.stringify(name);
      const asTemplate = await scene.tryApply(`kind: Template\nname: ${quoted}\nattributes: {a: text}\n`);
      expect([quoted, asTemplate.code]).toEqual([quoted, 1]);
      expect(asTemplate.err).toMatch(/document-0\.yaml:\d+:\d+: /);
      const asAttribute = await scene.tryApply(`kind: Template\nname: Fine\nattributes: {${quoted}: text}\n`);
      expect([quoted, asAttribute.code]).toEqual([quoted, 1]);
    }
    expect(await scene.node.platform.configurationStore.revision()).toBe(revision);
  });

  test('may not be one that belongs to objects of the language or to the platform, where that would matter', async () => {
    for (const name of ['__proto__', 'id', '_version', '_template']) {
      const refused = await scene.tryApply(`kind: Template\nname: Fine\nattributes: {"${name}": text}\n`);
      expect([refused.code, refused.err]).toEqual([1, expect.stringContaining(name)]);
    }
    await scene.apply('kind: Template\nname: toString\nattributes: {constructor: text, prototype: number, hasOwnProperty: text}\n');
    const odd = await scene.node.create('toString', { constructor: 'a', prototype: 1, hasOwnProperty: 'b' });
    expect(await scene.node.record('toString', odd.id)).toMatchObject({ constructor: 'a', prototype: 1, hasOwnProperty: 'b' });
  });
});

describe('a value that looks like SQL', () => {
  const evil = ["'; DROP TABLE zveno.message; --", '" OR ""="', "' OR '1'='1", '\\', '$1', '%', '_', "E'\\047'", 'Robert"); DELETE FROM zveno.account; --'];

  test('is stored and given back as it is, and every table is still there', async () => {
    for (const text of evil) {
      const made = await scene.node.create('City', { name: `evil ${text}`, Номер_заявки: text });
      expect(await scene.node.record('City', made.id)).toMatchObject({ Номер_заявки: text });
    }
    const { rows } = await scene.sql.query<{ there: boolean }>(`SELECT to_regclass('zveno.message') IS NOT NULL AND to_regclass('zveno.account') IS NOT NULL AS there`);
    expect(rows).toEqual([{ there: true }]);
  });

  test('finds exactly itself in a filter, as a value and as a piece of text', async () => {
    for (const text of evil) {
      const found = async (op: string): Promise<string[]> => {
        const filter = encodeURIComponent(JSON.stringify({ op, attribute: 'Номер_заявки', value: text }));
        return (await scene.node.records('City', `&filter=${filter}`)).map((record) => String(record['Номер_заявки'])).sort();
      };
      expect(await found('eq')).toEqual([text]);
      expect(await found('contains')).toEqual(evil.filter((other) => other.includes(text)).sort());
      expect(await found('startsWith')).toEqual(evil.filter((other) => other.startsWith(text)).sort());
    }
  });

  test('is refused as the name of an attribute, of a template and of a sort', async () => {
    const unknown = `name" = '' OR 1=1 --`;
    const answers = await Promise.all([
      scene.node.call('GET', `/api/v1/records/City?sort=${encodeURIComponent(unknown)}`),
      scene.node.call('GET', `/api/v1/records/City?filter=${encodeURIComponent(JSON.stringify({ op: 'eq', attribute: unknown, value: 'x' }))}`),
      scene.node.call('GET', `/api/v1/records/${encodeURIComponent(unknown)}`),
      scene.node.call('POST', '/api/v1/records/City', { body: { [unknown]: 'x' } }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([422, 422, 404, 422]);
  });
});
