/** Large and awkward sets of a simulated 1C, read by scenarios. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { instantPace } from '../../demo/onec/pace.ts';
import { startQuick } from '../../demo/onec/testing/client.ts';
import type { Onec, OnecOptions } from '../../demo/onec/server.ts';
import { type Row, textOf } from '../../demo/onec/row.ts';
import { emptyRowOf } from '../onec/empty-row.ts';
import { noRealMetadata, realMetadata } from '../onec/onec-base.ts';
import { keysIn, onecConnection, partnerToAsk } from './onec-scene.ts';
import { Scene } from './platform.ts';
import { HeldRemote } from './two-nodes.ts';

const catalog = 'Catalog_Номенклатура';
const documents = 'Document_СчетНаОплату';

let scene: Scene;
let remote: HeldRemote;
let onec: Onec | undefined;

beforeAll(async () => {
  [scene, remote] = await Promise.all([Scene.start(), HeldRemote.start()]);
});

afterEach(async () => {
  remote.reset();
  await onec?.close();
  onec = undefined;
});

afterAll(async () => {
  await scene.close();
  await remote.close();
});

/** A simulated 1C, and a connection to it. Another name where the routes of other tests would name sets that are not there. */
async function connect(options: Partial<OnecOptions>, properties = '', name = 'trade'): Promise<Onec> {
  onec = await startQuick(options);
  await scene.apply(onecConnection(onec, properties, name), partnerToAsk(remote), `
kind: Template
name: Item
attributes: {key: {type: text, unique: true}, title: text}
`);
  return onec;
}

/** Reads a set to its end, so many pages at most, and keeps its keys as records. */
const reading = (name: string, set: string, properties: string, title: string, between = ''): string => `
kind: Route
name: ${name}Page
connection: trade
operation: scan
properties: {set: ${set}${properties}}
request: {cursor: string}
response: {rows: {type: object, array: true}, next: string, drift: boolean, read: decimal}
---
kind: Scenario
name: ${name}
on: {api: true}
runAs: system
steps:
  - variables: {set: place, values: {cursor: "", drifts: 0, ended: false}}
  - repeat:
      times: 60
      steps:
        - conditions:
            cases:
              - when: "=place.ended = false"
                steps:
                  - send: {route: ${name}Page, message: {cursor: =place.cursor}, response: page}
                  - forEach:
                      in: =page.rows
                      as: row
                      steps:
                        - upsert: {template: Item, by: {key: =row.Ref_Key}, set: {title: ${title}}}
                  - variables: {set: place, values: {cursor: =page.next, drifts: "=place.drifts + (page.drift ? 1 : 0)", ended: "=page.next = null", read: =page.read}}${between}
  - return: {response: {ended: =place.ended, drifts: =place.drifts, read: =place.read}}`;

const keys = async (): Promise<unknown[]> => (await scene.node.records('Item', '&sort=key')).map(({ key }) => key);

describe('a 1C base', () => {
  test('odata 15: that is cut off after five minutes gives entries of 6 MB one after another, none for more than a minute', async () => {
    const trade = await connect({ size: { rows: 8, partRows: 3 }, pace: { ...instantPace(), kilobyteMs: 4, timeScale: 0.03 } });
    for (const row of trade.base.rows(documents)) trade.base.write(documents, { ...row, 'Комментарий': 'я'.repeat(3 * 1024 * 1024) });
    await scene.apply(reading('heavy', documents, '', '=row.Number'));
    expect(await scene.node.run('heavy')).toMatchObject({ state: 'done', reply: { ended: true, drifts: 0, read: 8 } });
    expect(await keys()).toEqual(keysIn(trade, documents));
    expect(trade.counts().longestMs).toBeLessThan(60_000);
  });

  test('odata 16: rows that come while it is read cost a second reading of what has moved, and none is lost or doubled', async () => {
    const trade = await connect({ size: { rows: 120 } });
    await scene.apply(reading('moving', catalog, ', pageRows: 25', '=row.Description', `
                  - send: {route: ask, message: {text: page}, response: answered}`));
    remote.hold();
    const running = scene.node.run('moving');
    for (const name of ['Аа', 'Аб']) {
      await remote.callIsOut();
      const row: Row = { ...emptyRowOf(trade.base, catalog), Ref_Key: trade.base.newGuid(), Code: trade.base.newCode(catalog), Description: name, DataVersion: trade.base.nextVersion() };
      trade.base.write(catalog, row);
      remote.release();
      if (name === 'Аа') remote.hold();
    }
    const outcome = await running;
    expect(outcome).toMatchObject({ state: 'done', reply: { ended: true } });
    expect((outcome.reply as { drifts: number }).drifts).toBeGreaterThan(0);
    const found = await keys();
    expect(found.filter((key) => keysIn(trade, catalog).includes(String(key)))).toEqual(keysIn(trade, catalog));
  });
});

test('odata 47: half past eleven in the evening of Yekaterinburg, an empty date and an empty reference survive the way there and back', async () => {
  const trade = await connect({ size: { rows: 3 } }, ', timeZone: Asia/Yekaterinburg');
  const [first] = [...trade.base.rows(documents)];
  const zeros = '00000000-0000-0000-0000-000000000000';
  trade.base.write(documents, { ...first, Date: '2026-11-22T23:30:00', 'Склад_Key': zeros });
  const [partner] = [...trade.base.rows('Catalog_Контрагенты')];
  trade.base.write('Catalog_Контрагенты', { ...partner, 'ДатаРегистрации': '0001-01-01T00:00:00' });
  await scene.apply(`
kind: Route
name: getBill
connection: trade
operation: get
properties: {set: ${documents}}
request: {Ref_Key: string}
response: {row: {type: object}}
---
kind: Route
name: changeBill
connection: trade
operation: update
properties: {set: ${documents}}
onUnknown: repeat
request: {Ref_Key: string, Date: string, Склад_Key: string, Комментарий: string}
response: {row: {type: object}}
---
kind: Route
name: getPartner
connection: trade
operation: query
properties: {set: Catalog_Контрагенты, pageRows: 1000}
response: {rows: {type: object, array: true}}
---
kind: Scenario
name: thereAndBack
on: {api: true}
runAs: system
steps:
  - send: {route: getBill, message: {Ref_Key: =key}, response: read}
  - send: {route: changeBill, message: {Ref_Key: =key, Date: =read.row.Date, Склад_Key: "=read.row.Склад_Key", Комментарий: there}, response: written}
  - send: {route: getPartner, message: {}, response: partners}
  - return: {response: {date: =read.row.Date, store: "=read.row.Склад_Key", back: =written.row.Date, partners: =partners.rows}}
`);
  const { state, reply } = await scene.node.run('thereAndBack', { key: textOf(first?.['Ref_Key']) });
  const { partners, ...told } = reply as { partners: Record<string, unknown>[] };
  expect([state, told]).toEqual(['done', { date: '2026-11-22T18:30:00Z', store: null, back: '2026-11-22T18:30:00Z' }]);
  const kept = [...trade.base.rows(documents)].find((row) => row['Ref_Key'] === first?.['Ref_Key']);
  expect(kept).toMatchObject({ Date: '2026-11-22T23:30:00', 'Склад_Key': zeros, 'Комментарий': 'there' });
  expect(partners.find((row) => row['Ref_Key'] === partner?.['Ref_Key'])).toMatchObject({ 'ДатаРегистрации': null });
});

interface Discovered {
  path: string;
  kind: string;
  request: Record<string, { description?: string }>;
}

const discover = async (query: string, connection = 'trade'): Promise<Discovered[]> => (await scene.node.ask<{ objects: Discovered[] }>('GET', `/api/v1/connections/${connection}/discover?${query}`)).objects;

test('odata 7: the genuine description of 94 sets is understood: table parts, references, documents that can be posted', async (context) => {
  const metadata = realMetadata();
  if (metadata === undefined) return context.skip(noRealMetadata);
  const real = await connect({ metadata, size: { rows: 3 } }, '', 'genuine');
  const { text } = await scene.node.call('POST', '/api/v1/connections/genuine/check', { headers: { 'accept-language': 'en' } });
  expect(text).toContain('94 sets (Catalog ');
  expect(text).toContain('"result":"ok"');
  const objects = await discover('limit=1000', 'genuine');
  const kinds = new Map<string, number>();
  for (const { kind } of objects) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  expect([objects.length, [...kinds.values()].reduce((sum, count) => sum + count, 0)]).toEqual([94, 94]);
  const names = objects.map(({ path }) => path);
  // A part extends the name of its owner, but a name with "_" in it is no part for that alone.
  for (const { path, kind } of objects) if (kind === 'tablePart') expect(names.some((name) => path.startsWith(`${name}_`)), path).toBe(true);
  expect(objects.find(({ path }) => path === 'Document_СчетНаОплатуПокупателю')?.request['Товары']?.description).toBe('tablePart');
  await scene.apply(`
kind: Route
name: postBill
connection: genuine
operation: callFunction
properties: {set: Document_СчетНаОплатуПокупателю, name: Post}
onUnknown: repeat
request: {key: {type: object, fields: {Ref_Key: string}}}
response: {result: {type: object}}
---
kind: Scenario
name: postOne
on: {api: true}
runAs: system
steps:
  - send: {route: postBill, message: {key: {Ref_Key: =key}}, response: posted}
  - return: {response: {posted: =posted.result.Posted}}
`);
  const [bill] = keysIn(real, 'Document_СчетНаОплатуПокупателю');
  expect(await scene.node.run('postOne', { key: bill })).toMatchObject({ state: 'done', reply: { posted: true } });
});

const titles = (name: string, set: string): string => `
kind: Route
name: ${name}
connection: trade
operation: query
properties: {set: ${set}}
response: {rows: {type: object, array: true}}
---
kind: Scenario
name: ${name}Now
on: {api: true}
runAs: system
steps:
  - send: {route: ${name}, message: {}, response: page}
  - return: {response: {count: "=$count(page.rows)"}}`;

test('odata 8: a catalog whose name begins with "_" is found by its name and read', async () => {
  await connect({ size: { rows: 4 } });
  expect(await discover(`path=${encodeURIComponent('Catalog__ДоговорПоставки')}`)).toMatchObject([{ path: 'Catalog__ДоговорПоставки', kind: 'Catalog' }]);
  await scene.apply(titles('contracts', 'Catalog__ДоговорПоставки'));
  expect(await scene.node.run('contractsNow')).toMatchObject({ state: 'done', reply: { count: 4 } });
});

test('odata 49: where the rights on one set are missing, that alone fails, by its name', async () => {
  await scene.secret('trade', 'пароль');
  const unreadable = ['Catalog_Склады'];
  await connect({ size: { rows: 4 }, users: [{ login: 'Обмен', password: 'пароль', unreadable }] }, ', auth: basic, username: Обмен, password: "${secret:trade}"');
  await scene.apply(titles('stores', 'Catalog_Склады'), titles('partners', 'Catalog_Контрагенты'));
  const outcome = await scene.node.run('storesNow');
  expect(outcome).toMatchObject({ state: 'failed', failure: { code: 'odata.noRights', parameters: { set: 'Catalog_Склады' } } });
  expect(JSON.stringify(outcome)).not.toContain('пароль');
  expect(await scene.node.run('partnersNow')).toMatchObject({ state: 'done', reply: { count: 4 } });
});
