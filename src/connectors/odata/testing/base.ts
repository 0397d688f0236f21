/** A service for tests of the connector: it describes one set, and answers everything else as each test wants. */
import type { ServerResponse } from 'node:http';
import type { Receipt, Value } from '../../../sdk/index.ts';
import { callOf, contextOf, keepLog, sendOnce, type KeptLog, type Sample } from '../../../sdk/testing/context.ts';
import { startHttp, type SeenRequest, type TestServer } from '../../../sdk/testing/server.ts';
import definition from '../index.ts';
import type { ServiceContext } from '../service.ts';

const inside = `<Schema Namespace="N" xmlns="s"><EntityType Name="Item"><Key><PropertyRef Name="Id"/></Key><Property Name="Id" Type="Edm.String" Nullable="false"/>
<Property Name="Name" Type="Edm.String"/><Property Name="Count" Type="Edm.Int64"/><Property Name="Price" Type="Edm.Decimal"/>
<NavigationProperty Name="Parent" Type="N.Item"/><NavigationProperty Name="Children" Type="Collection(N.Item)"/></EntityType>
<EntityContainer Name="C"><EntitySet Name="Items" EntityType="N.Item"/></EntityContainer></Schema>`;

const described = (version: string, service: string, text = inside): string =>
  `<edmx:Edmx xmlns:edmx="e" Version="${version}"><edmx:DataServices DataServiceVersion="${service}">${text}</edmx:DataServices></edmx:Edmx>`;

export const documents = {
  v2: described('1.0', '2.0'),
  v4: described('4.0', ''),
  sap: described('1.0', '2.0').replace('<EntityType ', '<EntityType xmlns:sap="sap" sap:label="x" '),
  '1c': described('1.0', '3.0', inside.replaceAll('N.Item', 'StandardODATA.Item').replace('Namespace="N"', 'Namespace="StandardODATA"')),
} as const;

export interface Base extends TestServer {
  seen: SeenRequest[];
  log: KeptLog;
  /** `METHOD path`, decoded, of all requests but those for the description. */
  asked(): string[];
  send(operation: string, properties: Sample['properties'], request?: Value, hooks?: Parameters<typeof callOf>[1]): Promise<Receipt>;
  /** What the connector is given, for a test that opens parts of it itself. */
  context: ServiceContext;
}

/** One open connection for all calls of the test; `clock` may be the test's own. */
export async function startBase(
  dialect: keyof typeof documents, handle: (request: SeenRequest, response: ServerResponse) => void | Promise<void>,
  options: { properties?: Readonly<Record<string, unknown>>; clock?: Partial<ServiceContext['clock']>; dossier?: (url: string) => ServiceContext['dossier']; describe?: (request: SeenRequest, response: ServerResponse) => void } = {},
): Promise<Base> {
  const server = await startHttp((request, response) => {
    if (request.url.endsWith('/$metadata') && options.describe !== undefined) return options.describe(request, response);
    if (request.url.endsWith('/$metadata')) return void response.writeHead(200, { 'content-type': 'application/xml' }).end(documents[dialect]);
    return handle(request, response);
  });
  const log = keepLog();
  const made = contextOf(definition, { url: `${server.url}/odata/service`, ...options.properties }, { name: 'base', log });
  const dossier = options.dossier?.(`${server.url}/odata/service`);
  const context: ServiceContext = { ...made, clock: { ...made.clock, ...options.clock }, ...(dossier === undefined ? {} : { dossier }) };
  const open = definition.open(context);
  return {
    port: server.port,
    url: server.url,
    seen: server.seen,
    log,
    context,
    asked: () => server.seen.filter((seen) => !seen.url.endsWith('$metadata')).map((seen) => `${seen.method} ${decodeURIComponent(seen.url.replace('/odata/service/', ''))}`),
    send: (operation, properties, request = {}, hooks = {}) => sendOnce(open, callOf({ operation, properties, request }, hooks)),
    async [Symbol.asyncDispose]() {
      await open.close();
      await server[Symbol.asyncDispose]();
    },
  };
}
