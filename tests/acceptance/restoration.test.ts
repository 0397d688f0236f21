/** What was hidden comes back with its values: attributes, former types, templates; and what stands in the way is said. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scene } from './platform.ts';

let scene: Scene;
let number = 0;

beforeAll(async () => {
  scene = await Scene.start();
});

afterAll(() => scene.close());

const shape = (name: string, attributes: string): string => `# ours\nkind: Template\nname: ${name}\nattributes: {${attributes}}\n`;
const settled = async (): Promise<void> => void (await scene.node.platform.configuration.atLeast(await scene.node.platform.configurationStore.revision(), new AbortController().signal));
const restore = (body: object) => scene.node.call('POST', '/api/v1/hidden-attributes/restoration', { body });
const values = async (name: string, attribute: string): Promise<readonly unknown[]> => (await scene.node.records(name, '&sort=n')).map((record) => record[attribute]);

interface Restored {
  revision: number | null;
  madeOptional: boolean;
  plan: { restoredValues: object[]; conversions: { restores: boolean; rows: number; lost: number }[]; findings: object[] };
}

async function filled(attributes: string, records: readonly object[]): Promise<string> {
  const name = `Kept${++number}`;
  await scene.apply(shape(name, attributes));
  for (const record of records) await scene.node.create(name, record as Record<string, unknown>);
  return name;
}

describe('a hidden attribute', () => {
  test('is listed with its last day and comes back as it was, with its values; records made later are empty', async () => {
    const name = await filled('note: {type: text, required: true, unique: true}, n: number', [{ note: 'one', n: 1 }, { note: 'two', n: 2 }]);
    await scene.apply(shape(name, 'n: number'));
    await scene.node.create(name, { n: 3 });
    const { attributes } = await scene.node.ask<{ attributes: { template: string; attribute: string; hiddenAt: string; droppedAfter: string }[] }>('GET', `/api/v1/hidden-attributes?eq=template:${name}`);
    expect(attributes).toMatchObject([{ attribute: 'note', convertedTo: null }]);
    expect(Date.parse(attributes[0]?.droppedAfter ?? '') - Date.parse(attributes[0]?.hiddenAt ?? '')).toBe(7 * 86_400_000);
    const preview = (await restore({ template: name, attribute: 'note', preview: true })).body as Restored;
    expect(preview).toMatchObject({ revision: null, madeOptional: true, plan: { restoredValues: [{ template: name, attribute: 'note', count: 2 }], findings: [] } });
    expect((await scene.node.records(name))[0]).not.toHaveProperty('note');
    const restored = await restore({ template: name, attribute: 'note' });
    expect([restored.status, (restored.body as Restored).madeOptional]).toEqual([200, true]);
    expect(await values(name, 'note')).toEqual(['one', 'two', null]);
    const object = await scene.node.ask<{ yaml: string; document: { attributes: object } }>('GET', `/api/v1/configuration/objects/Template/${name}`);
    expect(object.yaml).toContain('# ours');
    expect(object.document.attributes).toEqual({ n: 'number', note: { type: 'text', required: false, unique: true } });
    expect((await restore({ template: name, attribute: 'note' })).body).toMatchObject({ code: 'template.nothingHidden', status: 404 });
  });

  test('that is a link comes back with what it links to', async () => {
    const target = await filled('n: number', [{ n: 1 }]);
    const [linked] = await scene.node.records(target);
    const name = await filled(`to: {type: record, template: ${target}}, all: {type: record, template: ${target}, multiple: true}, n: number`, [{ to: linked?.id, all: [linked?.id], n: 1 }]);
    await scene.apply(shape(name, 'n: number'));
    for (const attribute of ['to', 'all']) expect((await restore({ template: name, attribute })).status).toBe(200);
    expect((await scene.node.records(name, '&links=all'))[0]).toMatchObject({ to: linked?.id, all: [linked?.id] });
  });

  test('does not push out what has its name now, and is gone after its days', async () => {
    const name = await filled('note: text, n: number', [{ note: 'one', n: 1 }]);
    await scene.apply(shape(name, 'n: number'));
    await scene.apply(shape(name, 'n: number, note: {type: text, calculated: "=$string(n)"}'));
    expect((await restore({ template: name, attribute: 'note' })).body).toMatchObject({ status: 409, code: 'template.nameTaken', title: expect.stringContaining('note') });
    await scene.apply(shape(name, 'n: number'));
    await scene.sql.query("UPDATE zveno.template SET published_at = published_at - interval '8 days' WHERE name = $1", [name]);
    await scene.housekeep();
    expect((await restore({ template: name, attribute: 'note' })).body).toMatchObject({ status: 404, code: 'template.nothingHidden', title: expect.stringContaining('7 days') });
    for (const body of [{ template: 'Nobody', attribute: 'note' }, { template: name, attribute: 'never' }, { template: name, attribute: 'n' }]) expect((await restore(body)).body).toMatchObject({ status: 404, code: 'template.nothingHidden' });
    for (const body of [{ template: name }, { template: name, attribute: 'a'.repeat(5_000) }, { template: name, attribute: 7 }, { template: name, attribute: 'note', more: 1 }]) expect((await restore(body)).status).toBeGreaterThanOrEqual(400);
  });
});

describe('a former type', () => {
  test('comes back with the former values, counted first, and what has changed since is converted back', async () => {
    const name = await filled('a: {type: text, required: true}, n: number', [{ a: '1', n: 1 }, { a: '2,5', n: 2 }]);
    await scene.apply(shape(name, 'a: {type: number, required: true}, n: number'));
    const [, second] = await scene.node.records(name, '&sort=n');
    await scene.node.change(name, second?.id ?? '', { a: 7 });
    await scene.node.create(name, { a: 8, n: 3 });
    const preview = (await restore({ template: name, attribute: 'a', preview: true })).body as Restored;
    expect(preview.plan.conversions).toMatchObject([{ from: 'number', to: 'text', restores: true, rows: 2, lost: 0 }]);
    expect((await restore({ template: name, attribute: 'a' })).body).toMatchObject({ madeOptional: false });
    expect(await values(name, 'a')).toEqual(['1', '7', '8']);
  });

  test('is refused where a value written since would be lost and has to be there', async () => {
    const name = await filled('a: {type: number, required: true}, n: number', [{ a: 1, n: 1 }]);
    await scene.apply(shape(name, 'a: {type: text, required: true}, n: number'));
    const made = await scene.node.create(name, { a: 'no number', n: 2 });
    const refused = await restore({ template: name, attribute: 'a' });
    expect(refused.body).toMatchObject({ status: 422, code: 'config.invalid' });
    expect(refused.text).toContain(made.id);
    expect(await values(name, 'a')).toEqual(['1', 'no number']);
  });
});

describe('a removed template', () => {
  test('is listed and comes back with its records, by the API and on the command line', async () => {
    const name = await filled('note: {type: text, required: true}, n: number', [{ note: 'one', n: 1 }, { note: 'two', n: 2 }]);
    const remove = () => scene.node.ask('POST', '/api/v1/configuration/apply', { documents: [], prune: true, hideRecords: true, only: [{ kind: 'Template', name }] });
    await remove();
    expect(await scene.node.ask('GET', `/api/v1/removed-templates?eq=template:${name}`)).toMatchObject({ templates: [{ template: name, records: 2 }] });
    expect((await scene.node.call('POST', `/api/v1/removed-templates/${name}/restoration`, { body: { preview: true } })).body).toMatchObject({ revision: null, plan: { creates: [{ kind: 'Template', name }] } });
    expect((await scene.node.call('POST', `/api/v1/removed-templates/${name}/restoration`, { body: {} })).status).toBe(200);
    expect(await values(name, 'note')).toEqual(['one', 'two']);
    expect((await scene.node.call('POST', `/api/v1/removed-templates/${name}/restoration`, { body: {} })).body).toMatchObject({ status: 409, code: 'template.nameTaken' });
    expect((await scene.node.call('POST', '/api/v1/removed-templates/Nobody/restoration', { body: {} })).body).toMatchObject({ status: 404, code: 'template.nothingHidden' });
    await remove();
    expect((await scene.zveno(['hidden', 'list'])).out).toContain(`${name}\trecords: 2`);
    expect(await scene.zveno(['hidden', 'restore', name, '--yes'])).toMatchObject({ code: 0, out: expect.stringContaining('Published as') });
    await settled();
    expect(await values(name, 'note')).toEqual(['one', 'two']);
  });

  test('attributes come back on the command line too, with a plan first', async () => {
    const name = await filled('note: text, n: number', [{ note: 'one', n: 1 }]);
    await scene.apply(shape(name, 'n: number'));
    expect((await scene.zveno(['hidden', 'list'])).out).toContain(`${name}.note\ttext\tuntil `);
    expect((await scene.zveno(['hidden', 'restore', `${name}.note`, '--dry-run'])).out).toContain('comes back with its values (records with a value: 1)');
    expect((await scene.zveno(['hidden', 'restore', `${name}.other`, '--yes'])).err).toContain('cannot be brought back');
    expect((await scene.zveno(['hidden', 'restore', `${name}.a.b`, '--yes'])).code).toBe(2);
    expect((await scene.zveno(['hidden', 'restore', `${name}.note`, '--yes'])).code).toBe(0);
    await settled();
    expect(await values(name, 'note')).toEqual(['one']);
  });
});
