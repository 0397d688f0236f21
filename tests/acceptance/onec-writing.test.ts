/** What a platform writes into a simulated 1C, through scenarios and the REST API, with a link that can be cut. */
import { createServer, request as httpRequest, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ownMetadata, startQuick } from '../../demo/onec/testing/client.ts';
import { type Row, rowsOf, textOf } from '../../demo/onec/row.ts';
import type { Onec } from '../../demo/onec/server.ts';
import { answer, startHttp } from '../../src/sdk/testing/server.ts';
import { onecConnection } from './onec-scene.ts';
import { eventually, Scene } from './platform.ts';

const user = { login: 'Обмен', password: 'секретный-пароль' };
const nobody = 'aaaaaaaa-0000-4000-8000-000000000001';
const partners = 'Catalog_Контрагенты';
const bills = 'Document_СчетНаОплату';

let scene: Scene;
let onec: Onec;
let link: Link;

/** Stands between the platform and 1C; it can lose the answer of the next write. */
interface Link {
  url: string;
  /** Methods and paths that went through. */
  seen: string[];
  /** What the last write carried. */
  body: string;
  cuts: number;
  /** In place of the description that 1C gives. */
  metadata: string | undefined;
  close(): Promise<void>;
}

async function startLink(to: URL): Promise<Link> {
  const server: Server = createServer((request, response) => {
    if (opened.metadata !== undefined && (request.url ?? '').endsWith('$metadata')) return void response.writeHead(200, { 'content-type': 'application/xml' }).end(opened.metadata);
    if (!(request.url ?? '').endsWith('$metadata')) opened.seen.push(`${request.method} ${decodeURIComponent(request.url ?? '').replace('/base/odata/standard.odata/', '')}`);
    const onward = httpRequest({ host: to.hostname, port: to.port, method: request.method, path: request.url, headers: { ...request.headers, host: to.host } }, (reply) => {
      const lost = request.method === 'POST' && opened.cuts > 0;
      if (lost) {
        opened.cuts -= 1;
        reply.resume().on('end', () => request.socket.destroy());
      } else {
        response.writeHead(reply.statusCode ?? 500, reply.headers);
        reply.pipe(response);
      }
    });
    if (request.method !== 'GET') opened.body = '';
    request.on('data', (chunk: Buffer) => void (opened.body += request.method === 'GET' ? '' : chunk.toString('utf8')));
    request.pipe(onward);
  });
  const opened: Link = { url: '', seen: [], body: '', cuts: 0, metadata: undefined, close: () => new Promise((resolve) => {
    server.closeAllConnections();
    server.close(() => resolve());
  }) };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  opened.url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}${to.pathname}`;
  return opened;
}

const all = (set: string): Row[] => [...onec.base.rows(set)];
const writes = (): string[] => link.seen.filter((line) => !line.startsWith('GET'));
const postedBill = (): Row => all(bills).find(({ Posted, DeletionMark }) => Posted === true && DeletionMark === false) ?? {};

/** Another number opens it anew. */
const tradeConnection = (requestsAtOnce: number): string => onecConnection(link, `, auth: basic, username: ${user.login}, password: "\${secret:onecPassword}", poolSize: ${requestsAtOnce}`);

const partnerFields = '{Description: string, ИНН: string, ЧислоСотрудников: string, ГоловнойКонтрагент_Key: string}';

const route = (name: string, operation: string, properties: string, more = '', request = partnerFields): string => `
kind: Route
name: ${name}
connection: trade
operation: ${operation}
properties: ${properties}
retry: {attempts: 3, firstMs: 10, maxMs: 20}
request: ${request}
response: {row: {type: object}, differences: {type: object, array: true}, warnings: {type: object, array: true}, checked: boolean, posted: boolean}
${more}`;

beforeAll(async () => {
  // As older releases describe themselves: lengths are not told, so texts are cut in silence.
  [scene, onec] = await Promise.all([Scene.start(), startQuick({ metadata: ownMetadata.replaceAll(/ MaxLength="\d+"/g, ''), users: [{ ...user, unreadable: ['Catalog__ДоговорПоставки'] }] })]);
  link = await startLink(new URL(onec.url));
  await scene.secret('onecPassword', user.password);
  await scene.apply(tradeConnection(3), `${route('createPartner', 'create', `{set: ${partners}}`, 'onUnknown: park')}
---${route('createStrange', 'create', `{set: ${partners}}`, 'onUnknown: park', '{Description: string, Нет: string}')}
---${route('createKnownPartner', 'create', `{set: ${partners}, verifyBy: [ИНН], verifyWaitMs: 50}`)}
---${route('updateBill', 'update', `{set: ${bills}}`, '', '{Ref_Key: string, Комментарий: string, Товары: {type: object, array: true}}')}
---${route('updatePostedBill', 'update', `{set: ${bills}, posting: unpostBeforeUpdate}`, '', '{Ref_Key: string, Комментарий: string, DeletionMark: boolean}')}
---${route('createExact', 'create', `{set: ${partners}}`, 'onUnknown: park', '{Description: string, ЧислоСотрудников: decimal, ЛимитДолга: decimal}')}
---${route('lookExact', 'get', `{set: ${partners}}`, '', '{Ref_Key: string}')}
---
kind: Template
name: Seen
attributes: {what: text, note: text}
---
kind: Template
name: Exact
attributes: {name: text, staff: number, limit: number}
---
kind: Scenario
name: exactOnce
on: {api: true}
runAs: system
steps:
  - send: {route: createExact, message: {Description: =inn, ЧислоСотрудников: =staff, ЛимитДолга: =limit}, response: made}
  - send: {route: lookExact, message: {Ref_Key: =made.row.Ref_Key}, response: seen}
  - create: {template: Exact, set: {name: =seen.row.Description, staff: =seen.row.ЧислоСотрудников, limit: =seen.row.ЛимитДолга}}
`);
});

afterAll(async () => {
  await scene.close();
  await link.close();
  await onec.close();
});

beforeEach(() => {
  link.seen.length = 0;
  link.cuts = 0;
  link.metadata = undefined;
});

/** Runs one call and writes down what came of it. */
async function call(name: string, message: object): Promise<{ outcome: Awaited<ReturnType<typeof scene.node.run>>; seen: string }> {
  await scene.apply(`
kind: Scenario
name: ${name}Once
on: {api: true}
runAs: system
steps:
  - variables: {set: request, values: ${JSON.stringify(message)}}
  - send: {route: ${name}, message: =request, response: made}
  - create: {template: Seen, set: {what: ${name}, note: "=$string({'row': made.row, 'differences': made.differences, 'warnings': made.warnings, 'posted': made.posted})"}}
`);
  const before = (await scene.node.records('Seen')).length;
  const outcome = await scene.node.run(`${name}Once`);
  const notes = await scene.node.records('Seen', '&sort=_createdAt');
  return { outcome, seen: notes.length === before ? '' : String(notes.at(-1)?.['note']) };
}

describe('a write', () => {
  test('odata 31: of 238 characters into 100 succeeds and says so, with both values', async () => {
    const long = 'я'.repeat(238);
    const { outcome, seen } = await call('createPartner', { Description: long, 'ИНН': '7701' });
    expect(outcome).toMatchObject({ state: 'done' });
    expect(JSON.parse(seen)).toMatchObject({ row: { Description: long.slice(0, 100) }, differences: [{ field: 'Description', sent: long, stored: long.slice(0, 100), kind: 'cut' }] });
    expect(all(partners).find((row) => row['ИНН'] === '7701')?.['Description']).toBe(long.slice(0, 100));
    // The journal notes it with the call, by its field; the values are in the body alone.
    const { calls } = await scene.node.message(outcome.id);
    expect(calls).toMatchObject([{ outcome: { kind: 'ok', notes: [{ code: 'odata.storedOtherwise', text: expect.stringContaining('Description: cut') }] } }]);
    expect(JSON.stringify(calls.map((one) => one.outcome))).toContain('я'.repeat(100));
    const shown = await scene.node.call('GET', `/api/v1/messages/${outcome.id}`);
    expect(shown.text).not.toContain('я'.repeat(100));
  });

  test('odata 32: of what the description does not warn of is found by reading back: a number that became 0, a field that is gone, a reference to nothing', async () => {
    // What we know of the base is of another day: a text that is a number now, and a field that is gone.
    link.metadata = ownMetadata.replace('<Property Name="ЧислоСотрудников" Type="Edm.Int64"', '<Property Name="БылоРаньше" Type="Edm.String"/><Property Name="ЧислоСотрудников" Type="Edm.String"');
    const before = all(partners)[0] ?? {};
    const sentTo = async (message: object) => {
      await scene.apply(onecConnection(link, `, auth: basic, username: ${user.login}, password: "\${secret:onecPassword}"`, 'aged'), route('updateBlindly', 'update', `{set: ${partners}, references: warn}`, 'onUnknown: repeat', '{Ref_Key: string, ЧислоСотрудников: string, БылоРаньше: string, ГоловнойКонтрагент_Key: string}').replace('connection: trade', 'connection: aged'));
      const { outcome, seen } = await call('updateBlindly', { Ref_Key: textOf(before['Ref_Key']), ...message });
      expect(outcome).toMatchObject({ state: 'done' });
      return (JSON.parse(seen) as { differences: { field: string; kind: string }[] }).differences;
    };
    expect(await sentTo({ 'ЧислоСотрудников': '12 человек' })).toMatchObject([{ field: 'ЧислоСотрудников', sent: '12 человек', stored: '0' }]);
    expect(await sentTo({ 'БылоРаньше': 'x' })).toMatchObject([{ field: 'БылоРаньше', sent: 'x', kind: 'ignored' }]);
    expect(await sentTo({ 'ГоловнойКонтрагент_Key': nobody })).toMatchObject([{ field: 'ГоловнойКонтрагент_Key', kind: 'brokenReference' }]);
  });

  test('odata 48: 9007199254740993 and 0.1 reach 1C and come back to the last digit', async () => {
    for (const [staff, limit] of [['9007199254740993', '0.1'], ['-9007199254740993', '0.3'], ['9223372036854775807', '123456789012.45']]) {
      const body = await scene.node.call('POST', '/api/v1/scenarios/exactOnce/runs', { raw: `{"variables":{"inn":"48${staff}","staff":${staff},"limit":${limit}}}` });
      expect(body.status, body.text).toBe(200);
      const made = all(partners).find((row) => row['Description'] === `48${staff}`);
      expect([made?.['ЧислоСотрудников'], made?.['ЛимитДолга']]).toEqual([staff, limit]);
      const { text } = await scene.node.call('GET', `/api/v1/records/Exact?eq=name:48${staff}`);
      expect(text).toMatch(new RegExp(`"staff":"?${staff}[",}]`));
      expect(text).toMatch(new RegExp(`"limit":"?${limit?.replace('.', '\\.')}0*[",}]`));
    }
  });

  test('odata 32: of a bad number, an unknown field or a reference to nothing is refused by name, and nothing is written', async () => {
    const before = all(partners).length;
    const strange = await call('createStrange', { Description: 'Плохой', 'Нет': 'x' });
    expect(strange.outcome).toMatchObject({ state: 'failed', failure: { code: 'odata.unknownField', parameters: { field: 'Нет', set: partners } } });
    for (const [message, code, parameters] of [
      [{ 'ЧислоСотрудников': 'много' }, 'connection.valueWrongType', { attribute: 'ЧислоСотрудников' }],
      [{ 'ЧислоСотрудников': '9223372036854775808' }, 'odata.numberOutOfRange', { field: 'ЧислоСотрудников' }],
      [{ 'ГоловнойКонтрагент_Key': nobody }, 'odata.brokenReference', { field: 'ГоловнойКонтрагент_Key', target: partners, key: nobody }],
    ] as const) {
      const { outcome } = await call('createPartner', { Description: 'Плохой', ...message });
      expect(outcome).toMatchObject({ state: 'failed', failure: { code, parameters } });
    }
    expect([writes(), all(partners).length]).toEqual([[], before]);
  });

  test('odata 54: takes a control character out and says which', async () => {
    const { seen } = await call('createPartner', { Description: 'Со\u0002кол', 'ИНН': '7702' });
    expect(JSON.parse(seen)).toMatchObject({ warnings: [{ code: 'odata.controlCharacter', field: 'Description', detail: '<02>' }] });
    expect(all(partners).find((row) => row['ИНН'] === '7702')).toMatchObject({ Description: 'Сокол' });
  });

  test('odata 30: sends the whole table part, numbered anew', async () => {
    const bill = all(bills)[0] ?? {};
    const goods = all('Catalog_Номенклатура').slice(0, 3).map(({ Ref_Key }) => textOf(Ref_Key));
    const lines = goods.map((key, index) => ({ LineNumber: index + 1, 'Номенклатура_Key': key, 'Количество': 1 }));
    await call('updateBill', { Ref_Key: textOf(bill['Ref_Key']), 'Товары': lines });
    const { seen } = await call('updateBill', { Ref_Key: textOf(bill['Ref_Key']), 'Товары': [lines[0], lines[2]] });
    expect(JSON.parse(seen)).toMatchObject({ differences: [] });
    expect(JSON.parse(link.body)).toMatchObject({ 'Товары': [{ LineNumber: expect.anything(), 'Номенклатура_Key': goods[0] }, { LineNumber: expect.anything(), 'Номенклатура_Key': goods[2] }] });
    expect(writes().every((line) => line.startsWith('PATCH'))).toBe(true);
    expect(rowsOf(onec.base.find(bills, bill)?.['Товары']).map((row) => [row['LineNumber'], row['Номенклатура_Key']])).toEqual([['1', goods[0]], ['2', goods[2]]]);
  });

  test('without a table part leaves that alone, though the schema declares it; an empty one clears it', async () => {
    const bill = all(bills)[0] ?? {};
    const [good = {}] = all('Catalog_Номенклатура');
    const lines = (): number => rowsOf(onec.base.find(bills, bill)?.['Товары']).length;
    await call('updateBill', { Ref_Key: textOf(bill['Ref_Key']), 'Товары': [{ LineNumber: 1, 'Номенклатура_Key': textOf(good['Ref_Key']), 'Количество': 1 }] });
    await call('updateBill', { Ref_Key: textOf(bill['Ref_Key']), 'Комментарий': 'без строк' });
    expect([lines(), onec.base.find(bills, bill)?.['Комментарий']]).toEqual([1, 'без строк']);
    await call('updateBill', { Ref_Key: textOf(bill['Ref_Key']), 'Товары': [] });
    expect(lines()).toBe(0);
  });

  test('odata 33: of a posted document unposts, changes and posts; a refused posting is told with the document', async () => {
    const { Ref_Key } = postedBill();
    const { seen } = await call('updatePostedBill', { Ref_Key: textOf(Ref_Key), 'Комментарий': 'новый' });
    expect(JSON.parse(seen)).toMatchObject({ posted: true });
    expect(writes().map((line) => line.replace(/^(\w+) .*'\)(.*)$/, '$1 $2'))).toEqual(['POST /Unpost', 'PATCH ', 'POST /Post?PostingModeOperational=false']);
    const { outcome } = await call('updatePostedBill', { Ref_Key: textOf(Ref_Key), DeletionMark: true });
    expect(outcome).toMatchObject({ failure: { code: 'odata.notPosted', parameters: { detail: expect.stringContaining('омеченный на удаление') } } });
    expect(onec.base.find(bills, { Ref_Key: Ref_Key ?? '' })).toMatchObject({ Posted: false, DeletionMark: true });
  });

  test('odata 36: that the configuration refuses is tried once', async () => {
    const { outcome } = await call('createPartner', { Description: 'Нельзя !отказ', 'ИНН': '7703' });
    expect(outcome).toMatchObject({ state: 'failed', failure: { code: 'odata.notWritten' } });
    expect(writes()).toEqual([`POST ${partners}`]);
  });
});

describe('odata 35: a create whose answer was lost', () => {
  const made = (inn: string): number => all(partners).filter((row) => row['ИНН'] === inn).length;

  test('is asked about and adopted: there is exactly one row, and the run goes on with it', async () => {
    link.cuts = 1;
    const { outcome, seen } = await call('createKnownPartner', { Description: 'Один', 'ИНН': '7711' });
    expect(outcome).toMatchObject({ state: 'done' });
    expect(JSON.parse(seen)).toMatchObject({ warnings: [{ code: 'odata.adopted', field: 'ИНН' }] });
    expect([made('7711'), writes()]).toEqual([1, [`POST ${partners}`]]);
  });

  test('as a delivery, too', async () => {
    await scene.apply(`
kind: Scenario
name: tellLater
on: {api: true}
runAs: system
steps:
  - variables: {set: request, values: {Description: Позже, ИНН: "7712"}}
  - send: {route: createKnownPartner, message: =request}
`);
    link.cuts = 1;
    expect(await scene.node.run('tellLater')).toMatchObject({ state: 'done' });
    await eventually('the row', async () => made('7712') === 1 && link.seen.some((line) => line.includes("'7712'")));
    await eventually('the delivery is done', async () => (await scene.sql.query("SELECT 1 FROM zveno.message WHERE direction = 'out' AND state = 'done'")).rowCount === 1);
    expect(made('7712')).toBe(1);
  });

  test('of which two rows may have come waits for a person who is told both', async () => {
    for (const Description of ['А', 'Б']) await call('createPartner', { Description, 'ИНН': '7713' });
    link.cuts = 1;
    const { outcome } = await call('createKnownPartner', { Description: 'В', 'ИНН': '7713' });
    expect(outcome).toMatchObject({ failure: { code: 'run.undecided' } });
    expect(JSON.stringify(outcome)).toContain('Ref_Key=');
  });

  test('is not even published without a rule to ask by', async () => {
    const { code, err } = await scene.tryApply(route('askNothing', 'create', `{set: ${partners}}`, 'onUnknown: verify'));
    expect(code).not.toBe(0);
    expect(err).toContain('verifyBy');
  });
});

describe('the check of a connection', () => {
  // One stage a line, as it becomes known, and the result as the last.
  const stagesIn = (text: string): Stage[] => text.trim().split('\n').map((line): Stage => JSON.parse(line)).filter(({ stage }) => stage !== undefined);
  interface Stage { stage: string; state: string; failure?: { code: string; text: string; parameters?: Record<string, unknown> }; detail?: string }
  const check = async (properties: object, allow = ['loopback']): Promise<{ last: Stage | undefined; text: string }> => {
    const { text } = await scene.node.call('POST', '/api/v1/connections/check', { body: { name: 'fresh', type: 'odata', properties, allow } });
    return { last: stagesIn(text).at(-1), text };
  };
  const checkTrade = async (): Promise<Stage[]> => stagesIn((await scene.node.call('POST', '/api/v1/connections/trade/check')).text);
  const signIn = (password: string) => ({ url: link.url, auth: 'basic', username: user.login, password });

  test('odata 1: of one saved without its suffix offers that; saved with it, its metadata are loaded with the sets of each kind', async () => {
    const saved = (url: string) => scene.apply(onecConnection({ url }, `, auth: basic, username: ${user.login}, password: "\${secret:onecPassword}"`, 'saved'));
    await saved(link.url.replace('/odata/standard.odata', ''));
    const stages = stagesIn((await scene.node.call('POST', '/api/v1/connections/saved/check')).text);
    const suggestion = stages.at(-1)?.failure?.parameters?.['suggestion'];
    expect(stages.at(-1)).toMatchObject({ state: 'failed', failure: { code: 'odata.addressSuffix' } });
    await saved(String(suggestion));
    expect((await scene.node.call('POST', '/api/v1/connections/saved/metadata/refresh')).text).toMatch(/"result":"(?:un)?changed"/);
    const { kinds, objects, findings } = await scene.node.ask<{ kinds: { kind: string; objects: number; tableParts: number }[]; objects: number; findings: unknown[] }>('GET', '/api/v1/connections/saved/metadata');
    expect(findings).toEqual([]);
    const published = [...onec.base.roles.values()];
    expect(objects).toBe(published.length);
    for (const kind of ['Catalog', 'Document', 'InformationRegister', 'AccumulationRegister', 'ExchangePlan', 'Constant']) {
      const ofKind = published.filter(({ set }) => set.startsWith(`${kind}_`));
      const counted = kinds.find((each) => each.kind === kind);
      expect((counted?.objects ?? 0) + (counted?.tableParts ?? 0), kind).toBe(ofKind.length);
    }
  });

  test('odata 1: offers the suffix, and with it counts the sets of each kind', async () => {
    expect((await check({ ...signIn(user.password), url: link.url.replace('/odata/standard.odata', '') })).last).toMatchObject({ state: 'failed', failure: { code: 'odata.addressSuffix', parameters: { suggestion: link.url } } });
    expect((await check(signIn(user.password))).text).toMatch(/Catalog \d+, Document 1/);
  });

  test('odata 2, 3: a Cyrillic sign-in works, and a wrong password is told and printed nowhere', async () => {
    expect((await check(signIn(user.password))).last).toMatchObject({ state: 'ok' });
    const { last, text } = await check(signIn('чужой-пароль'));
    expect(last).toMatchObject({ stage: 'authentication', failure: { code: 'odata.signInRefused' } });
    expect(text).not.toContain('чужой-пароль');
    // A run that is refused for it leaves it in no trace and no table either.
    await scene.secret('onecPassword', 'чужой-пароль');
    await scene.apply(tradeConnection(1));
    try {
      const { outcome } = await call('createPartner', { Description: 'Никто', 'ИНН': '7721' });
      expect(outcome).toMatchObject({ state: 'failed', failure: { code: 'connection.authenticationFailed' } });
      const story = await scene.node.call('GET', `/api/v1/messages/${outcome.id}?payload=true`);
      expect([story.status, story.text.includes('connection.authenticationFailed')]).toEqual([200, true]);
      for (const told of [story.text, (await scene.node.call('GET', '/api/v1/messages?limit=100')).text, (await scene.node.call('GET', '/api/v1/connections/trade')).text]) {
        for (const spelling of ['чужой-пароль', encodeURIComponent('чужой-пароль'), Buffer.from(`${user.login}:чужой-пароль`).toString('base64')]) expect(told).not.toContain(spelling);
      }
    } finally {
      await scene.secret('onecPassword', user.password);
      await scene.apply(tradeConnection(2));
    }
  });

  test('odata 4, 5: a page for signing in and an empty composition are told apart', async () => {
    onec.turn(['htmlSignIn=on']);
    const { last, text } = await check(signIn('чужой'));
    expect(last).toMatchObject({ failure: { code: 'odata.htmlPage', text: expect.stringContaining('1С:Предприятие') } });
    expect(text).not.toMatch(/SyntaxError|Unexpected token|\n\s+at /);
    onec.turn(['htmlSignIn=off', 'emptyComposition=on']);
    try {
      const stages = await checkTrade();
      expect(stages.at(-1)).toMatchObject({ stage: 'permission', failure: { code: 'odata.emptyComposition' } });
      expect(JSON.stringify(stages)).toContain('Метаданные.Справочники.Контрагенты');
    } finally {
      onec.turn(['emptyComposition=off']);
    }
  });

  test('odata 6: an address of our own is refused before anything is asked', async () => {
    const before = onec.counts().requests;
    for (const url of [link.url, link.url.replace('127.0.0.1', 'localhost'), link.url.replace('127.0.0.1', '[::1]')]) {
      expect((await check({ ...signIn(user.password), url }, [])).last).toMatchObject({ stage: 'address', failure: { code: 'connection.addressForbidden' } });
    }
    expect(onec.counts().requests).toBe(before);
  });

  test('odata 49: a set that a route uses and the user may not read is named; other routes work', async () => {
    await scene.apply(route('createContract', 'create', '{set: Catalog__ДоговорПоставки}', 'onUnknown: park', '{Description: string}'));
    const stages = await checkTrade();
    expect(stages.at(-1)).toMatchObject({ stage: 'sample', failure: { code: 'odata.noRights' } });
    expect(JSON.stringify(stages.at(-1))).toContain('Catalog__ДоговорПоставки');
    expect((await call('createPartner', { Description: 'Можно', 'ИНН': '7720' })).outcome).toMatchObject({ state: 'done' });
  });
});

test('odata 53: a service that answers 200 with a sum of bits ends the run with every reason, with a negative code by that one', async () => {
  let result = 65;
  await using signer = await startHttp((_request, response) => answer(response, 200, { result }));
  await scene.apply(`
kind: Connection
name: signer
type: http-out
properties: {url: "${signer.url}"}
allow: [loopback]
---
kind: Route
name: verifySignature
connection: signer
operation: call
properties: {path: VerifySignature, resultCodes: {at: result, codes: {"-12": integrity}, bits: {"1": chain, "64": revocation}}}
onUnknown: park
request: {signed: string}
response: {result: integer}
---
kind: Scenario
name: verifyNow
on: {api: true}
runAs: system
steps:
  - variables: {set: request, values: {signed: x}}
  - send: {route: verifySignature, message: =request, response: verdict}
`);
  expect(await scene.node.run('verifyNow')).toMatchObject({ state: 'failed', failure: { code: 'connection.resultCode', parameters: { reasons: '1: chain; 64: revocation' } } });
  result = -12;
  expect(await scene.node.run('verifyNow')).toMatchObject({ state: 'failed', failure: { code: 'connection.resultCode', parameters: { reasons: '-12: integrity' } } });
  result = 0;
  expect(await scene.node.run('verifyNow')).toMatchObject({ state: 'done' });
});
