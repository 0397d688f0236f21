/** Two platforms that know nothing of each other read one node of an exchange plan of a simulated 1C. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startQuick } from '../../demo/onec/testing/client.ts';
import { textOf } from '../../demo/onec/row.ts';
import type { Onec } from '../../demo/onec/server.ts';
import { changeIn, onecConnection, rowsIn } from './onec-scene.ts';
import { eventually, Scene } from './platform.ts';

const plan = 'ExchangePlan_ОбменССайтом';
const catalog = 'Catalog_Контрагенты';

let onec: Onec;
let first: Scene;
let second: Scene;

interface Source { state: string; readAt: string | null; attempts: number; failure: { code: string; text: string } | null }

const nodeAt = (place: number): string => textOf(rowsIn(onec, plan)[place]?.['Ref_Key']);

const reading = (node: string, more = ''): string => `
kind: Route
name: changes
connection: trade
operation: readChanges
properties: {plan: ${plan}, node: "${node}", sets: [${catalog}]${more}}
retry: {firstMs: 50, maxMs: 100}
`;

beforeAll(async () => {
  [first, second, onec] = await Promise.all([Scene.start(), Scene.start(), startQuick({ size: { rows: 10 } })]);
  for (const scene of [first, second]) {
    await scene.apply(onecConnection(onec), reading(nodeAt(1)), `
kind: Template
name: Partner
attributes: {key: {type: text, unique: true}, title: text}
---
kind: Scenario
name: takeChanges
on: {message: changes}
runAs: system
steps:
  - forEach: {in: "=message.changes[removed = false]", as: change, steps: [{upsert: {template: Partner, by: {key: =change.key.Ref_Key}, set: {title: =change.row.Description}}}]}
`);
  }
});

afterAll(async () => {
  await Promise.all([first.close(), second.close()]);
  await onec.close();
});

const source = (scene: Scene, lang = 'en'): Promise<Source> => scene.node.call('GET', '/api/v1/sources/changes', { headers: { 'accept-language': lang } }).then(({ body }) => body as Source);

async function read(scene: Scene): Promise<Source> {
  const before = (await source(scene)).readAt;
  await scene.node.ask('POST', '/api/v1/sources/changes/run');
  await eventually('the source has read', async () => {
    const { readAt, state } = await source(scene);
    return readAt !== before && state !== 'reading' && (await scene.sql.query('SELECT 1 FROM zveno.inbox_queue')).rowCount === 0;
  });
  return source(scene);
}

const titles = async (scene: Scene): Promise<unknown[]> => (await scene.node.records('Partner', '&sort=title')).map(({ title }) => title);

test('what the one confirms stops the other, which says so in both languages with what to do, and loses nothing more', async () => {
  for (const scene of [first, second]) expect(await read(scene)).toMatchObject({ failure: null });
  changeIn(onec, catalog, 0, 'Альфа');
  expect(await read(first)).toMatchObject({ failure: null });
  expect(await titles(first)).toEqual(['Альфа']);
  await second.node.ask('POST', '/api/v1/sources/changes/run');
  await eventually('the second is told, again and again', async () => (await source(second)).attempts >= 2);
  const told = await source(second);
  expect(told).toMatchObject({ state: 'failing', failure: { code: 'odata.exchangeNodeShared', text: expect.stringContaining('acceptMissed: 1') } });
  expect((await source(second, 'ru')).failure?.text).toMatch(/заведите каждой системе свой узел.*scan.*acceptMissed: 1/);
  // The finding stays whatever else happens; nobody takes anything off the list meanwhile.
  changeIn(onec, catalog, 1, 'Бета');
  await eventually('it is still told', async () => (await source(second)).attempts > told.attempts);
  expect([await titles(second), rowsIn(onec, plan).map((row) => textOf(row['ReceivedNo']))[1]]).toEqual([[], '1']);
  await read(first);
  expect(await titles(first)).toEqual(['Альфа', 'Бета']);
});

test('each with a node of its own gets everything, once the missed packages are accepted', async () => {
  const own = nodeAt(2);
  await second.apply(reading(own));
  await eventually('the second reads its own node', async () => (await source(second)).failure === null && (await titles(second)).length === 2);
  expect(await titles(second)).toEqual(['Альфа', 'Бета']);
  changeIn(onec, catalog, 2, 'Вега');
  for (const scene of [first, second]) expect(await read(scene)).toMatchObject({ failure: null });
  for (const scene of [first, second]) expect(await titles(scene)).toEqual(['Альфа', 'Бета', 'Вега']);
  // Back at the shared one, it goes on from the number that its engineer accepts.
  await second.apply(reading(nodeAt(1), ', acceptMissed: 3'));
  changeIn(onec, catalog, 3, 'Гамма');
  await read(second);
  expect(await titles(second)).toEqual(['Альфа', 'Бета', 'Вега', 'Гамма']);
  await first.node.ask('POST', '/api/v1/sources/changes/run');
  await eventually('now the first is told', async () => (await source(first)).failure?.code === 'odata.exchangeNodeShared');
});
