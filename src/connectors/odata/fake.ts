/** A small OData service, made from public documents: rows in memory, in the dialect asked for, and ways to misbehave. */
import { answer, startHttp, type SeenRequest, type TestServer } from '../../sdk/testing/server.ts';
import type { ServerResponse } from 'node:http';

export interface FakeService extends TestServer {
  seen: SeenRequest[];
  /** Rows created so far. */
  created(): number;
  /** Names of the rows of the set `Words`, which are read by windows. */
  words: string[];
}

type Row = Record<string, unknown>;

/** `/service` holds the set `Items` of Id and Name. A row of the name `busy`, `refused`, `drop` or `hang` does that. */
export async function startService(token: string): Promise<FakeService> {
  const rows = new Map<number, Row>();
  let created = 0;
  const words = ['один', 'two', '3', '☃', 'five'];
  const server = await startHttp((request, response) => {
    if (request.headers.authorization !== `Bearer ${token}`) return answer(response, 401, { error: { code: '401', message: 'who are you?' } });
    const path = decodeURIComponent(request.url.split('?')[0] ?? '');
    if (path === '/service/$metadata') return answer(response, 200, metadata, { 'content-type': 'application/xml' });
    if (path === '/service/Words') return answer(response, 200, { value: windowOf(words, request.url) });
    if (path !== '/service/Items') return answer(response, 404, { error: { code: '404', message: 'no such resource' } });
    if (request.method === 'GET') return answer(response, 200, { value: [...rows.values()].slice(0, 100) });
    const name = /"Name":"(busy|refused|drop|hang)"/.exec(request.body)?.[1];
    if (name !== undefined) return misbehave(name, response);
    created += 1;
    const id = created;
    // What barely fits into a request would not fit into an answer with more around it.
    if (request.body.length > 1_000_000) return void response.writeHead(204, { 'odata-entityid': `Items(${id})` }).end();
    // The body is stored as it came, so that a test sees what went over the wire.
    const row = `{"@odata.etag":"W/\\"${id}\\"","Id":${id},${request.body.replace(/^\{(?:"Id":\d+,?)?/, '')}`.replace(/,\}$/, '}');
    rows.set(id, { Id: id });
    return answer(response, 201, row, { location: `Items(${id})` });
  });
  return Object.assign(server, { created: () => created, words });
}

function windowOf(words: readonly string[], url: string): readonly Row[] {
  const query = new URLSearchParams(url.split('?')[1]);
  const skip = Number(query.get('$skip') ?? 0);
  return words.map((Name, at) => ({ Id: at + 1, Name })).slice(skip, skip + Number(query.get('$top') ?? words.length));
}

function misbehave(name: string, response: ServerResponse): void {
  switch (name) {
    case 'busy': return answer(response, 429, { error: { code: '429', message: 'later' } }, { 'retry-after': '7' });
    case 'refused': return answer(response, 400, { error: { code: 'bad', message: 'never' } });
    case 'drop': response.socket?.destroy(); break;
    default: // never answers
  }
}

const metadata = `<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="Fake" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EntityType Name="Item"><Key><PropertyRef Name="Id"/></Key><Property Name="Id" Type="Edm.Int32" Nullable="false"/><Property Name="Name" Type="Edm.String"/></EntityType>
<EntityContainer Name="Container"><EntitySet Name="Items" EntityType="Fake.Item"/><EntitySet Name="Words" EntityType="Fake.Item"/></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>`;
