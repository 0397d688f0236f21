/** Scenarios that read and write a 1C base over OData. The base is a stub that answers as 1C is documented to. */
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { answer, startHttp, type SeenRequest } from '../../src/sdk/testing/server.ts';
import { Scene } from './platform.ts';

const guid = '2e11e0f0-fea6-45c1-8003-511ae023de33';

const description = `<edmx:Edmx xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx" Version="1.0"><edmx:DataServices>
<Schema Namespace="StandardODATA" xmlns="http://schemas.microsoft.com/ado/2009/11/edm">
<EntityType Name="Catalog_Контрагенты"><Key><PropertyRef Name="Ref_Key"/></Key><Property Name="Ref_Key" Type="Edm.Guid" Nullable="false"/><Property Name="DataVersion" Type="Edm.String"/>
<Property Name="Description" Type="Edm.String"/><Property Name="ИНН" Type="Edm.String"/><Property Name="Долг" Type="Edm.Int64"/></EntityType>
<EntityContainer Name="C"><EntitySet Name="Catalog_Контрагенты" EntityType="StandardODATA.Catalog_Контрагенты"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`;

let scene: Scene;
let base: Awaited<ReturnType<typeof startHttp>>;
let reply: (request: SeenRequest, response: ServerResponse) => void = () => undefined;

const asked = (): string[] => base.seen.filter(({ url }) => !url.endsWith('$metadata')).map(({ method, url, body }) => `${method} ${decodeURIComponent(url).replace('/trade/odata/standard.odata/', '')} ${body}`.trim());

beforeAll(async () => {
  scene = await Scene.start();
  base = await startHttp((request, response) => (request.url.endsWith('/$metadata') ? void response.writeHead(200, { 'content-type': 'application/xml' }).end(description) : reply(request, response)));
  await scene.apply(`
kind: Connection
name: trade
type: odata
properties: {url: "${base.url}/trade/odata/standard.odata"}
allow: [loopback]
---
kind: Route
name: readPartners
connection: trade
operation: query
properties: {set: Catalog_Контрагенты, select: [Description, ИНН, Долг], pageRows: 2, filter: {op: startsWith, field: ИНН, attribute: inn}}
request: {inn: string, cursor: string}
response: {rows: {type: object, array: true}, next: string}
---
kind: Route
name: createPartner
connection: trade
operation: create
properties: {set: Catalog_Контрагенты}
onUnknown: park
retry: {attempts: 1}
request: {Description: string, ИНН: string, Долг: decimal}
response: {row: {type: object}, differences: {type: object, array: true}}
---
kind: Template
name: Partner
attributes: {key: text, title: text, debt: number}
`);
});

afterAll(async () => {
  await scene.close();
  await base[Symbol.asyncDispose]();
});

beforeEach(() => {
  base.seen.length = 0;
});

describe('a 1C base in a scenario', () => {
  test('its rows become records, page after page, with every digit', async () => {
    const pages = [
      `{"value":[{"Ref_Key":"${guid}","Description":"Сокол","ИНН":"77","Долг":"9007199254740993"},{"Ref_Key":"2","Description":"О'Нил","ИНН":"78","Долг":"1"}]}`,
      '{"value":[{"Ref_Key":"3","Description":"Чайка","ИНН":"79","Долг":"0"}]}',
    ];
    reply = (_request, response) => answer(response, 200, pages.shift());
    await scene.apply(`
kind: Scenario
name: loadPartners
on: {api: true}
runAs: system
steps:
  - variables: {set: request, values: {inn: "7'"}}
  - send: {route: readPartners, message: =request, response: first}
  - variables: {set: following, values: {inn: "7'", cursor: =first.next}}
  - send: {route: readPartners, message: =following, response: second}
  - forEach:
      in: =$append(first.rows, second.rows)
      as: row
      steps:
        - create: {template: Partner, set: {key: =row.Ref_Key, title: =row.Description, debt: "=row.Долг"}}
`);
    expect(await scene.node.run('loadPartners')).toMatchObject({ state: 'done', failure: null });
    const question = "Catalog_Контрагенты?$filter=startswith(ИНН,'7''')&$select=Description,ИНН,Долг,Ref_Key&$orderby=Ref_Key&$top=2";
    expect(asked()).toEqual([`GET ${question}`, `GET ${question}&$skip=2`]);
    const answerText = (await scene.node.call('GET', '/api/v1/records/Partner?limit=10&sort=title')).text;
    expect(answerText).toContain('9007199254740993');
    expect((await scene.node.records('Partner', '&sort=title')).map(({ title }) => title)).toEqual(["О'Нил", 'Сокол', 'Чайка']);
  });

  test('what it refuses ends the run with its own words, and is not tried again', async () => {
    reply = (_request, response) => answer(response, 500, '{"odata.error":{"code":"-1","message":{"lang":"ru","value":"Значение \\"43\\" поля \\"Код\\" не уникально."}}}');
    await scene.apply(`
kind: Scenario
name: createPartnerNow
on: {api: true}
runAs: system
steps:
  - variables: {set: request, values: {Description: Новый, ИНН: "7700", Долг: 10}}
  - send: {route: createPartner, message: =request, response: made}
`);
    const outcome = await scene.node.run('createPartnerNow');
    expect(outcome).toMatchObject({ state: 'failed', failure: { code: 'odata.notUnique', parameters: { set: 'Catalog_Контрагенты', detail: 'HTTP 500, code -1, Значение "43" поля "Код" не уникально.' } } });
    expect(asked()).toEqual(['POST Catalog_Контрагенты {"Description":"Новый","ИНН":"7700","Долг":"10"}']);
  });
});
