/** Attributes of type `role`: given by name, found, kept in step when roles are merged, counted when one is deleted. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, Scene } from './platform.ts';

let scene: Scene;

const role = (name: string, title: string): string => `kind: Role\nname: ${name}\ntitle: {ru: ${title}, en: ${name}}\npermissions: [messages.view]\n`;

beforeAll(async () => {
  scene = await Scene.start({ jobRetryMs: 100 });
  await scene.apply(
    `
kind: Template
name: Task
attributes:
  name: {type: text, unique: true}
  approver: {type: role, indexed: true, logChanges: true}
  readers: {type: role, multiple: true, indexed: true, logChanges: true, validationExpression: "=$count(readers) < 4", validationMessage: At most three}
  text: text
  load: {type: number, calculated: "=$count(readers)"}
---
kind: Scenario
name: approve
on: {manual: Task}
runAs: system
steps:
  - set: {approver: =approver, readers: "=$append(context.readers, approver)"}
`,
    role('buyers', 'Закупщики'), role('sellers', 'Продавцы'), role('traders', 'Торговцы'), role('passing', 'Проходящие'),
    'kind: Group\nname: north\nroles: [sellers]\n',
  );
});

afterAll(() => scene.close());

const listed = async (query: string): Promise<unknown[]> => (await scene.node.records('Task', `&sort=name${query}`)).map(({ name }) => name);
const refusal = async (values: Record<string, unknown>): Promise<unknown> => {
  const answer = await scene.node.call('POST', '/api/v1/records/Task', { body: values });
  return [answer.status, ...((answer.body as { problems?: { path: string; code: string; text: string }[] }).problems ?? []).map(({ path, code, text }) => [path, code, text])];
};
const finished = async (job: string): Promise<{ state: string; failed: number; result: unknown }> =>
  eventually(`job ${job} is over`, async () => {
    const found = await scene.node.ask<{ state: string; failed: number; result: unknown }>('GET', `/api/v1/jobs/${job}`);
    return /done|failed|cancelled/.test(found.state) && found;
  });

describe('a role in a record', () => {
  test('is given by its name, one or several, each once, and is read back so', async () => {
    const made = await scene.node.create('Task', { name: 'a1', approver: 'buyers', readers: ['sellers', 'apiClients', 'sellers'] });
    expect(made).toMatchObject({ approver: 'buyers', readers: ['apiClients', 'sellers'], load: 2 });
    expect(await scene.node.create('Task', { name: 'a2', readers: 'buyers, sellers' })).toMatchObject({ approver: null, readers: ['buyers', 'sellers'] });
    expect(await scene.node.create('Task', { name: 'a3', readers: [] })).toMatchObject({ readers: [], load: 0 });
  });

  test('has to be there: an unknown one, a deleted one and a group are told apart, by attribute', async () => {
    await scene.node.ask('PUT', '/api/v1/roles/brief', { permissions: ['messages.view'] });
    await scene.node.ask('DELETE', '/api/v1/roles/brief');
    expect(await refusal({ name: 'b', approver: 'bayers' })).toEqual([422, ['approver', 'record.unknownRole', expect.stringContaining('no role "bayers". Nearest known: buyers')]]);
    expect(await refusal({ name: 'b', approver: 'brief', readers: ['sellers', 'north'] })).toEqual([
      422, ['approver', 'record.deletedRole', expect.stringContaining('"brief" was deleted')], ['readers', 'record.groupForRole', expect.stringContaining('such as one of the group\'s: sellers')],
    ]);
    expect(await refusal({ name: 'b', approver: ['buyers', 'sellers'] })).toMatchObject([422, ['approver', 'record.tooManyRoles', expect.stringContaining('1 role(s) at most, 2')]]);
    for (const approver of [7, { id: 'buyers' }, 'two words', '__proto__,constructor', ['buyers', null]]) expect(await refusal({ name: 'b', approver })).toEqual([422, ['approver', 'record.wrongType', expect.any(String)]]);
    expect(await refusal({ name: 'b', readers: Array.from({ length: 101 }, (_, index) => `r${index}`) })).toMatchObject([422, ['readers', 'record.tooManyRoles', expect.stringContaining('100')]]);
    expect(await refusal({ name: 'b', readers: ['buyers', 'sellers', 'traders', 'passing'] })).toEqual([422, ['readers', 'record.validation', expect.stringContaining('At most three')]]);
    expect(await listed('&eq=name:b')).toEqual([]);
  });

  test('is what conditions, saved filters and figures go by, with an index for one and for several', async () => {
    const filter = (condition: object): string => `&filter=${encodeURIComponent(JSON.stringify(condition))}`;
    expect([await listed('&eq=approver:buyers'), await listed('&eq=readers:sellers')]).toEqual([['a1'], ['a1', 'a2']]);
    expect(await listed(filter({ op: 'linked', attribute: 'readers', record: 'apiClients' }))).toEqual(['a1']);
    expect(await listed(filter({ op: 'and', of: [{ op: 'in', attribute: 'approver', value: ['buyers', 'gone'] }, { op: 'isNotNull', attribute: 'readers' }] }))).toEqual(['a1']);
    expect(await listed(filter({ op: 'isNull', attribute: 'readers' }))).toEqual(['a3']);
    expect((await scene.node.call('GET', `/api/v1/records/Task?limit=1${filter({ op: 'eq', attribute: 'readers', value: 'buyers' })}`)).body).toMatchObject({ code: 'query.comparison', parameters: { type: 'roles' } });
    expect((await scene.node.call('GET', '/api/v1/records/Task?sort=readers')).body).toMatchObject({ code: 'query.sort' });
    const figures = await scene.node.ask<{ groups: unknown }>('POST', '/api/v1/records/Task/aggregate', { groupBy: ['approver'], values: ['count'], sort: ['approver'] });
    expect(figures.groups).toEqual([{ by: { approver: 'buyers' }, values: { count: 1 } }, { by: { approver: null }, values: { count: 2 } }]);
    const { rows } = await scene.sql.query<{ indexdef: string }>(`SELECT indexdef FROM pg_indexes WHERE schemaname = 'zveno_data' AND indexdef LIKE '%string_to_array%'`);
    expect(rows).toEqual([{ indexdef: expect.stringContaining('USING gin') }]);
  });

  test('is set by scenarios, which read several as a list', async () => {
    const { id } = await scene.node.create('Task', { name: 'c', readers: ['buyers'] });
    expect(await scene.node.run('approve', { approver: 'sellers' }, { template: 'Task', id })).toMatchObject({ state: 'done' });
    expect(await scene.node.record('Task', id)).toMatchObject({ approver: 'sellers', readers: ['buyers', 'sellers'] });
    expect(await scene.node.run('approve', { approver: 'nobodies' }, { template: 'Task', id })).toMatchObject({ failure: { code: 'run.values' } });
  });

  test('stands in the change log with its title, in a table file by its name, and in the typed schema', async () => {
    const [task] = await scene.node.records('Task', '&eq=name:c');
    const log = await scene.node.call('GET', `/api/v1/records/Task/${task?.id ?? ''}/changes?limit=1`, { headers: { 'accept-language': 'ru' } });
    expect(log.body).toMatchObject({ changes: [{ attributes: [{ attribute: 'approver', from: null, to: { id: 'sellers', title: 'Продавцы' } }, { attribute: 'readers', from: [{ id: 'buyers', title: 'Закупщики' }], to: [{ id: 'buyers' }, { id: 'sellers' }] }] }] });
    const file = await scene.node.call('POST', '/api/v1/records/Task/export', { body: { columns: ['name', 'approver', 'readers'], sort: ['name'] } });
    expect(file.text.split('\n').slice(0, 4)).toEqual(['name,approver,readers', 'a1,buyers,"apiClients,sellers"', 'a2,,"buyers,sellers"', 'a3,,']);
    const job = await scene.node.call('POST', '/api/v1/records/Task/imports?by=name', { raw: 'name,approver,readers\na3,sellers,"buyers; sellers"\nd,nobodies,\n', headers: { 'content-type': 'text/csv' } });
    const { id } = job.body as { id: string };
    expect(await finished(id)).toMatchObject({ state: 'done', failed: 1 });
    expect((await scene.node.call('GET', `/api/v1/jobs/${id}/problems.csv`)).text).toContain('there is no role');
    expect(await scene.node.records('Task', '&eq=name:a3')).toMatchObject([{ approver: 'sellers', readers: ['buyers', 'sellers'] }]);
    expect(await scene.node.ask('GET', '/api/v1/templates/Task/schema?use=create')).toMatchObject({ properties: { approver: { type: ['string', 'null'] }, readers: { type: 'array', items: { type: 'string' } } } });
  });

  test('is merged into another: records name that one, archived ones too, and the change is on record', async () => {
    const archived = await scene.node.create('Task', { name: 'e', approver: 'traders', readers: ['buyers', 'sellers', 'traders'] });
    expect((await scene.node.call('POST', `/api/v1/records/Task/${archived.id}/archive`)).status).toBeLessThan(300);
    const merged = await scene.node.ask<{ job: string }>('POST', '/api/v1/roles/buyers/merge', { from: ['traders', 'sellers'] });
    expect(await finished(merged.job)).toMatchObject({ state: 'done', failed: 0 });
    expect(await scene.node.record('Task', archived.id)).toMatchObject({ approver: 'buyers', readers: ['buyers'], _archived: true });
    expect(await listed('&eq=readers:sellers')).toEqual([]);
    expect(await listed('&eq=approver:sellers')).toEqual([]);
    const log = await scene.node.ask<{ changes: object[] }>('GET', `/api/v1/records/Task/${archived.id}/changes?limit=1`);
    expect(log.changes).toMatchObject([{ attributes: [{ attribute: 'approver', from: { id: 'traders', title: null }, to: { id: 'buyers' } }, { attribute: 'readers' }] }]);
  });

  test('is deleted with a word about the records that name it, which mean it again when it comes back', async () => {
    const { id } = await scene.node.create('Task', { name: 'f', approver: 'passing', readers: ['passing', 'buyers'] });
    const records = [{ role: 'passing', template: 'Task', attribute: 'approver', count: 1 }, { role: 'passing', template: 'Task', attribute: 'readers', count: 1 }];
    expect(await scene.node.ask('DELETE', '/api/v1/roles/passing?preview=true')).toMatchObject({ records });
    expect(await scene.node.ask('POST', '/api/v1/configuration/plan', { documents: [], prune: true, only: [{ kind: 'Role', name: 'passing' }] })).toMatchObject({ deletes: [{ name: 'passing' }], roleRecords: records });
    expect(await scene.node.ask('DELETE', '/api/v1/roles/passing')).toMatchObject({ records });
    expect(await scene.node.record('Task', id)).toMatchObject({ approver: 'passing', readers: ['buyers', 'passing'] });
    expect(await scene.node.change('Task', id, { text: 'other attributes may be changed' })).toMatchObject({ status: 200 });
    await scene.node.ask('POST', '/api/v1/roles/passing/restore');
    expect(await scene.node.change('Task', id, { approver: 'passing' })).toMatchObject({ status: 200 });
  });

  test('comes of a text where there is such a role, and becomes its name', async () => {
    const shape = (text: string): string => `kind: Template\nname: Note\nattributes: {n: text, of: ${text}}\n`;
    await scene.apply(shape('text'));
    for (const [n, of] of [['1', ' buyers '], ['2', 'strangers'], ['3', 'buyers,passing']] as const) await scene.node.create('Note', { n, of });
    const plan = await scene.zveno(['diff', await scene.folder(shape('{type: role, multiple: true}'))]);
    expect(plan.out).toMatch(/of: text → role \(values: 3, cannot be converted: 1/);
    await scene.apply(shape('{type: role, multiple: true}'));
    expect((await scene.node.records('Note', '&sort=n')).map(({ of }) => of)).toEqual([['buyers'], [], ['buyers', 'passing']]);
    await scene.apply(shape('{type: role}'));
    expect((await scene.node.records('Note', '&sort=n')).map(({ of }) => of)).toEqual(['buyers', null, null]);
    await scene.apply(shape('text'));
    expect((await scene.node.records('Note', '&sort=n')).map(({ of }) => of)).toEqual(['buyers', null, null]);
  });

  test('is no unique, default or calculated attribute', async () => {
    const said = await scene.tryApply('kind: Template\nname: Wrong\nattributes:\n  a: {type: role, unique: true}\n  b: {type: role, default: buyers}\n  c: {type: role, calculated: "=1"}\n  d: {type: account, multiple: true}\n');
    expect(said.code).toBe(1);
    for (const part of ['of type role cannot be unique', 'key "default"', 'cannot be calculated', 'key "multiple"']) expect(said.err).toContain(part);
  });
});
