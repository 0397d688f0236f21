/** Troubles of one installation, each a switch, and what is rarely asked for. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { instantPace } from './pace.ts';
import { quirkNames, quirkTable } from './quirks.ts';
import type { Onec } from './server.ts';
import { Client, codeOf, ownMetadata, startQuick } from './testing/client.ts';

const partners = 'Catalog_Контрагенты';
const stock = 'AccumulationRegister_ОстаткиТоваров';
const refused = { Description: 'Кто !отказ' };

let onec: Onec;
let client: Client;

beforeAll(async () => {
  onec = await startQuick();
  client = new Client(onec);
});
afterAll(() => onec.close());
afterEach(() => void onec.turn(quirkNames.map((name) => `${name}=${quirkTable[name].on ? 'on' : 'off'}`)));

const message = (json: Record<string, unknown>): string => (json['odata.error'] as { message: { value: string } }).message.value;

test('an exception may come as JSON inside the message, in base64, or both', async () => {
  onec.turn(['nestedErrors']);
  const nested = (await client.send('POST', partners, {}, refused)).json;
  expect(JSON.parse(message(nested))).toEqual({ exception: { descr: 'Ошибка при выполнении запроса', cause: { descr: 'Не удалось записать: "Кто !отказ"!' } } });
  onec.turn(['encodedErrors']);
  const both = (await client.send('POST', partners, {}, refused)).json;
  expect(Buffer.from(message(both), 'base64').toString()).toBe(message(nested));
  expect(message((await client.get('Нет')).json)).toContain('Нет');
});

test.each([
  ['closedFieldsFail', 'POST', partners, { Predefined: true }, {}, 400, '16'],
  ['loadModeRefused', 'POST', partners, { Description: 'x' }, { '1c_odata-dataloadmode': 'true' }, 400, '17'],
  ['duplicateNames', 'GET', stock, undefined, {}, 500, '18'],
  ['fileBaseLocked', 'POST', partners, { Description: 'x' }, {}, 500, undefined],
  ['moduleMissing', 'GET', '', undefined, {}, 500, undefined],
])('%s answers %s %s with its status and code, and only while it is on', async (quirk, method, path, body, headers, status, code) => {
  expect((await client.send(method, path, {}, body, headers)).status).toBeLessThan(300);
  onec.turn([quirk]);
  const reply = await client.send(method, path, {}, body, headers);
  expect([reply.status, codeOf(reply)]).toEqual([status, code]);
  if (code === undefined) expect(reply.headers.get('content-type')).toContain('html');
});

test('a Condition that compares the recorder finds nothing', async () => {
  const Condition = "'Recorder ne ''x'''";
  expect(await client.rows(`${stock}/Balance(Condition=${Condition})`)).toEqual([]);
  onec.turn(['recorderConditionEmpty=off']);
  expect((await client.rows(`${stock}/Balance(Condition=${Condition})`)).length).toBeGreaterThan(0);
});

test('BalanceAndTurnovers begins where Balance was and ends where it is', async () => {
  const at = "datetime'2015-01-02T00:00:00'";
  const byItem = (rows: Record<string, unknown>[]): Map<unknown, Record<string, unknown>> => new Map(rows.map((row) => [row['Номенклатура_Key'], row]));
  const both = byItem(await client.rows(`${stock}/BalanceAndTurnovers(StartPeriod=${at})`));
  const whole = byItem(await client.rows(`${stock}/Balance()`));
  expect(both.size).toBe(whole.size);
  for (const [item, row] of both) {
    expect(row['КоличествоClosingBalance']).toBeCloseTo(Number(whole.get(item)?.['КоличествоBalance']), 6);
    expect(Number(row['КоличествоOpeningBalance']) + Number(row['КоличествоReceipt']) - Number(row['КоличествоExpense'])).toBeCloseTo(Number(row['КоличествоClosingBalance']), 6);
  }
  expect([...both.values()].some((row) => row['КоличествоOpeningBalance'] !== 0)).toBe(true);
});

test('a business process is started and a task is executed by their functions alone', async () => {
  const entity = (name: string, flag: string): string => `<EntityType Name="${name}"><Key><PropertyRef Name="Ref_Key"/></Key><Property Name="Ref_Key" Type="Edm.Guid"/><Property Name="Description" Type="Edm.String"/><Property Name="${flag}" Type="Edm.Boolean"/></EntityType>`;
  const call = (name: string, type: string): string => `<FunctionImport Name="${name}" IsBindable="true" IsSideEffecting="true"><Parameter Name="bindingParameter" Type="StandardODATA.${type}"/></FunctionImport>`;
  const metadata = ownMetadata
    .replace(/<EntityContainer [^>]*>/, (container) => `${entity('BusinessProcess_Согласование', 'Started')}${entity('Task_Задача', 'Executed')}${container}<EntitySet Name="BusinessProcess_Согласование" EntityType="StandardODATA.BusinessProcess_Согласование"/><EntitySet Name="Task_Задача" EntityType="StandardODATA.Task_Задача"/>`)
    .replace('</EntityContainer>', `${call('Start', 'BusinessProcess_Согласование')}${call('ExecuteTask', 'Task_Задача')}</EntityContainer>`);
  const base = await startQuick({ metadata });
  const processes = new Client(base);
  for (const [set, name, flag] of [['BusinessProcess_Согласование', 'Start', 'Started'], ['Task_Задача', 'ExecuteTask', 'Executed']] as const) {
    const made = await processes.send('POST', set, {}, { Description: 'x' });
    expect(made.json).toMatchObject({ [flag]: false });
    expect((await processes.send('POST', `${set}(guid'${String(made.json['Ref_Key'])}')/${name}`)).json).toMatchObject({ [flag]: true });
  }
  await base.close();
});

test('a virtual table is computed whole whatever $top says, and the description takes its time', async () => {
  const base = await startQuick({ size: { rows: 100 }, pace: { ...instantPace(), rowMs: 1_000, metadataMs: 23_000 } });
  const slow = new Client(base);
  await slow.get(`${stock}/Balance()`, { $top: 1 });
  expect(base.counts().longestMs).toBeGreaterThan(100_000);
  await base.close();
  const described = await startQuick({ pace: { ...instantPace(), metadataMs: 301_000 } });
  await expect(new Client(described).get('$metadata')).rejects.toThrow();
  await described.close();
});
