/**
 * Serves pages that are ready-made, so that what is measured is their reader: `/1c` and `/v4` are services with one set, cut by
 * `$skip`; `/flood` gives one answer of as many bytes as asked for. Its first line is its port as JSON.
 */
import { createServer, type ServerResponse } from 'node:http';
import { once } from 'node:events';

export const pageRows = 1_000;

const description = (version: string, namespace: string): string => `<edmx:Edmx xmlns:edmx="e" Version="${version}"><edmx:DataServices><Schema Namespace="${namespace}" xmlns="s">
<EntityType Name="Catalog_Партнеры"><Key><PropertyRef Name="Ref_Key"/></Key><Property Name="Ref_Key" Type="Edm.Guid" Nullable="false"/><Property Name="DataVersion" Type="Edm.String"/>
<Property Name="Code" Type="Edm.String"/><Property Name="Description" Type="Edm.String"/><Property Name="DeletionMark" Type="Edm.Boolean"/><Property Name="Parent_Key" Type="Edm.Guid"/><Property Name="ИНН" Type="Edm.String"/>
<Property Name="Создан" Type="Edm.DateTime"/><Property Name="Лимит" Type="Edm.Double"/><Property Name="Счетчик" Type="Edm.Int64"/><Property Name="Вид" Type="Edm.String"/><Property Name="Основание" Type="Edm.String"/><Property Name="Основание_Type" Type="Edm.String"/>
<Property Name="Контакты" Type="Collection(${namespace}.Контакт_RowType)"/></EntityType>
<ComplexType Name="Контакт_RowType"><Property Name="LineNumber" Type="Edm.Int64"/><Property Name="Тип" Type="Edm.String"/><Property Name="Представление" Type="Edm.String"/></ComplexType>
<EntityContainer Name="C"><EntitySet Name="Catalog_Партнеры" EntityType="${namespace}.Catalog_Партнеры"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`;

const guid = (number: number): string => `a0000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

function rowText(number: number, dialect: string): string {
  const line = (index: number): string => `{"LineNumber":${dialect === '1c' ? `"${index}"` : index},"Тип":"Телефон","Представление":"+7 900 ${1_000_000 + number + index}"}`;
  return `{"Ref_Key":"${guid(number)}","DataVersion":"AAAAAAAA${number}","Code":"00-${String(number).padStart(6, '0')}","Description":"ООО Насос северный ${number}","DeletionMark":${number % 53 === 0},"Parent_Key":"${guid(number >> 3)}","ИНН":"77${String(number).padStart(8, '0')}","Создан":"2019-03-${10 + (number % 18)}T12:30:00","Лимит":${(number % 100_000) / 100},"Счетчик":${dialect === '1c' ? `"${number * 7}"` : number * 7},"Вид":"ЮридическоеЛицо","Основание":"${guid(number + 5)}","Основание_Type":"StandardODATA.Catalog_Партнеры","Контакты":[${line(1)},${line(2)}]}`;
}

/** Only the first row differs from page to page: a reader that meets a page again stops. */
function pageOf(dialect: string): (page: number) => readonly [string, Buffer] {
  const rest = Buffer.from(`${Array.from({ length: pageRows - 1 }, (_each, index) => `,${rowText(index + 1, dialect)}`).join('')}]}`);
  return (page) => [`{"value":[${rowText(page * pageRows, dialect)}`, rest];
}

const pages = { '1c': pageOf('1c'), v4: pageOf('v4') };

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://x');
  const [, dialect = '', , last = ''] = url.pathname.split('/');
  if (url.pathname === '/flood') return void flood(response, Number(url.searchParams.get('bytes')));
  if (last === '$metadata' || url.pathname.endsWith('$metadata')) return void response.end(dialect === '1c' ? description('1.0', 'StandardODATA') : description('4.0', 'N'));
  const [first, rest] = pages[dialect === '1c' ? '1c' : 'v4'](Number(url.searchParams.get('$skip') ?? 0) / pageRows);
  response.setHeader('content-type', 'application/json;charset=utf-8');
  response.write(first);
  response.end(rest);
});

async function flood(response: ServerResponse, bytes: number): Promise<void> {
  const [first, rest] = pages['1c'](0);
  const more = Buffer.concat([Buffer.from(`,${rowText(0, '1c')}`), rest.subarray(0, -2)]);
  response.setHeader('content-type', 'application/json;charset=utf-8');
  response.write(first);
  for (let sent = 0; sent < bytes && !response.destroyed; sent += more.length) if (!response.write(more)) await once(response, 'drain').catch(() => undefined);
  response.end(']}');
}

// Imported by the benchmark for the size of a page, started by it as a process.
if (import.meta.main) {
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    process.stdout.write(`${JSON.stringify({ port: typeof address === 'object' ? address?.port : 0 })}\n`);
  });
  process.once('SIGTERM', () => {
    server.closeAllConnections();
    server.close();
  });
}
