/** Routes that the platform reads by itself: a simulated 1C page by page, its exchange plan, and a table that is polled. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { textOf, type Row } from '../../demo/onec/row.ts';
import type { Onec } from '../../demo/onec/server.ts';
import { startQuick } from '../../demo/onec/testing/client.ts';
import { describeWith } from '../services/describe-with.ts';
import { serviceOrSkip } from '../services/start-service.ts';
import { changeIn, onecConnection, rowsIn } from './onec-scene.ts';
import { eventually, Scene } from './platform.ts';

interface Source {
  state: string;
  dueAt: string | null;
  readAt: string | null;
  cursor: unknown;
  lastPages: number;
  pages: number;
  messages: number;
  attempts: number;
  failure: { code: string } | null;
}

const catalog = 'Catalog_Контрагенты';
const plan = 'ExchangePlan_ОбменССайтом';

let scene: Scene;
let onec: Onec;

const source = (route: string): Promise<Source> => scene.node.ask('GET', `/api/v1/sources/${route}`);
const isIdle = async (route: string): Promise<boolean> => (await source(route)).state !== 'reading' && (await scene.sql.query('SELECT 1 FROM zveno.inbox_queue')).rowCount === 0;

/** Reads all there is, and waits until its messages are handled. */
async function read(route: string): Promise<Source> {
  const before = (await source(route)).readAt;
  await scene.node.ask('POST', `/api/v1/sources/${route}/run`);
  await eventually(`${route} is read`, async () => (await source(route)).readAt !== before && (await isIdle(route)));
  return source(route);
}

const rowsOf = (set: string): Row[] => rowsIn(onec, set);
const change = (place: number, Description: string): void => changeIn(onec, catalog, place, Description);

beforeAll(async () => {
  [scene, onec] = await Promise.all([Scene.start(), startQuick({ size: { rows: 25 } })]);
  const node = textOf(rowsOf(plan)[1]?.['Ref_Key']);
  await scene.apply(onecConnection(onec, ', dialect: 1c'), `
kind: Route
name: partners
connection: trade
operation: readRows
properties: {set: ${catalog}, select: [Description], pageRows: 10}
retry: {firstMs: 50, maxMs: 100}
---
kind: Route
name: changes
connection: trade
operation: readChanges
properties: {plan: ${plan}, node: "${node}", sets: [${catalog}]}
---
kind: Template
name: Partner
attributes: {key: {type: text, unique: true}, title: text}
---
kind: Scenario
name: takePartners
on: {message: partners}
runAs: system
steps:
  - forEach: {in: =message.rows, as: row, steps: [{upsert: {template: Partner, by: {key: =row.Ref_Key}, set: {title: =row.Description}}}]}
---
kind: Scenario
name: takeChanges
on: {message: changes}
runAs: system
steps:
  - forEach: {in: "=message.changes[removed = false]", as: change, steps: [{upsert: {template: Partner, by: {key: =change.key.Ref_Key}, set: {title: =change.row.Description}}}]}
`);
});

afterAll(async () => {
  await scene.close();
  await onec.close();
});

describe('a set of a 1C base', () => {
  test('T22: 25 rows by pages of 10 are three requests, and become 25 records', async () => {
    expect(await source('partners')).toMatchObject({ state: 'manual', readAt: null, cursor: null });
    await scene.node.call('GET', '/api/v1/sources');
    const before = onec.counts().requests;
    const { lastPages, messages } = await read('partners');
    expect([lastPages, messages]).toEqual([3, 3]);
    // One more for the description of the service.
    expect(onec.counts().requests - before).toBe(4);
    expect(new Set((await scene.node.records('Partner')).map(({ key }) => key))).toEqual(new Set(rowsOf(catalog).map((row) => textOf(row['Ref_Key']))));
  });

  test('T22: read again, nothing is created twice, and only what changed is changed', async () => {
    change(4, 'Переименован');
    const { rows: [{ last }] } = await scene.sql.query('SELECT max(seq)::int AS last FROM zveno.record_change');
    await read('partners');
    const { rows } = await scene.sql.query('SELECT op, count(*)::int AS count FROM zveno.record_change WHERE seq > $1 GROUP BY op', [last]);
    expect(rows).toEqual([{ op: 'update', count: 1 }]);
    expect(await scene.node.records('Partner', `&eq=title:${encodeURIComponent('Переименован')}`)).toHaveLength(1);
    expect(await scene.node.records('Partner')).toHaveLength(25);
  });

  test('that cannot be read says why, is tried again later and later, and goes on when it can', async () => {
    const pages = (await source('partners')).pages;
    await scene.apply(`
kind: Route
name: partners
connection: trade
operation: readRows
properties: {set: Catalog_Нет, pageRows: 10}
retry: {firstMs: 50, maxMs: 100}
`);
    await scene.node.ask('POST', '/api/v1/sources/partners/run');
    await eventually('a second attempt', async () => (await source('partners')).attempts >= 2);
    expect(await source('partners')).toMatchObject({ state: 'failing', failure: { code: 'odata.unknownSet' }, pages });
    await scene.apply(`
kind: Route
name: partners
connection: trade
operation: readRows
properties: {set: ${catalog}, select: [Description], pageRows: 10}
retry: {firstMs: 50, maxMs: 100}
`);
    await eventually('it is read', async () => (await source('partners')).pages === pages + 3);
    expect(await source('partners')).toMatchObject({ attempts: 0, failure: null });
  });
});

test('changes of an exchange plan are confirmed once they are durable, and come once', async () => {
  change(7, 'Изменён в 1С');
  await read('changes');
  expect(await scene.node.records('Partner', `&eq=title:${encodeURIComponent('Изменён в 1С')}`)).toHaveLength(1);
  const { messages } = await source('changes');
  expect((await read('changes')).messages).toBe(messages);
});

describe('people', () => {
  test('are told what a reset of the cursor means before it is done', async () => {
    const refused = await scene.node.call('POST', '/api/v1/sources/partners/reset', { body: {} });
    expect(refused).toMatchObject({ status: 409, body: { code: 'source.resetUnconfirmed' } });
    expect(refused.text).toMatch(/comes again|придёт ещё раз/);
    expect(await scene.node.ask('POST', '/api/v1/sources/partners/reset', { confirm: true })).toMatchObject({ cursor: null });
  });

  test('pause a source and let it go on', async () => {
    expect(await scene.node.ask('POST', '/api/v1/sources/partners/pause')).toMatchObject({ state: 'paused' });
    expect(await scene.node.call('POST', '/api/v1/sources/partners/run')).toMatchObject({ status: 409, body: { code: 'source.paused' } });
    expect(await scene.node.ask('POST', '/api/v1/sources/partners/resume')).toMatchObject({ state: 'manual' });
  });

  test('learn that a route is unknown, or is none that is read', async () => {
    expect(await scene.node.call('GET', '/api/v1/sources/nothing')).toMatchObject({ status: 404, body: { code: 'route.unknown' } });
    await scene.apply('kind: Route\nname: ask\nconnection: trade\noperation: get\nproperties: {set: Catalog_Контрагенты}\n');
    expect(await scene.node.call('GET', '/api/v1/sources/ask')).toMatchObject({ status: 422, body: { code: 'source.notSource' } });
  });

  test.each([
    ['{every: 5 minutes}', 'schedule.every'],
    ['{every: 0s}', 'schedule.every'],
    ['{cron: "61 * * * *"}', 'schedule.cron'],
    ['{cron: "0 9 * * *", zone: Mars/Base}', 'schedule.zone'],
    ['{every: 5m, cron: "0 9 * * *"}', 'schedule.paceExpected'],
    ['{}', 'schedule.paceExpected'],
    ['{every: 5m, missed: sometimes}', 'config.notAllowed'],
  ])('are refused the schedule %s', async (schedule, code) => {
    const answer = await scene.node.call('POST', '/api/v1/configuration/plan', { body: { documents: [`kind: Route\nname: partners\nconnection: trade\noperation: readRows\nproperties: {set: ${catalog}}\nschedule: ${schedule}\n`] } });
    expect(answer.text).toContain(code);
  });

  test('are refused a schedule for a route that others call', async () => {
    const answer = await scene.node.call('POST', '/api/v1/configuration/plan', { body: { documents: [`kind: Route\nname: ask\nconnection: trade\noperation: get\nproperties: {set: ${catalog}}\nschedule: {every: 5m}\n`] } });
    expect(answer.text).toContain('schedule.notSource');
  });
});

const found = await serviceOrSkip('postgres');

afterAll(() => found.service?.stop());

describeWith('with an external PostgreSQL', found, (service) => {
  let remote: pg.Pool;

  beforeAll(async () => {
    remote = new pg.Pool({ connectionString: service.url, max: 1 });
    remote.on('error', () => undefined);
    await scene.secret('ordersDb', service.password);
    await remote.query("CREATE TABLE incoming (id bigint GENERATED ALWAYS AS IDENTITY, number text NOT NULL); INSERT INTO incoming (number) SELECT 'N-' || n FROM generate_series(1, 5) AS n");
    const { hostname, port, pathname, username } = new URL(service.url);
    await scene.apply(`
kind: Connection
name: ordersDb
type: sql
properties: {host: ${hostname}, port: ${port}, database: ${pathname.slice(1)}, user: ${username}, password: "\${secret:ordersDb}", tls: "off"}
allow: [loopback]
---
kind: Route
name: polled
connection: ordersDb
operation: poll
properties: {sql: "SELECT number FROM incoming ORDER BY id", resultAttribute: Orders}
schedule: {every: 1s}
---
kind: Route
name: followed
connection: ordersDb
operation: poll
properties: {sql: "SELECT id, number FROM incoming WHERE id > :since", sinceColumn: id, resultAttribute: Orders, limit: 2}
---
kind: Template
name: Poll
attributes: {numbers: text}
---
kind: Scenario
name: takePolled
on: {message: polled}
runAs: system
steps: [{create: {template: Poll, set: {numbers: "=$join(message.Orders.number, \\" \\")"}}}]
---
kind: Template
name: Incoming
attributes: {number: text}
---
kind: Scenario
name: takeFollowed
on: {message: followed}
runAs: system
steps: [{forEach: {in: =message.Orders, as: row, steps: [{create: {template: Incoming, set: {number: =row.number}}}]}}]
`);
  });

  afterAll(() => remote.end());

  test('C03: each poll fires a message with the rows under its array attribute', async () => {
    await eventually('two polls', async () => (await scene.node.records('Poll')).length >= 2);
    const status = await source('polled');
    expect(['active', 'reading']).toContain(status.state);
    expect(status.messages).toBeGreaterThanOrEqual(2);
    expect(new Set((await scene.node.records('Poll')).map(({ numbers }) => numbers))).toEqual(new Set(['N-1 N-2 N-3 N-4 N-5']));
    expect(await scene.node.ask('POST', '/api/v1/sources/polled/pause')).toMatchObject({ state: 'paused' });
  });

  test('a growing column makes each row come once, though the table grows', async () => {
    expect(await read('followed')).toMatchObject({ lastPages: 3 });
    await remote.query("INSERT INTO incoming (number) VALUES ('N-6')");
    await read('followed');
    expect((await scene.node.records('Incoming', '&sort=number')).map(({ number }) => number)).toEqual(['N-1', 'N-2', 'N-3', 'N-4', 'N-5', 'N-6']);
  });

  test.each([
    ['{sql: "DELETE FROM incoming WHERE id = 1"}', 'only SELECT can be polled'],
    ['{sql: "SELECT 1 WHERE id > :since"}', ':since and sinceColumn need each other'],
    ['{sql: "SELECT id FROM incoming", sinceColumn: id}', ':since and sinceColumn need each other'],
    ['{sql: "SELECT id FROM incoming WHERE id > :since AND number = :number", sinceColumn: id}', ':number has no value here'],
    ['{sql: "SELECT 1;"}', '; at the end'],
  ])('a poll of %s is refused when it is published', async (properties, detail) => {
    const answer = await scene.node.call('POST', '/api/v1/configuration/plan', { body: { documents: [`kind: Route\nname: odd\nconnection: ordersDb\noperation: poll\nproperties: ${properties}\n`] } });
    expect(answer.text).toContain(detail);
  });
});
