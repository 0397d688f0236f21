import { beforeAll, expect, test } from 'vitest';
import { codeOf, type Row } from './testing/client.ts';
import { sharedBase } from './testing/shared-base.ts';

const { onec, client } = sharedBase();
let all: Row[];
let bills: Row[];
const partners = 'Catalog_Контрагенты';
const documents = 'Document_СчетНаОплату';

beforeAll(async () => {
  all = await client.rows(partners);
  bills = await client.rows(documents);
});

const found = async ($filter: string, set = partners): Promise<Row[]> => client.rows(set, { $filter });
const text = (row: Row, name: string): string => String(row[name]);
const lines = (row: Row): Row[] => row['Товары'] as Row[];

test.each<[string, (row: Row) => boolean]>([
  ["Code eq '00-000003'", (row) => row['Code'] === '00-000003'],
  ['IsFolder eq true', (row) => row['IsFolder'] === true],
  ['not (IsFolder eq true)', (row) => row['IsFolder'] !== true],
  ['ЛимитДолга gt 50000.5 and ЛимитДолга le 90000', (row) => Number(row['ЛимитДолга']) > 50000.5 && Number(row['ЛимитДолга']) <= 90000],
  ["Code lt '00-000004' or Code ge '00-000038'", (row) => text(row, 'Code') < '00-000004' || text(row, 'Code') >= '00-000038'],
  ["substringof('Болт', Description)", (row) => text(row, 'Description').includes('Болт')],
  ["startswith(Description, 'Болт') or endswith(Description, ' 7')", (row) => text(row, 'Description').startsWith('Болт') || text(row, 'Description').endsWith(' 7')],
  ["like(Description, '%северный _')", (row) => /северный .$/.test(text(row, 'Description'))],
  ["Description like '%.*%'", () => false],
  ["ДатаРегистрации ge datetime'2019-01-01'", (row) => text(row, 'ДатаРегистрации') >= '2019-01-01T00:00:00'],
  ['year(ДатаРегистрации) eq 2020 or month(ДатаРегистрации) eq 3', (row) => text(row, 'ДатаРегистрации').startsWith('2020') || text(row, 'ДатаРегистрации').slice(5, 7) === '03'],
  ["ВидКонтрагента eq 'ФизическоеЛицо'", (row) => row['ВидКонтрагента'] === 'ФизическоеЛицо'],
  ['ЧислоСотрудников add 1 mul 2 gt 1000000', (row) => Number(row['ЧислоСотрудников']) + 2 > 1_000_000],
  ["Parent/Code eq '00-000001'", (row) => row['Parent_Key'] === all[0]?.['Ref_Key']],
])('%s finds the rows that it says', async (filter, fits) => {
  expect((await found(filter)).map((row) => row['Code'])).toEqual(all.filter(fits).map((row) => row['Code']));
});

test('a reference is found by its identifier and by a cast, in any letter case', async () => {
  const guid = text(bills.find((row) => !text(row, 'Склад_Key').startsWith('0000')) ?? {}, 'Склад_Key');
  const wanted = bills.filter((row) => row['Склад_Key'] === guid).length;
  expect(await found(`Склад_Key eq guid'${guid.toUpperCase()}'`, documents)).toHaveLength(wanted);
  expect(await found(`Склад_Key eq cast(guid'${guid}', 'Catalog_Склады')`, documents)).toHaveLength(wanted);
});

test('a composite field is found by a cast and isof only; a plain identifier finds nothing', async () => {
  const row = bills.find((bill) => bill['Основание_Type'] === 'StandardODATA.Catalog_Склады');
  const guid = text(row ?? {}, 'Основание');
  expect(await found(`Основание eq guid'${guid}'`, documents)).toEqual([]);
  expect(await found(`Основание eq cast(guid'${guid}','Catalog_Склады')`, documents)).not.toEqual([]);
  expect(await found(`Основание eq cast(guid'${guid}','Catalog_Контрагенты')`, documents)).toEqual([]);
  expect(await found("isof(Основание,'Catalog_Склады')", documents)).toHaveLength(bills.filter((bill) => bill['Основание_Type'] === 'StandardODATA.Catalog_Склады').length);
  expect(await found("isof(Основание,'Number') or cast(Основание,'String') eq 'x'", documents)).toEqual([]);
  expect(await found("isof(Date,'Date')", documents)).toHaveLength(bills.length);
  onec.turn(['compositeNeedsCast=off']);
  expect(await found(`Основание eq guid'${guid}'`, documents)).not.toEqual([]);
  onec.turn(['compositeNeedsCast=on']);
});

test('any and all look into a table part', async () => {
  const some = bills.filter((row) => lines(row).some((line) => Number(line['Цена']) > 50000));
  const every = bills.filter((row) => lines(row).every((line) => Number(line['Цена']) > 50000));
  expect(await found('Товары/any(d: d/Цена gt 50000)', documents)).toEqual(some);
  expect(await found('Товары/all(d: d/Цена gt 50000)', documents)).toEqual(every);
  const item = text(bills.flatMap(lines).find((line) => !text(line, 'Номенклатура_Key').startsWith('0000')) ?? {}, 'Номенклатура_Key');
  const code = text((await found(`Ref_Key eq guid'${item}'`, 'Catalog_Номенклатура'))[0] ?? {}, 'Code');
  expect(await found(`Товары/any(d: d/Номенклатура/Code eq '${code}')`, documents)).toEqual(bills.filter((row) => lines(row).some((line) => line['Номенклатура_Key'] === item)));
});

test.each([
  ["contains(Description,'а')", '14'], ['length(Description) gt 3', '14'], ["tolower(Description) eq 'а'", '14'], ["Code in ('1')", '14'], ['Code eq', '14'],
  ["Code eq '1", '14'], ['ЛимитДолга gt 1e5', '14'], ["ЛимитДолга eq 'много'", '14'], ["ДатаРегистрации gt datetime'2020-13-40'", '14'], ['Нет eq 1', '10'], ["Товары/any(d: d/Цена gt 1)", '10'],
  [`${'('.repeat(500)}Code eq '1'${')'.repeat(500)}`, '-1'], ["Ref_Key gt guid'00000000-0000-0000-0000-000000000000'", '-1'],
])('%s is refused with code %s', async (filter, code) => {
  const reply = await client.get(partners, { $filter: filter });
  expect(codeOf(reply)).toBe(code);
  expect(reply.status).toBe(code === '-1' ? 500 : 400);
});

test('an unknown field finds nothing where the quirk says so', async () => {
  onec.turn(['unknownFilterEmpty=on']);
  expect(await found('Нет eq 1')).toEqual([]);
  onec.turn(['unknownFilterEmpty=off']);
});

test('a filter on the key of a table part fails, unless the quirk is off', async () => {
  const filter = { $filter: 'LineNumber eq 2' };
  expect((await client.get(`${documents}_Товары`, filter)).status).toBe(500);
  onec.turn(['partKeyFilterFails=off']);
  expect((await client.rows(`${documents}_Товары`, filter)).every((row) => row['LineNumber'] === '2')).toBe(true);
  onec.turn(['partKeyFilterFails=on']);
});

test('a range over references fails, unless the quirk is off', async () => {
  const filter = { $filter: "Ref_Key ge guid'00000000-0000-0000-0000-000000000000'" };
  expect((await client.get(partners, filter)).status).toBe(500);
  onec.turn(['keyRangeFails=off']);
  expect(await client.rows(partners, filter)).toHaveLength((await client.rows(partners)).length);
  onec.turn(['keyRangeFails=on']);
});

test('a plus in the query is a plus, unless the quirk is off', async () => {
  const url = `${onec.url}/${encodeURI(partners)}?$filter=${encodeURIComponent("Code eq '1'").replaceAll('%20', '+')}`;
  expect((await client.raw(url, { headers: client.headers })).status).toBe(400);
  onec.turn(['plusIsNotSpace=off']);
  expect((await client.raw(url, { headers: client.headers })).status).toBe(200);
  onec.turn(['plusIsNotSpace=on']);
});
