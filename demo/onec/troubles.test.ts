/** Troubles of one installation, each a switch, and what is rarely asked for. */
import { expect, test } from 'vitest';
import { instantPace } from './pace.ts';
import { Client, codeOf, startQuick } from './testing/client.ts';
import { sharedBase } from './testing/shared-base.ts';

const partners = 'Catalog_Контрагенты';
const stock = 'AccumulationRegister_ОстаткиТоваров';
const refused = { Description: 'Кто !отказ' };

const { onec, client } = sharedBase();

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

const bills = 'Document_СчетНаОплату';
const addressOf = (set: string, row: Record<string, unknown>): string => `${set}(guid'${String(row['Ref_Key'])}')`;

test('a posted document is not marked for deletion until it is unposted; one that is marked is not posted', async () => {
  const bill = addressOf(bills, await client.first(bills, { $filter: 'Posted eq true and DeletionMark eq false' }));
  expect((await client.send('PATCH', bill, {}, { DeletionMark: true })).text).toContain('Проведенный документ не может быть помечен');
  onec.turn(['postedMarkRefused=off']);
  expect((await client.send('PATCH', bill, {}, { DeletionMark: true })).json).toMatchObject({ Posted: true, DeletionMark: true });
  onec.turn(['postedMarkRefused=on']);
  await client.send('PATCH', bill, {}, { DeletionMark: false });
  await client.send('POST', `${bill}/Unpost`);
  expect((await client.send('PATCH', bill, {}, { DeletionMark: true })).json).toMatchObject({ Posted: false, DeletionMark: true });
  expect((await client.send('POST', `${bill}/Post`)).text).toContain('Помеченный на удаление документ');
});

test('a configuration may lock what is posted, close its periods, or raise exceptions of its own; load mode goes past all of it', async () => {
  const bill = addressOf(bills, await client.first(bills, { $filter: "Posted eq true and DeletionMark eq false and Date lt datetime'2026-01-01T00:00:00'" }));
  const change = (headers: Record<string, string> = {}) => client.send('PATCH', bill, {}, { Комментарий: 'другой' }, headers);
  for (const [quirk, says] of [['postedLocked', 'изменение запрещено'], ['closedPeriod', 'дата запрета изменения'], ['configurationRaises', '{Документ.СчетНаОплату.МодульОбъекта(12)}']] as const) {
    onec.turn([`${quirk}=on`]);
    const reply = await change();
    expect([reply.status, codeOf(reply), reply.text.includes(says)], quirk).toEqual([500, '-1', true]);
    expect((await change({ '1c_odata-dataloadmode': 'true' })).status).toBe(200);
    onec.turn([`${quirk}=off`]);
  }
  onec.turn(['postedLocked', 'closedPeriod']);
  expect((await client.send('POST', `${bill}/Unpost`)).status).toBe(500);
  onec.turn(['closedPeriod=off']);
  await client.send('POST', `${bill}/Unpost`);
  expect((await change()).status).toBe(200);
});

test('texts are in the language of the base, or a language is missing', async () => {
  onec.turn(['englishTexts']);
  expect((await client.send('POST', partners, {}, refused)).json['odata.error']).toMatchObject({ message: { lang: 'en', value: 'Failed to write: "Кто !отказ"!' } });
  onec.turn(['languageMissing']);
  for (const path of [partners, '']) expect((await client.get(path)).text).toContain('is not installed');
  expect((await client.get('$metadata')).status).toBe(200);
});

test('a write whose answer is lost is done', async () => {
  onec.turn(['answersLost']);
  await expect(client.send('POST', partners, {}, { Description: 'Дошёл' })).rejects.toThrow();
  expect(await client.rows(partners, { $filter: "Description eq 'Дошёл'" })).toHaveLength(1);
});

test('a busy web server answers every second request', async () => {
  onec.turn(['webServerBusy']);
  const replies = [await client.get(partners), await client.get(partners), await client.get(partners), await client.get(partners)];
  for (const status of [200, 503]) expect(replies.filter((reply) => reply.status === status)).toHaveLength(2);
  expect(replies.find(({ status }) => status === 503)?.headers.get('retry-after')).toBe('1');
});

test('a description may be cut, and values be what it does not say', async () => {
  onec.turn(['metadataCut', 'wrongTypes']);
  expect((await client.get('$metadata')).text).not.toContain('</edmx:Edmx>');
  expect(await client.first(partners)).toMatchObject({ ЧислоСотрудников: 'много' });
});

test('an object that comes while pages are read moves those behind it', async () => {
  const still = (await client.rows('Catalog_Склады', { $orderby: 'Ref_Key', $skip: 10, $top: 1 }))[0];
  onec.turn(['rowsArrive']);
  const moved = await client.rows('Catalog_Склады', { $orderby: 'Ref_Key', $skip: 10, $top: 2 });
  expect(moved[1]).toEqual(still);
});

test('a set that the composition leaves out is in no list, answers to nobody, and its changes are in no package', async () => {
  const plan = 'ExchangePlan_ОбменССайтом';
  const base = await startQuick({ unpublished: [partners] });
  const outside = new Client(base);
  expect((await outside.get('')).text).not.toContain(`"${partners}`);
  expect((await outside.get('$metadata')).text).not.toMatch(new RegExp(`<EntitySet [^>]*Name="${partners}`));
  for (const set of [partners, `${partners}_КонтактнаяИнформация`]) expect(codeOf(await outside.get(set))).toBe('8');
  for (const set of [partners, 'Catalog_Склады']) for (const row of [...base.base.rows(set)].slice(0, 1)) base.base.write(set, row);
  const node = (await outside.rows(plan))[1];
  const told = await outside.send('POST', 'SelectChanges', { DataExchangePoint: `'${base.url}/${plan}(guid'${String(node?.['Ref_Key'])}')'`, MessageNo: 1 });
  expect([told.text.match(/<entry>/g)?.length, told.text.includes(`${partners}(`)]).toEqual([1, false]);
  await base.close();
});
