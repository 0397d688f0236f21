/** Virtual tables of an accounting register, judged by its plain records. */
import { beforeAll, expect, test } from 'vitest';
import { codeOf, type Row } from './testing/client.ts';
import { sharedBase } from './testing/shared-base.ts';

const ledger = 'AccountingRegister_Хозрасчетный';
const chart = 'ChartOfAccounts_Хозрасчетный';
const period = "StartPeriod=datetime'2015-01-01T00:00:00',EndPeriod=datetime'2015-01-02T00:00:00'";

const { onec, client, atom } = sharedBase();
let records: Row[];
beforeAll(async () => {
  records = await client.rows(`${ledger}_RecordType`);
});

const sum = (rows: readonly Row[], field: string): number => rows.reduce((so, row) => so + Number(row[field]), 0);
const within = (row: Row): boolean => String(row['Period']) >= '2015-01-01T00:00:00' && String(row['Period']) <= '2015-01-02T00:00:00';
const pairOf = (row: Row): string => `${String(row['AccountDr_Key'])} ${String(row['AccountCr_Key'])}`;

test('records themselves have no ext dimensions, neither alone nor in their set', async () => {
  expect(records.length).toBeGreaterThan(40);
  const [set] = await client.rows(ledger);
  const held = (set?.['RecordSet'] ?? []) as Row[];
  expect(held.length).toBeGreaterThan(0);
  for (const row of [records[0], held[0]]) expect(Object.keys(row ?? {}).filter((name) => name.startsWith('ExtDimension'))).toEqual([]);
});

test('RecordsWithExtDimensions shows the records of a period with the kinds that their accounts have, in slots', async () => {
  const rows = await client.rows(`${ledger}/RecordsWithExtDimensions(${period})`);
  expect(rows.map((row) => [row['Recorder'], row['LineNumber'], row['Сумма']])).toEqual(records.filter(within).map((row) => [row['Recorder'], row['LineNumber'], row['Сумма']]));
  const accounts = new Map((await client.rows(chart)).map((row) => [row['Ref_Key'], (row['ExtDimensionTypes'] as Row[]).map((line) => line['ExtDimensionType_Key'])]));
  for (const row of rows) {
    for (const side of ['Dr', 'Cr']) {
      const kinds = [1, 2, 3].map((slot) => row[`ExtDimensionType${side}${slot}_Key`]).filter((kind) => kind !== '00000000-0000-0000-0000-000000000000');
      expect(kinds).toEqual((accounts.get(row[`Account${side}_Key`]) ?? []).filter((kind) => kind !== '00000000-0000-0000-0000-000000000000'));
    }
  }
  const filled = rows.find((row) => row['ExtDimensionDr1'] !== '');
  const type = String(filled?.['ExtDimensionDr1_Type']).replace('StandardODATA.', '');
  expect((await client.get(`${type}(guid'${String(filled?.['ExtDimensionDr1'])}')`)).status).toBe(200);
});

test('its Top cuts rows, its Order sorts them, its Condition and $filter choose them; a Condition on the recorder finds nothing', async () => {
  const rows = async (text: string, query = {}): Promise<Row[]> => client.rows(`${ledger}/RecordsWithExtDimensions(${text})`, query);
  expect(await rows('Top=2')).toHaveLength(2);
  const ordered = (await rows("Order='Сумма desc'")).map((row) => Number(row['Сумма']));
  expect(ordered).toEqual([...ordered].sort((first, second) => second - first));
  const wanted = records.filter((row) => Number(row['Сумма']) > 50_000);
  expect(await rows("Condition='Сумма gt 50000'")).toHaveLength(wanted.length);
  expect(await rows('', { $filter: 'Сумма gt 50000', $select: 'Сумма,ExtDimensionDr1' })).toEqual(wanted.map((row) => ({ Сумма: row['Сумма'], ExtDimensionDr1: expect.any(String) })));
  expect(await rows("Condition='Recorder ne ''x'''")).toEqual([]);
  expect(codeOf(await client.get(`${ledger}/RecordsWithExtDimensions(Top=two)`))).toBe('1');
});

test('ExtDimensions takes no arguments and tells each value of each record, with its kind and side', async () => {
  const rows = await client.rows(`${ledger}/ExtDimensions()`);
  const slots = (await client.rows(`${ledger}/RecordsWithExtDimensions()`)).flatMap((row) => ['Dr', 'Cr'].flatMap((side) => [1, 2, 3].map((slot) => [row['LineNumber'], side === 'Dr' ? 'Debit' : 'Credit', row[`ExtDimension${side}${slot}`]])));
  expect(rows.filter((row) => row['Value'] !== '').map((row) => [row['LineNumber'], row['RecordType'], row['Value']])).toEqual(slots.filter(([, , value]) => value !== ''));
});

test('an argument that a virtual table does not have is refused with 501', async () => {
  for (const call of ["ExtDimensions(Account_Key=guid'00000000-0000-0000-0000-000000000000')", "DrCrTurnovers(StartDate=datetime'2015-01-01')"]) {
    const reply = await client.get(`${ledger}/${call}`);
    expect([reply.status, codeOf(reply)]).toEqual([501, '21']);
  }
});

test('DrCrTurnovers sums what moved between each two accounts', async () => {
  const rows = await client.rows(`${ledger}/DrCrTurnovers(${period},Dimensions='AccountDr,AccountCr')`);
  const inPeriod = records.filter(within);
  expect(new Set(rows.map(pairOf))).toEqual(new Set(inPeriod.map(pairOf)));
  for (const row of rows) {
    const own = inPeriod.filter((record) => pairOf(record) === pairOf(row));
    expect(row).toEqual({ AccountDr_Key: row['AccountDr_Key'], AccountCr_Key: row['AccountCr_Key'], СуммаTurnover: expect.closeTo(sum(own, 'Сумма'), 4), КоличествоTurnoverDr: expect.closeTo(sum(own, 'КоличествоDr'), 4), КоличествоTurnoverCr: expect.closeTo(sum(own, 'КоличествоCr'), 4) });
  }
  expect(sum(await client.rows(`${ledger}/DrCrTurnovers(${period})`), 'СуммаTurnover')).toBeCloseTo(sum(inPeriod, 'Сумма'), 4);
});

test('conditions on accounts choose the sides, by key and by code', async () => {
  const [account] = await client.rows(chart, { $filter: "Code eq '00-000002'" });
  const key = String(account?.['Ref_Key']);
  const debited = await client.rows(`${ledger}/DrCrTurnovers(AccountCondition='Account_Key eq guid''${key}''')`);
  expect(sum(debited, 'СуммаTurnover')).toBeCloseTo(sum(records.filter((row) => row['AccountDr_Key'] === key), 'Сумма'), 4);
  const credited = await client.rows(`${ledger}/DrCrTurnovers(BalancedAccountCondition='Account/Code eq ''00-000002''')`);
  expect(sum(credited, 'СуммаTurnover')).toBeCloseTo(sum(records.filter((row) => row['AccountCr_Key'] === key), 'Сумма'), 4);
});

test('Balance and Turnovers move both accounts of a record, so that all balances together are nothing', async () => {
  const balances = await client.rows(`${ledger}/Balance(Dimensions='Account')`);
  expect(sum(balances, 'СуммаBalance')).toBeCloseTo(0, 4);
  for (const row of balances) {
    const [dr, cr] = (['Dr', 'Cr'] as const).map((side) => sum(records.filter((record) => record[`Account${side}_Key`] === row['Account_Key']), 'Сумма'));
    expect(row['СуммаBalance']).toBeCloseTo((dr ?? 0) - (cr ?? 0), 4);
    expect(Number(row['СуммаBalanceDr']) - Number(row['СуммаBalanceCr'])).toBeCloseTo(Number(row['СуммаBalance']), 4);
  }
  const turnovers = await client.rows(`${ledger}/Turnovers(${period},Dimensions='Account')`);
  expect(sum(turnovers, 'СуммаTurnoverDr')).toBeCloseTo(sum(records.filter(within), 'Сумма'), 4);
  const both = await client.rows(`${ledger}/BalanceAndTurnovers(StartPeriod=datetime'2015-01-01T12:00:00',Dimensions='Account')`);
  for (const row of both) expect(Number(row['СуммаOpeningBalance']) + Number(row['СуммаTurnover'])).toBeCloseTo(Number(row['СуммаClosingBalance']), 4);
  expect(both.some((row) => row['СуммаOpeningBalance'] !== 0)).toBe(true);
});

test('totals of a stock are summed by the dimensions that are asked for, and an unknown one is refused', async () => {
  const stock = 'AccumulationRegister_ОстаткиТоваров';
  expect(await client.rows(`${stock}/Balance(Dimensions='Номенклатура')`)).toEqual(await client.rows(`${stock}/Balance()`));
  expect(codeOf(await client.get(`${stock}/Balance(Dimensions='Склад')`))).toBe('10');
});

test('in XML a virtual table is a list of values, not a feed', async () => {
  const { text, headers } = await atom.get(`${ledger}/DrCrTurnovers(Dimensions='AccountDr')`);
  expect(headers.get('content-type')).toContain('xml');
  expect(text).toContain(`<d:DrCrTurnovers xmlns:d=`);
  expect(text).toContain(`<d:element m:type="StandardODATA.${ledger}_DrCrTurnovers"><d:AccountDr_Key>`);
  const full = (await client.get(`${ledger}/Balance()`, { $format: 'json;odata=fullmetadata' })).json;
  expect(full).toMatchObject({ 'odata.metadata': `${onec.url}/$metadata#Collection(StandardODATA.${ledger}_Balance)`, value: expect.arrayContaining([expect.objectContaining({ 'odata.type': `StandardODATA.${ledger}_Balance` })]) });
  expect(JSON.stringify(full)).not.toContain('editLink');
});
