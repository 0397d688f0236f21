/** What a write says about the row that was stored, against a 1C that cuts, ignores and zeroes without a word. */
import { describe, expect, it } from 'vitest';
import { ownMetadata, startOnecBase } from '../../../tests/onec/onec-base.ts';
import { Decimal, Secret, type ValueObject } from '../../sdk/index.ts';

/** As older releases of 1C describe themselves: without lengths. */
const lengthless = ownMetadata.replaceAll(/ MaxLength="\d+"/g, '');
const nobody = 'aaaaaaaa-0000-4000-8000-000000000001';

const partners = { set: 'Catalog_Контрагенты' };
const bills = { set: 'Document_СчетНаОплату' };

describe('the receipt of a write', () => {
  it('names a text that was cut, with both values, and the call has succeeded', async () => {
    await using base = await startOnecBase({ metadata: lengthless });
    const long = 'а'.repeat(238);
    const made = await base.ask('create', partners, { Description: long, 'ИНН': '7700000001' });
    expect(made).toMatchObject({ checked: true, differences: [{ field: 'Description', sent: long, stored: 'а'.repeat(100), kind: 'cut' }], row: { Description: 'а'.repeat(100) } });
    expect(base.log.lines.join()).toContain('warn odata.storedOtherwise');
  });

  it.each([['fail', 'fail'], ['park', 'park']])('is a failure with the stored row in it where the route says %s', async (onDifference, next) => {
    await using base = await startOnecBase({ metadata: lengthless });
    const receipt = await base.send('create', { ...partners, onDifference }, { Description: 'б'.repeat(101) });
    expect(receipt).toMatchObject({ kind: 'error', status: 201, failure: { code: 'odata.storedOtherwise', next: { kind: next }, parameters: { set: 'Catalog_Контрагенты' } }, response: { row: { Description: 'б'.repeat(100) }, differences: [{ kind: 'cut' }] } });
  });

  it('finds no difference in values that have two spellings', async () => {
    await using base = await startOnecBase();
    const [bill, goods, partner] = [await base.client.first('Document_СчетНаОплату'), await base.client.first('Catalog_Номенклатура'), await base.client.first('Catalog_Контрагенты')];
    const row = {
      'Контрагент_Key': String(partner['Ref_Key']).toUpperCase(), 'Склад_Key': null, Date: '2026-11-22', 'СуммаДокумента': new Decimal('120.50'), 'Комментарий': 'пробелы в конце   ',
      'Основание': null, 'Основание_Type': 'StandardODATA.Undefined', 'Товары': [{ 'Номенклатура_Key': String(goods['Ref_Key']), 'Количество': 2, 'Цена': new Decimal('0.10') }],
    };
    expect(await base.ask('update', bills, { Ref_Key: String(bill['Ref_Key']), ...row })).toMatchObject({ checked: true, differences: [], warnings: [] });
    expect(await base.ask('create', partners, { Description: 'Пустые', 'ДатаРегистрации': '0001-01-01', 'ГоловнойКонтрагент_Key': '00000000-0000-0000-0000-000000000000', 'ЧислоСотрудников': new Decimal('9007199254740993'), 'ВидКонтрагента': '' })).toMatchObject({ differences: [] });
  });

  it('tells what 1C never writes from a body', async () => {
    await using base = await startOnecBase();
    const bill = (await base.client.rows('Document_СчетНаОплату')).find(({ Posted }) => Posted === false);
    expect(await base.ask('update', bills, { Ref_Key: String(bill?.['Ref_Key']), Posted: true })).toMatchObject({ differences: [{ field: 'Posted', sent: true, stored: false, kind: 'ignored' }] });
  });
});

describe('a table part', () => {
  it('is written whole and numbered from one on, whatever numbers came; an empty list clears it', async () => {
    await using base = await startOnecBase();
    const { Ref_Key } = await base.client.first('Document_СчетНаОплату');
    const goods = (await base.client.rows('Catalog_Номенклатура', { $top: 3 })).map((row) => String(row['Ref_Key']));
    const rows = goods.map((key, index) => ({ LineNumber: index + 1, 'Номенклатура_Key': key, 'Количество': index + 1 }));
    await base.ask('update', bills, { Ref_Key: String(Ref_Key), 'Товары': rows });
    expect(await base.ask('update', bills, { Ref_Key: String(Ref_Key), 'Товары': rows.filter((_row, index) => index !== 1) })).toMatchObject({ differences: [] });
    const stored = await base.client.get(`Document_СчетНаОплату(guid'${String(Ref_Key)}')`);
    expect((stored.json['Товары'] as ValueObject[]).map((row) => [row['LineNumber'], row['Номенклатура_Key']])).toEqual([['1', goods[0]], ['2', goods[2]]]);
    await base.ask('update', bills, { Ref_Key: String(Ref_Key), 'Товары': [] });
    expect((await base.client.get(`Document_СчетНаОплату(guid'${String(Ref_Key)}')`)).json['Товары']).toEqual([]);
  });

  it.each([
    ['create', 'Document_СчетНаОплату_Товары', 'Document_СчетНаОплату', 'Товары'],
    ['update', 'Document_СчетНаОплату_Товары', 'Document_СчетНаОплату', 'Товары'],
    ['delete', 'AccumulationRegister_ОстаткиТоваров_RecordType', 'AccumulationRegister_ОстаткиТоваров', 'RecordSet'],
  ])('is not open to a %s of a row of %s: nothing is sent, and the owner is named', async (operation, set, owner, part) => {
    await using base = await startOnecBase();
    const before = base.onec.counts().requests;
    await expect(base.send(operation, { set }, { Ref_Key: nobody, LineNumber: 1 })).rejects.toMatchObject({ code: 'odata.partOfOwner', parameters: { owner, part } });
    expect(base.onec.counts().requests - before).toBe(1); // the description
  });
});

describe('a register', () => {
  it('takes the records of one recorder as a whole, typed and numbered, without the key inside', async () => {
    await using base = await startOnecBase();
    const [record, goods] = [await base.client.first('AccumulationRegister_ОстаткиТоваров'), await base.client.first('Catalog_Номенклатура')];
    const key = { Recorder: String(record['Recorder']), Recorder_Type: String(record['Recorder_Type']) };
    const line = { ...key, Period: '2026-11-22T00:00:00', Active: true, RecordType: 'Receipt', 'Номенклатура_Key': String(goods['Ref_Key']), 'Количество': 7 };
    expect(await base.ask('update', { set: 'AccumulationRegister_ОстаткиТоваров' }, { ...key, RecordSet: [line] })).toMatchObject({ differences: [] });
    const stored = await base.client.rows('AccumulationRegister_ОстаткиТоваров_RecordType');
    expect(stored.filter((each) => each['Recorder'] === key.Recorder).map((each) => [each['LineNumber'], each['Количество']])).toEqual([['1', 7]]);
  });

  it('without a recorder says when a record of that key is there', async () => {
    await using base = await startOnecBase();
    const { Period, 'Номенклатура_Key': goods } = await base.client.first('InformationRegister_ЦеныНоменклатуры');
    const row = { Period: String(Period), 'Номенклатура_Key': String(goods), 'Цена': 5 };
    expect(await base.send('create', { set: 'InformationRegister_ЦеныНоменклатуры' }, row)).toMatchObject({ kind: 'error', failure: { code: 'odata.keyExists', next: { kind: 'fail' } } });
    expect(await base.ask('update', { set: 'InformationRegister_ЦеныНоменклатуры' }, row)).toMatchObject({ row: { 'Цена': 5 }, differences: [] });
  });
});

describe('a reference to nothing', () => {
  const row = { 'Контрагент_Key': nobody, 'Товары': [{ 'Номенклатура_Key': nobody, 'Количество': 1 }], 'Основание': nobody, 'Основание_Type': 'StandardODATA.Document_СчетНаОплату' };

  it('is named with its set and key, and the row is not sent', async () => {
    await using base = await startOnecBase();
    const count = (await base.client.rows('Document_СчетНаОплату')).length;
    await expect(base.send('create', bills, row)).rejects.toMatchObject({ code: 'odata.brokenReference', next: { kind: 'fail' }, parameters: { field: 'Контрагент_Key', target: 'Catalog_Контрагенты', key: nobody, more: 'Товары[0].Номенклатура_Key, Основание' } });
    expect(await base.client.rows('Document_СчетНаОплату')).toHaveLength(count);
  });

  it('is a difference of the receipt where the route lets it pass, and of no interest where references are trusted', async () => {
    await using base = await startOnecBase();
    const found = await base.ask('create', { ...bills, references: 'warn' }, row);
    expect((found['differences'] as ValueObject[]).map(({ field, kind }) => [field, kind])).toEqual([['Контрагент_Key', 'brokenReference'], ['Товары[0].Номенклатура_Key', 'brokenReference'], ['Основание', 'brokenReference']]);
    const before = base.onec.counts().requests;
    expect(await base.ask('create', { ...bills, references: 'trust' }, row)).toMatchObject({ differences: [] });
    expect(base.onec.counts().requests - before).toBe(1);
  });

  it('is looked up once for all rows that share it, and not again for some minutes', async () => {
    await using base = await startOnecBase();
    const { Ref_Key } = await base.client.first('Catalog_Контрагенты');
    const bill = { 'Контрагент_Key': String(Ref_Key) };
    await base.ask('create', bills, bill);
    const before = base.onec.counts().requests;
    await base.ask('create', bills, bill);
    expect(base.onec.counts().requests - before).toBe(1);
  });

  it('that cannot be looked up for want of rights is a warning that names the field', async () => {
    await using base = await startOnecBase({ users: [{ login: 'Обмен', password: 'секрет', unreadable: ['Catalog_Контрагенты'] }] }, { auth: 'basic', username: 'Обмен', password: new Secret('секрет') });
    expect(await base.ask('create', bills, { 'Контрагент_Key': nobody })).toMatchObject({ differences: [], warnings: [{ code: 'odata.referenceUnchecked', field: 'Контрагент_Key' }] });
  });
});

describe('a value that 1C would spoil', () => {
  it.each<[string, ValueObject, string, ValueObject]>([
    ['a text for a whole number', { 'ЧислоСотрудников': 'много' }, 'connection.valueWrongType', { attribute: 'ЧислоСотрудников', expected: 'number' }],
    ['a whole number beyond its type', { 'ЧислоСотрудников': new Decimal('9223372036854775808') }, 'odata.numberOutOfRange', { field: 'ЧислоСотрудников' }],
    ['a text for a number', { 'ЛимитДолга': '5' }, 'connection.valueWrongType', { attribute: 'ЛимитДолга' }],
    ['infinity', { 'ЛимитДолга': new Decimal(Infinity) }, 'connection.valueWrongType', { attribute: 'ЛимитДолга' }],
    ['no number', { 'ЛимитДолга': Number.NaN }, 'connection.valueWrongType', { attribute: 'ЛимитДолга' }],
    ['too long a text', { 'ИНН': '1234567890123' }, 'odata.textTooLong', { field: 'ИНН', length: 13, limit: 12 }],
    ['a word for a reference', { Parent_Key: 'корень' }, 'connection.valueWrongType', { attribute: 'Parent_Key', expected: 'GUID' }],
    ['a number for a flag', { IsFolder: 1 }, 'connection.valueWrongType', { attribute: 'IsFolder' }],
    ['a time with a zone', { 'ДатаРегистрации': '2026-11-22T12:00:00Z' }, 'connection.valueWrongType', { attribute: 'ДатаРегистрации' }],
    ['half of a character', { Description: 'a\ud800' }, 'connection.valueWrongType', { attribute: 'Description' }],
    ['one row for a table part', { 'КонтактнаяИнформация': { 'Тип': 'Телефон' } }, 'connection.valueWrongType', { attribute: 'КонтактнаяИнформация', expected: 'array' }],
    ['too long a text inside a table part', { 'КонтактнаяИнформация': [{ 'Тип': 'Т' }, { 'Тип': 'x'.repeat(21) }] }, 'odata.textTooLong', { field: 'КонтактнаяИнформация[1].Тип' }],
    ['an unknown field', { 'ИННН': '1' }, 'odata.unknownField', { field: 'ИННН', nearest: 'ИНН' }],
  ])('%s is refused with its field and rule, and nothing is sent', async (_what, row, code, parameters) => {
    await using base = await startOnecBase();
    await expect(base.send('create', partners, { Description: 'Плохой', ...row })).rejects.toMatchObject({ code, parameters });
    expect((await base.client.rows('Catalog_Контрагенты')).map(({ Description }) => Description)).not.toContain('Плохой');
  });

  it('a control character is taken out with a warning that shows it, and the comparison is with the clean text', async () => {
    await using base = await startOnecBase();
    expect(await base.ask('create', partners, { Description: 'Со\x02кол\0', 'Комментарий': 'строка\n\tеще', 'КонтактнаяИнформация': [{ 'Тип': '\x1fТел' }] })).toMatchObject({
      row: { Description: 'Сокол', 'Комментарий': 'строка\n\tеще' }, differences: [],
      warnings: [{ code: 'odata.controlCharacter', field: 'Description', detail: '<02> <00>' }, { code: 'odata.controlCharacter', field: 'КонтактнаяИнформация[0].Тип', detail: '<1f>' }],
    });
  });
});
