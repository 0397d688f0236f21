/** A type that changes under records: what the plan says beforehand, what becomes of the values, and the way back. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scene } from './platform.ts';

let scene: Scene;
let number = 0;

beforeAll(async () => {
  scene = await Scene.start();
});

afterAll(() => scene.close());

const shape = (name: string, attributes: string): string => `kind: Template\nname: ${name}\nattributes: {${attributes}}\n`;

/** A template with one record for each value of `a`. */
async function filled(attribute: string, values: readonly unknown[]) {
  const name = `T${++number}`;
  await scene.apply(shape(name, `${attribute}, n: number`));
  const made = [];
  for (const [n, a] of values.entries()) made.push(await scene.node.create(name, { a, n }));
  return { name, ids: made.map(({ id }) => id), values: async () => (await scene.node.records(name, '&sort=n')).map(({ a }) => a) };
}

describe('a change of type', () => {
  test('is told in the plan with counts and samples, converts the values, and does not touch record versions', async () => {
    const { name, values, ids } = await filled('a: text', ['10,5', '1 200', 'сто', null]);
    const said = await scene.node.ask<{ conversions: object[] }>('POST', '/api/v1/configuration/plan', { documents: [{ kind: 'Template', name, attributes: { a: 'number', n: 'number' } }] });
    expect(said.conversions).toEqual([{ template: name, attribute: 'a', from: 'text', to: 'number', restores: false, rows: 3, lost: 1, changed: 0, more: false, samples: [{ id: ids[2], from: '"сто"', to: null }], repeated: [] }]);
    expect(await values()).toEqual(['10,5', '1 200', 'сто', null]);
    const applied = await scene.tryApply(shape(name, 'a: number, n: number'));
    expect(applied.out).toMatch(/! Data: Template T\d+, a: text → number \(values: 3, cannot be converted: 1, lose something: 0\)/);
    await scene.node.platform.configuration.atLeast(await scene.node.platform.configurationStore.revision(), new AbortController().signal);
    expect(await values()).toEqual([10.5, 1200, null, null]);
    expect(await scene.node.record(name, ids[0] ?? '')).toMatchObject({ _version: 1 });
    expect((await scene.node.change(name, ids[0] ?? '', { a: 7 })).status).toBe(200);
    expect(await values()).toEqual([7, 1200, null, null]);
  });

  test('can be taken back with what was there, and what has changed since is converted back', async () => {
    const { name, values, ids } = await filled('a: text', ['1', 'сто', '3', '4']);
    await scene.apply(shape(name, 'a: number, n: number'));
    await scene.node.change(name, ids[2] ?? '', { a: 33 });
    await scene.node.change(name, ids[3] ?? '', { a: null });
    const added = await scene.node.create(name, { a: 5, n: 9 });
    await scene.apply(shape(name, 'a: text, n: number'));
    expect(await values()).toEqual(['1', 'сто', '33', null, '5']);
    expect(added['a']).toBe(5);
    await scene.apply(shape(name, 'a: text, n: number, more: text'));
    expect(await values()).toEqual(['1', 'сто', '33', null, '5']);
  });

  test('of two attributes is taken back for each by itself: a change of the one leaves what the other had', async () => {
    const name = `T${++number}`;
    await scene.apply(shape(name, 'a: text, b: text, n: number'));
    const { id } = await scene.node.create(name, { a: 'сто', b: 'двести', n: 1 });
    await scene.apply(shape(name, 'a: number, b: number, n: number'));
    await scene.node.change(name, id, { a: 7 });
    await scene.apply(shape(name, 'a: text, b: text, n: number'));
    expect(await scene.node.record(name, id)).toMatchObject({ a: '7', b: 'двести' });
  });

  test('that would empty a required attribute or double a unique one is refused with the records, and nothing changes', async () => {
    const required = await filled('a: {type: text, required: true}', ['1', 'x']);
    const lost = await scene.tryApply(shape(required.name, 'a: {type: number, required: true}, n: number'));
    expect([lost.code, lost.err]).toEqual([1, expect.stringContaining(`"x" (${required.ids[1]})`)]);
    const unique = await filled('a: {type: text, unique: true}', ['1', '1,0', '2']);
    const doubled = await scene.tryApply(shape(unique.name, 'a: {type: number, unique: true}, n: number'));
    expect([doubled.code, doubled.err]).toEqual([1, expect.stringMatching(/values repeat, for example 1/)]);
    expect(await unique.values()).toEqual(['1', '1,0', '2']);
    await scene.apply(shape(required.name, 'a: number, n: number'));
    expect(await required.values()).toEqual([1, null]);
  });

  test('narrows an enum and rounds a number only by saying so', async () => {
    const state = await filled('a: {type: enum, values: [new, old]}', ['new', 'old']);
    const said = await scene.tryApply(shape(state.name, 'a: {type: enum, values: [new]}, n: number'));
    expect(said.out).toContain(`"old" → ∅`);
    await scene.apply(shape(state.name, 'a: {type: enum, values: [new, old]}, n: number'));
    expect(await state.values()).toEqual(['new', 'old']);
    const sum = await filled('a: number', ['1.25', '2']);
    expect((await scene.tryApply(shape(sum.name, 'a: {type: number, decimals: 1}, n: number'))).out).toMatch(/lose something: 1/);
  });

  test('that has no conversion is refused with the names of both types', async () => {
    const { name, values } = await filled('a: text', ['1']);
    for (const [attribute, type] of [[`a: {type: record, template: ${name}}`, 'record'], ['a: account', 'account']] as const) {
      const refused = await scene.tryApply(shape(name, `${attribute}, n: number`));
      expect([refused.code, refused.err]).toEqual([1, expect.stringContaining(`from text to ${type}`)]);
    }
    expect(await values()).toEqual(['1']);
  });

  test('keeps many rows in step while they are written', async () => {
    const { name } = await filled('a: text', []);
    await scene.sql.query(`INSERT INTO zveno_data.r_${await templateId(name)} (id, version, created_at, changed_at, origin, ${await columnOf(name, 'a')}) SELECT gen_random_uuid(), 1, now(), now(), 'import', i::text FROM generate_series(1, 5000) AS i`);
    const stop = new AbortController();
    const writers = (async () => {
      let made = 0;
      while (!stop.signal.aborted) made += (await scene.node.call('POST', `/api/v1/records/${name}`, { body: { a: '42', n: 1 } })).status === 201 ? 1 : 0;
      return made;
    })();
    await scene.apply(shape(name, 'a: number, n: number'));
    stop.abort();
    const made = await writers;
    await scene.housekeep();
    const { count } = await scene.node.ask<{ count: number }>('GET', `/api/v1/records/${name}?eq=a:42&eq=n:1&count=true&limit=1`);
    expect(count).toBe(made);
    expect((await scene.node.ask<{ count: number }>('GET', `/api/v1/records/${name}?count=true&limit=1&filter=${encodeURIComponent('{"op":"isNotNull","attribute":"a"}')}`)).count).toBeGreaterThanOrEqual(5_000);
  });
});

const templateId = async (name: string): Promise<string> => (await scene.sql.query<{ id: string }>('SELECT id FROM zveno.template WHERE name = $1 ORDER BY version DESC LIMIT 1', [name])).rows[0]?.id ?? '';

async function columnOf(name: string, attribute: string): Promise<string> {
  const { rows } = await scene.sql.query<{ body: { attributes: { name: string; id: string }[] } }>('SELECT body FROM zveno.template WHERE name = $1 ORDER BY version DESC LIMIT 1', [name]);
  return `a_${rows[0]?.body.attributes.find((one) => one.name === attribute)?.id}`;
}
