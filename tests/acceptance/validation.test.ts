/** Rules of attributes: they hold wherever records are written, and say which attribute and why when they do not. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, Scene } from './platform.ts';

let scene: Scene;

const template = `
kind: Template
name: Item
attributes:
  sku: {type: text, unique: true, validationExpression: =$length(sku) >= 2}
  qty:
    type: number
    validationExpression: =$not($exists(qty)) or (qty > 0 and ($not($exists(limit)) or qty <= limit))
    validationMessage: {ru: Количество от 1 до лимита, en: The quantity is from 1 up to the limit}
  limit: number
  note: text
`;

beforeAll(async () => {
  scene = await Scene.start();
  await scene.apply(`${template}---
kind: Scenario
name: steps
on: {api: true}
runAs: system
steps:
  - create: {template: Item, set: {sku: =sku, qty: -1}, as: item}
  - set: {record: =item, values: {qty: =qty}}
---
kind: Scenario
name: guarded
on: {api: true}
runAs: system
steps:
  - create: {template: Item, set: {sku: =sku, qty: -5}}
    handle: [{create: {template: Item, set: {sku: =sku, qty: 1, note: "=error.problems[0].message"}}}]
---
kind: Scenario
name: corrects
on: {created: Item, when: before}
runAs: system
steps:
  - conditions: {cases: [{when: "=after.note = 'correct me'", steps: [{set: {qty: 7}}]}]}
`);
});

afterAll(() => scene.close());

const item = (values: Readonly<Record<string, unknown>>, lang = 'en') => scene.node.call('POST', '/api/v1/records/Item', { body: values, headers: { 'accept-language': lang } });
const problems = ({ body }: { body: unknown }) => (body as { problems: { path: string; code: string; text?: string; title?: string; message?: string }[] }).problems;

describe('a rule of an attribute', () => {
  test('refuses what is created, changed or cleared against it, and names attribute and message in the language of the caller', async () => {
    const refused = await item({ sku: 'A1', qty: 0 });
    expect(refused.status).toBe(422);
    expect(problems(refused)).toMatchObject([{ path: 'qty', code: 'record.validation' }]);
    expect(refused.text).toContain('The quantity is from 1 up to the limit');
    expect((await item({ sku: 'A1', qty: 0 }, 'ru')).text).toContain('Количество от 1 до лимита');
    const { id } = await scene.node.create('Item', { sku: 'A1', qty: 5, limit: 10 });
    expect((await scene.node.change('Item', id, { qty: 11 })).status).toBe(422);
    expect((await scene.node.change('Item', id, { limit: 4 })).status).toBe(422);
    expect((await scene.node.change('Item', id, { limit: null, qty: 11 })).status).toBe(200);
    // Nothing is no text of two characters.
    expect(problems(await scene.node.change('Item', id, { sku: null }))).toMatchObject([{ path: 'sku' }]);
    expect(await scene.node.record('Item', id)).toMatchObject({ qty: 11, sku: 'A1' });
  });

  test('is asked at the end of a run, after its triggers: what is mended on the way is saved', async () => {
    expect((await scene.node.run('steps', { sku: 'B1', qty: 3 })).state).toBe('done');
    const failed = await scene.node.run('steps', { sku: 'B2', qty: -3 });
    expect(failed).toMatchObject({ state: 'failed', failure: { code: 'run.values', parameters: { path: 'steps.steps[1].set', template: 'Item' } } });
    expect((await item({ sku: 'B3', qty: -1, note: 'correct me' })).status).toBe(201);
    expect((await scene.node.records('Item')).map(({ sku, qty }) => [sku, qty])).toEqual(expect.arrayContaining([['B1', 3], ['B3', 7]]));
  });

  test('is known at the end of a guarded step', async () => {
    expect((await scene.node.run('guarded', { sku: 'C1' })).state).toBe('done');
    expect((await scene.node.records('Item')).find(({ sku }) => sku === 'C1')).toMatchObject({ qty: 1, note: expect.stringContaining('Количество от 1 до лимита') });
  });

  test('holds for imports and bulk changes record by record: the others are written', async () => {
    interface Job { id: string; state: string; done: number; failed: number }
    const over = (id: string) => eventually('the job is over', async () => {
      const job = await scene.node.ask<Job>('GET', `/api/v1/jobs/${id}`);
      return job.state === 'done' || job.state === 'failed' ? job : null;
    });
    const imported = await scene.node.call('POST', '/api/v1/records/Item/imports', { raw: 'sku,qty\nD1,1\nD2,0\nD3,3\nD,4\n', headers: { 'content-type': 'text/csv' } });
    expect(await over((imported.body as Job).id)).toMatchObject({ state: 'done', failed: 2 });
    expect((await scene.node.records('Item')).map(({ sku }) => sku).filter((sku) => String(sku).startsWith('D'))).toEqual(expect.arrayContaining(['D1', 'D3']));
  });
});

describe('a rule and many records in one commit', () => {
  test('holds row by row: only the row that breaks it is left out, with all that its triggers did', async () => {
    interface Outcome { op: string; failure: { problems: { path: string; code: string }[] } | null }
    const rows = [{ sku: 'F1', qty: 1 }, { sku: 'F2', qty: 0 }, { sku: 'F3', qty: -1, note: 'correct me' }, { sku: 'F' }];
    const each = await scene.node.ask<{ committed: boolean; rows: Outcome[] }>('POST', '/api/v1/records/Item/bulk/create', { rows, mode: 'each' });
    expect(each.rows.map(({ op }) => op)).toEqual(['created', 'refused', 'created', 'refused']);
    expect(each.rows[1]?.failure?.problems).toMatchObject([{ path: 'qty', code: 'record.validation' }]);
    const atomic = await scene.node.call('POST', '/api/v1/records/Item/bulk/create', { body: { rows: [{ sku: 'G1', qty: 1 }, { sku: 'G2', qty: 0 }] } });
    expect([atomic.status, problems(atomic)]).toMatchObject([422, [{ path: 'rows[1].qty', code: 'record.validation' }]]);
    expect((await scene.node.records('Item')).some(({ sku }) => String(sku).startsWith('G'))).toBe(false);
  });
});

describe('publishing a rule', () => {
  test('is refused when it does not compile, reads what is no value of the record, or stands on a calculated attribute', async () => {
    const refused = async (attributes: string) => (await scene.tryApply(`kind: Template\nname: Bad\nattributes: ${attributes}\n`, template)).err;
    expect(await refused('{a: {type: text, validationExpression: "=a >"}}')).toContain('Unexpected end of expression');
    expect(await refused('{a: {type: text, validationExpression: a}}')).toContain('begins with "="');
    expect(await refused('{a: {type: text, validationExpression: =$$}}')).toContain('as a whole');
    expect(await refused('{a: {type: text, validationExpression: =other > 1}}')).toContain('"other"');
    expect(await refused('{a: {type: text, validationExpression: =item.qty > 1}, item: {type: record, template: Item}}')).toContain('follows the link');
    expect(await refused('{a: {type: number, calculated: =1 + 1, validationExpression: =a > 1}}')).toContain('is calculated');
    expect(await refused('{a: {type: number, validationMessage: no rule}}')).toContain('validationExpression');
  });

  test('tells how many records do not keep it, and lets them be until they are saved', async () => {
    await scene.node.create('Item', { sku: 'E1', qty: 1, note: 'long enough' });
    const stricter = template.replace('note: text', 'note: {type: text, validationExpression: =$length(note) > 5}');
    const plan = await scene.node.ask<{ validations: unknown[]; findings: unknown[] }>('POST', '/api/v1/configuration/plan', { documents: [stricter] });
    expect(plan.findings).toEqual([]);
    const count = (await scene.node.records('Item')).filter(({ note }) => typeof note !== 'string' || note.length <= 5).length;
    expect(plan.validations).toMatchObject([{ template: 'Item', attribute: 'note', broken: count, more: false }]);
    const { code, out } = await scene.tryApply(stricter);
    expect([code, out]).toEqual([0, expect.stringMatching(new RegExp(`note: the rule \\(records that do not keep it: ${count}`))]);
    await scene.apply(stricter);
    const old = (await scene.node.records('Item')).find(({ sku }) => sku === 'D1');
    expect((await scene.node.change('Item', String(old?.id), { qty: 2 })).status).toBe(422);
    expect((await scene.node.change('Item', String(old?.id), { qty: 2, note: 'long enough' })).status).toBe(200);
    expect(await scene.node.ask('GET', '/api/v1/templates/Item')).toMatchObject({ attributes: expect.arrayContaining([expect.objectContaining({ name: 'note', validationExpression: '=$length(note) > 5' })]) });
  });
});

describe('a plan', () => {
  test('counts the records whose values would be hidden, attribute by attribute', async () => {
    const fewer = 'kind: Template\nname: Item\nattributes: {sku: {type: text, unique: true}, note: text}\n';
    const withQty = (await scene.node.records('Item')).filter(({ qty }) => qty !== null).length;
    const withLimit = (await scene.node.records('Item')).filter(({ limit }) => limit !== null).length;
    const plan = await scene.node.ask<{ hiddenValues: unknown[] }>('POST', '/api/v1/configuration/plan', { documents: [fewer] });
    expect(plan.hiddenValues).toEqual(expect.arrayContaining([{ template: 'Item', attribute: 'qty', count: withQty }, ...(withLimit === 0 ? [] : [{ template: 'Item', attribute: 'limit', count: withLimit }])]));
    const { out } = await scene.tryApply(fewer);
    expect(out).toContain(`qty is hidden; its values are kept (records with a value: ${withQty})`);
  });

  test('counts what comes back when the former version of a template is restored', async () => {
    const kept = 'kind: Template\nname: Kept\nattributes: {name: text, size: number}\n';
    await scene.apply(kept);
    for (const size of [1, 2, null]) await scene.node.create('Kept', { name: 'k', size });
    await scene.apply('kind: Template\nname: Kept\nattributes: {name: text}\n');
    const { versions } = await scene.node.ask<{ versions: { version: number }[] }>('GET', '/api/v1/configuration/objects/Template/Kept/versions');
    await scene.node.ask('POST', `/api/v1/configuration/objects/Template/Kept/versions/${versions[1]?.version}/restore`, {});
    const drafts = { objects: [{ kind: 'Template', name: 'Kept' }] };
    const back = await scene.node.ask<{ restoredValues: unknown[] }>('POST', '/api/v1/configuration/drafts/validate', drafts);
    expect(back.restoredValues).toEqual([{ template: 'Kept', attribute: 'size', count: 2 }]);
    expect((await scene.zveno(['draft', 'check', 'template/Kept'])).out).toContain('size comes back with its values (records with a value: 2)');
    await scene.node.ask('POST', '/api/v1/configuration/drafts/publish', drafts);
    expect((await scene.node.records('Kept', '&sort=size')).map(({ size }) => size)).toEqual([1, 2, null]);
  });
});
