/** Troubles of one installation, each a switch, and what is rarely asked for. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { instantPace } from './pace.ts';
import { quirkNames, quirkTable } from './quirks.ts';
import type { Onec } from './server.ts';
import { Client, codeOf, startQuick } from './testing/client.ts';

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
  for (const [set, name, flag] of [['BusinessProcess_Согласование', 'Start', 'Started'], ['Task_Задача', 'ExecuteTask', 'Executed']] as const) {
    const made = await client.send('POST', set, {}, { Date: '2026-11-28T10:00:00' });
    expect(made.json).toMatchObject({ [flag]: false });
    expect((await client.send('POST', `${set}(guid'${String(made.json['Ref_Key'])}')/${name}`)).json).toMatchObject({ [flag]: true });
  }
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

test('where no licence is free a session is not begun, and one that runs goes on', async () => {
  const single = { accept: 'application/json', connection: 'close' };
  const base = await startQuick();
  const started = await new Client(base, { ...single, IBSession: 'start' }).get(partners, { $top: 1 });
  const cookie = String(started.headers.get('set-cookie')).split(';')[0] ?? '';
  base.turn(['licenceMissing']);
  const refusal = await new Client(base, single).get(partners, { $top: 1 });
  expect([refusal.status, refusal.text]).toEqual([500, expect.stringContaining('лицензии')]);
  expect((await new Client(base, { ...single, cookie }).get(partners, { $top: 1 })).status).toBe(200);
  await base.close();
});

test('a session that nobody used for long is over', async () => {
  let now = 0;
  const base = await startQuick({ now: () => now });
  const single = { accept: 'application/json', connection: 'close' };
  const started = await new Client(base, { ...single, IBSession: 'start' }).get(partners, { $top: 1 });
  const session = new Client(base, { ...single, cookie: String(started.headers.get('set-cookie')).split(';')[0] ?? '' });
  for (const [later, sessions] of [[1_000_000, 1], [1_000_000, 1], [1_300_000, 2]] as const) {
    now += later;
    await session.get(partners, { $top: 1 });
    expect(base.counts().sessions).toBe(sessions);
  }
  await base.close();
});
