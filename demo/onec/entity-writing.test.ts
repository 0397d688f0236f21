import { expect, test } from 'vitest';
import { codeOf, type Reply, type Row } from './testing/client.ts';
import { sharedBase } from './testing/shared-base.ts';

const { onec, client } = sharedBase({ now: () => Date.UTC(2026, 0, 2, 3, 4, 5) });
const partners = 'Catalog_Контрагенты';
const documents = 'Document_СчетНаОплату';
const nowhere = 'ffffffff-ffff-4fff-8fff-ffffffffffff';


const one = (set: string, row: Row): string => `${set}(guid'${String(row['Ref_Key'])}')`;
const create = async (set: string, body: Row): Promise<Row> => {
  const reply = await client.send('POST', set, {}, body);
  expect(reply.status, reply.text).toBe(201);
  return reply.json;
};
const patch = (set: string, row: Row, body: Row): Promise<Reply> => client.send('PATCH', one(set, row), {}, body);

test('a created object gets key, code and version, and is found where Location says', async () => {
  const reply = await client.send('POST', partners, {}, { Description: 'Новый' });
  expect(reply.json).toMatchObject({ Description: 'Новый', Code: '00-000041', КонтактнаяИнформация: [], DeletionMark: false, ЧислоСотрудников: '0', ДатаРегистрации: '0001-01-01T00:00:00' });
  const found = await client.raw(String(reply.headers.get('location')), { headers: client.headers });
  expect(found.json).toEqual(reply.json);
  expect(await client.rows(partners, { $filter: "Description eq 'Новый'" })).toHaveLength(1);
});

test('a new document is dated now', async () => {
  expect(await create(documents, {})).toMatchObject({ Date: '2026-01-02T03:04:05', Posted: false });
});

test('a long string is cut without a word; with the quirk off it is refused', async () => {
  const long = 'Д'.repeat(238);
  expect((await create(partners, { Description: long }))['Description']).toBe('Д'.repeat(100));
  onec.turn(['cutStrings=off']);
  expect(codeOf(await client.send('POST', partners, {}, { Description: long }))).toBe('4');
});

test('an unknown field is dropped; with the quirk off it is code 10', async () => {
  expect(await create(partners, { Нет: 1 })).not.toHaveProperty('Нет');
  onec.turn(['ignoreUnknownFields=off']);
  expect(codeOf(await client.send('POST', partners, {}, { Нет: 1 }))).toBe('10');
});

test('text in a number field becomes zero; with the quirk off it is code 4', async () => {
  expect(await create(partners, { ЧислоСотрудников: 'много', ЛимитДолга: 'мало' })).toMatchObject({ ЧислоСотрудников: '0', ЛимитДолга: 0 });
  expect(await create(partners, { ЧислоСотрудников: '9223372036854775808' })).toMatchObject({ ЧислоСотрудников: '0' });
  onec.turn(['zeroBadNumbers=off']);
  expect(codeOf(await client.send('POST', partners, {}, { ЧислоСотрудников: 'много' }))).toBe('4');
});

test('numbers keep all their digits', async () => {
  const reply = await client.send('POST', partners, {}, '{"ЧислоСотрудников":9007199254740993,"ЛимитДолга":12345678901234567.89}');
  expect(reply.text).toContain('"ЧислоСотрудников":"9007199254740993"');
  expect(reply.text).toContain('"ЛимитДолга":12345678901234567.89');
});

test('a broken reference is stored; with the quirk off it is code 9', async () => {
  expect(await create(partners, { ГоловнойКонтрагент_Key: nowhere })).toMatchObject({ ГоловнойКонтрагент_Key: nowhere });
  onec.turn(['keepBrokenReferences=off']);
  expect(codeOf(await client.send('POST', partners, {}, { ГоловнойКонтрагент_Key: nowhere }))).toBe('9');
  expect(codeOf(await client.send('POST', partners, {}, { ГоловнойКонтрагент_Key: 'не ключ' }))).toBe('4');
});

test('a reference is bound by its address', async () => {
  const target = await client.first('Catalog_Склады');
  expect(await create(documents, { 'Склад@odata.bind': one('Catalog_Склады', target), 'Основание@odata.bind': one('Catalog_Склады', target) }))
    .toMatchObject({ Склад_Key: target['Ref_Key'], Основание: target['Ref_Key'], Основание_Type: 'StandardODATA.Catalog_Склады' });
});

test('a composite of the type Undefined loses its value', async () => {
  expect(await create(documents, { Основание: nowhere, Основание_Type: 'StandardODATA.Undefined' })).toMatchObject({ Основание: '' });
});

test('the version grows with a write that changes nothing; with the quirk off it stays', async () => {
  const row = await create(partners, { Description: 'Версия' });
  const again = (await patch(partners, row, { Description: 'Версия' })).json;
  expect(again['DataVersion']).not.toBe(row['DataVersion']);
  onec.turn(['versionOnNoop=off']);
  expect((await patch(partners, row, { Description: 'Версия' })).json['DataVersion']).toBe(again['DataVersion']);
});

test('If-Match is not looked at and no ETag comes; with the quirk off a stale version is 412', async () => {
  const row = await create(partners, {});
  const stale = { 'if-match': 'W/"AAAAAAAAAAA="' };
  const ignored = await client.send('PATCH', one(partners, row), {}, { КПП: '1' }, stale);
  expect([ignored.status, ignored.headers.get('etag')]).toEqual([200, null]);
  onec.turn(['ifMatchIgnored=off']);
  expect((await client.send('PATCH', one(partners, row), {}, { КПП: '2' }, stale)).status).toBe(412);
  const fresh = await client.get(one(partners, row));
  expect((await client.send('PATCH', one(partners, row), {}, { КПП: '2' }, { 'if-match': String(fresh.headers.get('etag')) })).status).toBe(200);
});

test('Posted is changed by Post and Unpost only; with the quirk off by a body too', async () => {
  const row = await create(documents, { Posted: true });
  expect(row['Posted']).toBe(false);
  expect((await client.send('POST', `${one(documents, row)}/Post`, { PostingModeOperational: 'false' })).json).toMatchObject({ Posted: true });
  expect((await client.get(one(documents, row))).json['Posted']).toBe(true);
  expect((await client.send('POST', `${one(documents, row)}/Unpost()`)).json).toMatchObject({ Posted: false });
  onec.turn(['postedIgnored=off']);
  expect((await patch(documents, row, { Posted: true })).json['Posted']).toBe(true);
});

test('a document marked for deletion is not posted, a catalog has no Post', async () => {
  const row = await create(documents, { DeletionMark: true });
  expect(codeOf(await client.send('POST', `${one(documents, row)}/Post`))).toBe('-1');
  expect(codeOf(await client.send('POST', `${one(partners, await client.first(partners))}/Post`))).toBe('11');
  expect(codeOf(await client.get(`${one(documents, row)}/Post`))).toBe('19');
});

test('a table part comes whole: numbered from one on, replaced, and cleared by an empty list', async () => {
  const row = await create(documents, { Товары: [{ LineNumber: 1, Количество: 2 }, { LineNumber: '2', Количество: 3 }] });
  expect(row['Товары']).toMatchObject([{ Ref_Key: row['Ref_Key'], LineNumber: '1', Количество: 2 }, { Ref_Key: row['Ref_Key'], LineNumber: '2', Количество: 3 }]);
  expect((await client.get(`${documents}_Товары(Ref_Key=guid'${String(row['Ref_Key'])}',LineNumber=2)`)).json).toMatchObject({ Количество: 3 });
  expect((await patch(documents, row, { Товары: [{ LineNumber: 1, Количество: 9 }] })).json['Товары']).toMatchObject([{ LineNumber: '1', Количество: 9 }]);
  expect((await patch(documents, row, { Комментарий: 'то же' })).json['Товары']).toHaveLength(1);
  expect((await patch(documents, row, { Товары: [] })).json['Товары']).toEqual([]);
});

test('rows without LineNumber are an internal error, rows not from one on are refused; with the quirk off they are numbered', async () => {
  const row = await create(documents, {});
  const missing = await patch(documents, row, { Товары: [{ Количество: 1 }] });
  expect([missing.status, codeOf(missing)]).toEqual([500, '-1']);
  for (const numbers of [[2], [1, 3], [0], [1, 1]]) expect((await patch(documents, row, { Товары: numbers.map((LineNumber) => ({ LineNumber })) })).status).toBe(400);
  onec.turn(['lineNumbersRequired=off']);
  expect((await patch(documents, row, { Товары: [{ Количество: 1 }, { Количество: 2 }] })).json['Товары']).toMatchObject([{ LineNumber: '1' }, { LineNumber: '2' }]);
});

test('a row of a table part is not created, changed or removed by itself', async () => {
  const part = `${documents}_Товары`;
  expect(codeOf(await client.send('POST', part, {}, { LineNumber: 1 }))).toBe('13');
  const row = await client.first(part);
  const path = `${part}(Ref_Key=guid'${String(row['Ref_Key'])}',LineNumber=${String(row['LineNumber'])})`;
  expect(codeOf(await client.send('PATCH', path, {}, {}))).toBe('13');
  expect(codeOf(await client.send('DELETE', path))).toBe('13');
});

test('PUT wants every field and references as bindings; with the quirk off it takes what it gets', async () => {
  const row = await client.first('Catalog__ДоговорПоставки', { $filter: "Owner_Key ne guid'00000000-0000-0000-0000-000000000000'" });
  const path = one('Catalog__ДоговорПоставки', row);
  expect(codeOf(await client.send('PUT', path, {}, { Description: 'Один' }))).toBe('5');
  expect(codeOf(await client.send('PUT', path, {}, row))).toBe('5');
  expect((await client.send('PUT', path, {}, { ...row, Description: 'Весь', 'Owner@odata.bind': `${partners}(guid'${String(row['Owner_Key'])}')` })).json).toMatchObject({ Description: 'Весь', Owner_Key: row['Owner_Key'] });
  onec.turn(['putNeedsAll=off']);
  expect((await client.send('PUT', path, {}, { Description: 'Часть' })).json).toMatchObject({ Description: 'Часть' });
});

test('a key of the client is kept and refused when it exists; with the quirk off it is not looked at', async () => {
  const body = { Ref_Key: nowhere, Description: 'Свой ключ' };
  expect((await create(partners, body))['Ref_Key']).toBe(nowhere);
  expect(codeOf(await client.send('POST', partners, {}, body))).toBe('15');
  onec.turn(['clientKeys=off']);
  expect((await create(partners, body))['Ref_Key']).not.toBe(nowhere);
  expect((await patch(partners, { Ref_Key: nowhere }, { Ref_Key: '11111111-1111-4111-8111-111111111111' })).json['Ref_Key']).toBe(nowhere);
});

test('a second code is refused by name; with the quirk off it is taken', async () => {
  const refused = await client.send('POST', partners, {}, { Code: '00-000007' });
  expect([refused.status, codeOf(refused)]).toEqual([500, '-1']);
  expect(refused.text).toContain('Значение \\"00-000007\\" поля \\"Код\\" не уникально.');
  onec.turn(['uniqueCodes=off']);
  await create(partners, { Code: '00-000007' });
});

test('the configuration refuses a marked write, and does not look in data load mode', async () => {
  const body = { Description: 'Шкаф !отказ' };
  const refused = await client.send('POST', partners, {}, body);
  expect([refused.status, codeOf(refused)]).toEqual([500, '-1']);
  expect(refused.text).toContain('Не удалось записать: \\"Шкаф !отказ\\"!');
  expect((await client.send('POST', partners, {}, body, { '1C_OData-DataLoadMode': 'true' })).status).toBe(201);
});

test('a deletion mark stays visible, DELETE removes physically', async () => {
  const row = await create(partners, {});
  expect((await patch(partners, row, { DeletionMark: true })).json['DeletionMark']).toBe(true);
  const count = await client.get(`${partners}/$count`);
  expect((await client.send('DELETE', one(partners, row))).status).toBe(204);
  expect(codeOf(await client.get(one(partners, row)))).toBe('9');
  expect(Number((await client.get(`${partners}/$count`)).text.slice(1))).toBe(Number(count.text.slice(1)) - 1);
  const made = await client.first(partners);
  expect((await client.send('DELETE', one(partners, made))).status).toBe(204);
  expect((await client.first(partners))['Ref_Key']).not.toBe(made['Ref_Key']);
});

test('a record of an independent register is created once, changed and removed', async () => {
  const item = await client.first('Catalog_Номенклатура');
  const record = { Period: '2031-01-01T00:00:00', Номенклатура_Key: item['Ref_Key'], Цена: 5 };
  await create('InformationRegister_ЦеныНоменклатуры', record);
  expect(codeOf(await client.send('POST', 'InformationRegister_ЦеныНоменклатуры', {}, record))).toBe('15');
  expect(codeOf(await client.send('POST', 'InformationRegister_ЦеныНоменклатуры', {}, { Цена: 5 }))).toBe('7');
  const path = `InformationRegister_ЦеныНоменклатуры(Period=datetime'2031-01-01T00:00:00',Номенклатура_Key=guid'${String(item['Ref_Key'])}')`;
  expect((await client.send('PATCH', path, {}, { Цена: 6 })).json['Цена']).toBe(6);
  expect((await client.send('DELETE', path)).status).toBe(204);
  expect((await client.get(path)).status).toBe(404);
});

test('a record set is replaced whole, its records are read as a set', async () => {
  const set = 'AccumulationRegister_ОстаткиТоваров';
  const row = await client.first(set);
  const path = `${set}(Recorder='${String(row['Recorder'])}',Recorder_Type='${String(row['Recorder_Type'])}')`;
  expect((await client.send('PATCH', path, {}, { RecordSet: [{ LineNumber: 1, Количество: 77 }] })).json['RecordSet']).toMatchObject([{ LineNumber: '1', Количество: 77 }]);
  expect(await client.rows(`${set}_RecordType`, { $filter: 'Количество eq 77' })).toMatchObject([{ Recorder: row['Recorder'], LineNumber: '1' }]);
});

test('a constant is read and changed', async () => {
  const store = await client.first('Catalog_Склады');
  expect((await client.send('PATCH', 'Constant_ОсновнойСклад(SurrogateKey=0)', {}, { Value_Key: store['Ref_Key'] })).json).toMatchObject({ Value_Key: store['Ref_Key'] });
  expect((await client.get('Constant_ОсновнойСклад(0)')).json['Value_Key']).toBe(store['Ref_Key']);
});

test('an Atom entry is taken as well', async () => {
  const body = `<entry xmlns="http://www.w3.org/2005/Atom" xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"><content type="application/xml"><m:properties><d:Комментарий>из &lt;Atom&gt;</d:Комментарий><d:Склад_Key m:null="true"/><d:Товары m:type="Collection(StandardODATA.Document_СчетНаОплату_Товары_RowType)"><d:element><d:LineNumber>1</d:LineNumber><d:Количество>4</d:Количество></d:element></d:Товары></m:properties></content></entry>`;
  const reply = await client.send('POST', documents, {}, body, { 'content-type': 'application/atom+xml' });
  expect(reply.json).toMatchObject({ Комментарий: 'из <Atom>', Товары: [{ LineNumber: '1', Количество: 4 }] });
});

test.each([
  ['no JSON', '{"Description":', 'application/json'], ['a list', '[]', 'application/json'], ['nothing', '', 'application/json'], ['two equal names', '{"Code":"1","Code":"2"}', 'application/json'],
  ['no XML', '<entry', 'application/atom+xml'], ['an entity bomb', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 'application/atom+xml'], ['XML without properties', '<a/>', 'application/atom+xml'],
])('a body that is %s is code 2', async (_, body, type) => {
  expect(codeOf(await client.send('POST', partners, {}, body, { 'content-type': type }))).toBe('2');
});

test.each<[Row]>([[{ IsFolder: 'может быть' }], [{ ДатаРегистрации: '2020-02-31T00' }], [{ ДатаРегистрации: 5 }], [{ ВидКонтрагента: 'Никто' }], [{ Description: {} }], [{ КонтактнаяИнформация: 'нет' }], [{ КонтактнаяИнформация: [1] }]])('%j is code 4', async (body) => {
  expect(codeOf(await client.send('POST', partners, {}, body))).toBe('4');
});
