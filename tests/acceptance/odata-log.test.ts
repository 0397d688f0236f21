/** What an engineer finds afterwards of calls to a simulated 1C: in the log of a started platform, and in the journal of its runs. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { instantPace } from '../../demo/onec/pace.ts';
import { startQuick } from '../../demo/onec/testing/client.ts';
import type { Onec, OnecOptions } from '../../demo/onec/server.ts';
import { textOf } from '../../demo/onec/row.ts';
import { callHttp, type Answer, type MessageStory } from './node.ts';
import { changeIn, onecConnection, rowsIn } from './onec-scene.ts';
import { eventually, Scene } from './platform.ts';
import { startProcess, type StartedProcess } from './started-process.ts';

const user = { login: 'Обмен', password: 'верный-пароль' };
const wrong = 'чужой пароль +/=';
const plan = 'ExchangePlan_ОбменССайтом';
const catalog = 'Catalog_Контрагенты';
const documents = 'Document_СчетНаОплату';

let scene: Scene;
let platform: StartedProcess;
let onec: Onec | undefined;
let log = '';

/** Lines of the log about an event, so many or more: they come by a pipe, after the answers. */
const lines = (event: string, about: string, count = 1): Promise<string[]> => eventually(`${event} of ${about} is in the log`, async () => {
  const found = log.split('\n').filter((line) => line.includes(event) && line.includes(about));
  return found.length >= count && found;
});

beforeAll(async () => {
  scene = await Scene.start();
  await scene.secret('wrongOnec', wrong);
  platform = await startProcess({ ...scene.environment('told'), ZVENO_LOG_LEVEL: 'debug', ZVENO_POLL_MS: '50' }, undefined, (text) => (log += text));
  log += platform.greeting.join('\n');
  platform.child.stdout?.setEncoding('utf8').on('data', (text: string) => (log += text));
  // Whoever carries out a run has its lines in the log: no other node may.
  await scene.node.close();
});

afterEach(async () => {
  await onec?.close();
  onec = undefined;
});

afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await scene.close();
});

const at = (method: string, path: string, body?: unknown): Promise<Answer> => callHttp(platform.url, method, path, body === undefined ? {} : { body });

/** The started process works by what was applied once it answers for the route. */
async function apply(...documentsOf: string[]): Promise<void> {
  expect(await scene.tryApply(...documentsOf)).toMatchObject({ code: 0 });
  const { rows } = await scene.sql.query<{ revision: string }>('SELECT revision FROM zveno.configuration_head');
  const revision = rows[0]?.revision ?? '';
  await eventually('the process has the configuration', async () => (await at('GET', '/api/v1/configuration')).text.includes(`"revision":${revision}`));
}

async function connect(options: Partial<OnecOptions>, properties = ''): Promise<Onec> {
  onec = await startQuick(options);
  await apply(onecConnection(onec, properties), `
kind: Template
name: Item
attributes: {key: {type: text, unique: true}, title: text}
`);
  return onec;
}

interface Story extends Omit<MessageStory, 'calls'> {
  calls: { route: string; outcome: { kind: string; response: Record<string, unknown>; notes: { code: string; text: string }[] } }[];
}

/** Runs a scenario in the process; its own outcome and its story. */
async function run(name: string, variables: object = {}): Promise<{ answer: Answer; story: Story }> {
  const answer = await at('POST', `/api/v1/scenarios/${name}/runs`, { variables });
  const { id, message } = answer.body as { id?: string; message?: string };
  return { answer, story: (await at('GET', `/api/v1/messages/${id ?? message}?payload=true`)).body as Story };
}

const notes = ({ calls }: Story): { code: string; text: string }[] => calls.flatMap(({ outcome }) => outcome.notes);

const once = (name: string, route: string, message = '{}'): string => `
kind: Scenario
name: ${name}
on: {api: true}
runAs: system
steps:
  - send: {route: ${route}, message: ${message}, response: given}
  - return: {response: =given}
`;

/** Reads a set to its end in one run. */
const reading = (set: string, properties: string): string => `
kind: Route
name: page
connection: trade
operation: scan
properties: {set: ${set}${properties}}
request: {cursor: string}
response: {rows: {type: object, array: true}, next: string, drift: boolean, read: decimal}
---
kind: Scenario
name: readAll
on: {api: true}
runAs: system
steps:
  - variables: {set: place, values: {cursor: "", ended: false}}
  - repeat:
      times: 60
      steps:
        - conditions:
            cases:
              - when: "=place.ended = false"
                steps:
                  - send: {route: page, message: {cursor: =place.cursor}, response: page}
                  - forEach: {in: =page.rows, as: row, steps: [{upsert: {template: Item, by: {key: =row.Ref_Key}, set: {title: =row.Ref_Key}}}]}
                  - variables: {set: place, values: {cursor: =page.next, ended: "=page.next = null"}}
`;

const spellings = (secret: string): string[] => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), Buffer.from(secret, 'utf8').toString('base64'), Buffer.from(`${user.login}:${secret}`, 'utf8').toString('base64'), Buffer.from(secret, 'utf8').toString('hex')];

describe('a sign-in that 1C does not accept', () => {
  test('odata 2: is told after one question, and the password stands in no log, no answer and no trace', async () => {
    const trade = await connect({ users: [user] }, `, auth: basic, username: ${user.login}, password: "\${secret:wrongOnec}"`);
    const before = trade.counts().requests;
    const unsaved = await at('POST', '/api/v1/connections/check', { name: 'fresh', type: 'odata', properties: { url: trade.url, auth: 'basic', username: user.login, password: wrong }, allow: ['loopback'] });
    const saved = await at('POST', '/api/v1/connections/trade/check');
    for (const { text } of [unsaved, saved]) expect(text).toContain('odata.signInRefused');
    // One question each, none of them repeated: nothing is waited for.
    expect(trade.counts().requests - before).toBe(2);
    await apply('kind: Route\nname: readStores\nconnection: trade\noperation: query\nproperties: {set: Catalog_Склады}\nresponse: {rows: {type: object, array: true}}\n', once('readStoresNow', 'readStores'));
    const { answer, story } = await run('readStoresNow');
    expect(answer.body).toMatchObject({ code: 'odata.signInRefused' });
    const told = [unsaved.text, saved.text, answer.text, JSON.stringify(story), (await at('GET', '/api/v1/messages?limit=100')).text, (await at('GET', '/api/v1/connections/trade')).text, log];
    for (const text of told) for (const spelling of spellings(wrong)) expect(text).not.toContain(spelling);
  });

  test('odata 4: and is answered with a page for people is told as that, without a stack of a parser', async () => {
    await connect({ users: [user], quirks: { htmlSignIn: true } }, `, auth: basic, username: ${user.login}, password: "\${secret:wrongOnec}"`);
    const from = log.length;
    const { answer, story } = await run('readStoresNow');
    expect(answer.body).toMatchObject({ code: 'odata.htmlPage' });
    for (const text of [answer.text, JSON.stringify(story), log.slice(from)]) expect(text).not.toMatch(/SyntaxError|Unexpected token|\n\s+at /);
  });
});

describe('a reading', () => {
  test('odata 15: of entries of 6 MB says the size of each page and why it became smaller, in the log and in the journal', async () => {
    const trade = await connect({ size: { rows: 3, partRows: 1 }, pace: { ...instantPace(), kilobyteMs: 12, timeScale: 0 } });
    for (const row of trade.base.rows(documents)) trade.base.write(documents, { ...row, 'Комментарий': 'я'.repeat(3 * 1024 * 1024) });
    await apply(reading(documents, ', windows: off'));
    const { answer, story } = await run('readAll');
    expect(answer.body).toMatchObject({ state: 'done' });
    const pages = notes(story).filter(({ code }) => code === 'odata.pageRead');
    expect(pages.length).toBeGreaterThan(1);
    for (const { text } of pages) expect(text).toMatch(/a page of "Document_СчетНаОплату" was read: \d+ rows of \d+ asked for, \d+ bytes/);
    const [line] = await lines('odata.pageRead', documents, pages.length);
    expect(line).toMatch(/"asked":\d+.*"bytes":\d+/);
  });

  test('odata 16: during which rows came says so', async () => {
    await connect({ size: { rows: 60 }, quirks: { rowsArrive: true } });
    await apply(reading('Catalog_Склады', ', pageRows: 25'));
    const { story } = await run('readAll');
    expect(notes(story)).toContainEqual(expect.objectContaining({ code: 'odata.pageDrift', text: expect.stringContaining('Catalog_Склады') }));
    await lines('odata.pageDrift', 'Catalog_Склады');
  });
});

test('odata 19: a package of what nobody reads is named by its types in the log and in the journal, confirmed, and the next one flows', async () => {
  const trade = await connect({ size: { rows: 5 } });
  const node = textOf(rowsIn(trade, plan)[1]?.['Ref_Key']);
  await apply(`
kind: Route
name: readChanges
connection: trade
operation: selectChanges
properties: {plan: ${plan}, node: "${node}", sets: [${catalog}]}
response: {messageNo: decimal, token: string, entries: decimal, changes: {type: object, array: true}, unsupported: {type: object, array: true}}
---
kind: Route
name: confirmChanges
connection: trade
operation: confirmChanges
properties: {plan: ${plan}, node: "${node}"}
request: {messageNo: decimal, token: string}
response: {confirmed: boolean}
---
kind: Scenario
name: takeChanges
on: {api: true}
runAs: system
steps:
  - send: {route: readChanges, message: {}, response: package}
  - send: {route: confirmChanges, message: {messageNo: =package.messageNo, token: =package.token}, response: done}
  - return: {response: {changes: =$count(package.changes), confirmed: =done.confirmed}}
`);
  changeIn(trade, 'Catalog_Склады', 0, 'Новый склад');
  const { answer, story } = await run('takeChanges');
  expect(answer.body).toMatchObject({ reply: { changes: 0, confirmed: true } });
  expect(notes(story)).toContainEqual(expect.objectContaining({ code: 'odata.changesUnsupported', text: expect.stringContaining('StandardODATA.Catalog_Склады: 1') }));
  expect(notes(story).map(({ code }) => code)).toContain('odata.packageConfirmed');
  await lines('odata.changesUnsupported', 'Catalog_Склады');
  changeIn(trade, catalog, 0, 'Нужный');
  expect((await run('takeChanges')).answer.body).toMatchObject({ reply: { changes: 1, confirmed: true } });
});

test('E-CONTRACT: rows that are not what the description promises are handed on, and the journal names their fields', async () => {
  await connect({ size: { rows: 5 }, quirks: { wrongTypes: true } });
  await apply(`kind: Route\nname: readPartners\nconnection: trade\noperation: query\nproperties: {set: ${catalog}}\nresponse: {rows: {type: object, array: true}}\n`, once('readPartnersNow', 'readPartners'));
  const { answer, story } = await run('readPartnersNow');
  expect(answer.text).toContain('"много"');
  expect(notes(story)).toContainEqual(expect.objectContaining({ code: 'odata.contractBroken', text: expect.stringContaining('ЧислоСотрудников: Edm.Int64 ← string') }));
});
