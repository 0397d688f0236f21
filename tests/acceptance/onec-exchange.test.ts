/** Changes of a 1C base become records, by scenarios over a simulated 1C. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startQuick } from '../../demo/onec/testing/client.ts';
import type { Onec } from '../../demo/onec/server.ts';
import { type Row, textOf } from '../../demo/onec/row.ts';
import { callHttp } from './node.ts';
import { changeIn, onecConnection, partnerToAsk, rowsIn } from './onec-scene.ts';
import { eventually, Scene } from './platform.ts';
import { startProcess } from './started-process.ts';
import { HeldRemote } from './two-nodes.ts';

const plan = 'ExchangePlan_ОбменССайтом';
const catalog = 'Catalog_Контрагенты';

let scene: Scene;
let onec: Onec;
let remote: HeldRemote;
let node: string;
/** What was asked of 1C. */
const asked: string[] = [];

const rowsOf = (set: string): Row[] => rowsIn(onec, set);
const received = (): string => textOf(rowsOf(plan).find((row) => row['Ref_Key'] === node)?.['ReceivedNo']);

const change = (set: string, place: number, Description: string): void => changeIn(onec, set, place, Description);

const partners = async (): Promise<unknown[]> => (await scene.node.records('Partner', '&sort=title')).map(({ title }) => title);

const steps = (middle = ''): string => `
steps:
  - send: {route: readChanges, message: {}, response: package}
  - forEach:
      in: =package.changes
      as: change
      steps:
        - conditions:
            mode: first
            cases:
              - when: =change.removed
                steps:
                  - find: {template: Partner, where: {key: =change.key.Ref_Key}, as: gone}
                  - forEach: {in: =gone, as: one, steps: [{delete: {record: =one}}]}
            else:
              - upsert: {template: Partner, by: {key: =change.key.Ref_Key}, set: {title: =change.row.Description}}${middle}
  - send: {route: confirmChanges, message: {messageNo: =package.messageNo, token: =package.token}}
  - return: {response: {changes: =$count(package.changes), unsupported: =package.unsupported}}`;

beforeAll(async () => {
  [scene, onec, remote] = await Promise.all([Scene.start(), startQuick({ onRequest: (line) => void asked.push(line) }), HeldRemote.start()]);
  node = textOf(rowsOf(plan)[1]?.['Ref_Key']);
  await scene.apply(onecConnection(onec, ', dialect: 1c'), partnerToAsk(remote), `
kind: Route
name: readChanges
connection: trade
operation: selectChanges
properties: {plan: ${plan}, node: "${node}", sets: [${catalog}]}
response: {messageNo: decimal, token: string, entries: decimal, changes: {type: object, array: true}, unsupported: {type: object, array: true}, broken: {type: object, array: true}}
---
kind: Route
name: confirmChanges
connection: trade
operation: confirmChanges
properties: {plan: ${plan}, node: "${node}"}
request: {messageNo: decimal, token: string}
---
kind: Template
name: Partner
attributes: {key: {type: text, unique: true}, title: text}
---
kind: Scenario
name: takeChanges
on: {api: true}
runAs: system${steps()}
---
kind: Scenario
name: takeChangesSlowly
on: {api: true}
runAs: system${steps(`
  - send: {route: ask, message: {text: wait}, response: answered}`)}
`);
});

afterAll(async () => {
  await scene.close();
  await remote.close();
  await onec.close();
});

const take = async (): Promise<unknown> => {
  const outcome = await scene.node.run('takeChanges');
  expect(outcome).toMatchObject({ state: 'done', failure: null });
  return outcome.reply;
};

const calls = (name: string): number => asked.filter((line) => line.startsWith(`POST ${name}`)).length;

const confirmed = (number: string): Promise<unknown> => eventually(`package ${number} is confirmed`, async () => received() === number);

describe('changes of an exchange plan', () => {
  test('odata 17: three rows and one that is gone are applied, then the package is confirmed once', async () => {
    const gone = rowsOf(catalog)[3];
    await scene.node.create('Partner', { key: textOf(gone?.['Ref_Key']), title: 'Уйдёт' });
    change(catalog, 0, 'Альфа');
    change(catalog, 1, 'Бета');
    change(catalog, 2, 'Вега');
    if (gone !== undefined) onec.base.remove(catalog, gone);
    expect(await take()).toMatchObject({ changes: 4 });
    await confirmed('1');
    expect(await partners()).toEqual(['Альфа', 'Бета', 'Вега']);
    expect([calls('SelectChanges'), calls('NotifyChangesReceived')]).toEqual([1, 1]);
    await take();
    expect(calls('NotifyChangesReceived')).toBe(1);
    expect([received(), await partners()]).toEqual(['1', ['Альфа', 'Бета', 'Вега']]);
  });

  test('odata 17: a node that is killed before its commit leaves the package to the next, which doubles nothing', async () => {
    change(catalog, 0, 'Альфа-2');
    change(catalog, 4, 'Гамма');
    remote.hold();
    const doomed = await startProcess(scene.environment('doomed'));
    const lost = callHttp(doomed.url, 'POST', '/api/v1/scenarios/takeChangesSlowly/runs', { body: {} }).catch(() => null);
    await remote.callIsOut();
    doomed.child.kill('SIGKILL');
    await Promise.all([doomed.gone, lost]);
    expect([received(), await partners()]).toEqual(['1', ['Альфа', 'Бета', 'Вега']]);
    remote.release();
    await take();
    await confirmed('2');
    expect(await partners()).toEqual(['Альфа-2', 'Бета', 'Вега', 'Гамма']);
  });

  test('odata 18: a change between reading and confirming arrives in the next package', async () => {
    change(catalog, 1, 'Бета-2');
    remote.hold();
    const running = scene.node.run('takeChangesSlowly');
    await remote.callIsOut();
    change(catalog, 1, 'Бета-3');
    remote.release();
    expect(await running).toMatchObject({ state: 'done' });
    await confirmed('3');
    expect(await partners()).toContain('Бета-2');
    await take();
    await confirmed('4');
    expect(await partners()).toEqual(['Альфа-2', 'Бета-3', 'Вега', 'Гамма']);
  });

  test('odata 19: a package of nothing that is wanted is confirmed all the same, and the next one flows', async () => {
    change('Catalog_Склады', 0, 'Новый склад');
    expect(await take()).toMatchObject({ changes: 0, unsupported: [expect.objectContaining({ type: expect.stringContaining('Catalog_Склады') })] });
    await confirmed('5');
    change(catalog, 2, 'Вега-2');
    await take();
    await confirmed('6');
    expect(await partners()).toContain('Вега-2');
  });
});
