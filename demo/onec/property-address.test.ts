/** Properties, streams and journals by their addresses, and what else an address may hold. */
import { expect, test } from 'vitest';
import { Client, codeOf, ownMetadata, type Row, startQuick } from './testing/client.ts';
import { sharedBase } from './testing/shared-base.ts';

const goods = 'Catalog_Номенклатура';

const { onec, client, atom } = sharedBase();

const pathOf = (set: string, row: Row): string => `${set}(guid'${String(row['Ref_Key'])}')`;

test('a property has an address, in both formats, and its value one without any wrapping', async () => {
  const row = await client.first(goods);
  const path = pathOf(goods, row);
  expect((await client.get(`${path}/Description`)).json).toEqual({ 'odata.metadata': `${onec.url}/$metadata#Edm.String`, value: row['Description'] });
  expect((await client.get(`${path}/Вес`)).json['value']).toBe(row['Вес']);
  expect((await atom.get(`${path}/Description`)).text).toContain(`>${String(row['Description'])}</d:Description>`);
  const bare = await client.get(`${path}/Description/$value`);
  expect([bare.headers.get('content-type'), bare.text]).toEqual(['text/plain;charset=utf-8', row['Description']]);
});

test('a stream is read as what it is, its bytes beside it as binary', async () => {
  const [row] = await client.rows(goods, { $top: 1 });
  const path = pathOf(goods, row ?? {});
  const data = String(row?.['Картинка_Base64Data']);
  const stream = await client.get(`${path}/Картинка`);
  expect([stream.status, stream.headers.get('content-type'), Buffer.from(stream.text).toString('base64')]).toEqual([200, row?.['Картинка_Type'], data]);
  for (const accept of ['image/*', 'text/plain']) expect((await new Client(onec, { accept }).get(`${path}/Картинка`)).status).toBe(200);
  expect((await client.get(`${path}/Картинка_Base64Data/$value`)).text).toBe(stream.text);
  expect((await client.get(`${path}/Картинка_Base64Data`)).json['value']).toBe(data);
  await client.send('PATCH', path, {}, { Картинка_Type: 'image/png', Картинка_Base64Data: Buffer.from('новая').toString('base64') });
  const changed = await client.get(`${path}/Картинка`);
  expect([changed.headers.get('content-type'), changed.text]).toEqual(['image/png', 'новая']);
  await client.send('PATCH', path, {}, { Картинка_Base64Data: '' });
  expect((await client.get(`${path}/Картинка`)).status).toBe(204);
});

test('both formats tell where a stream is read', async () => {
  const row = await client.first(goods);
  expect(row['Картинка@odata.mediaReadLink']).toBe(`${pathOf(goods, row)}/Картинка`);
  expect((await atom.get(goods, { $top: 1 })).text).toContain(`dataservices/mediaresource/Картинка" title="Картинка" href="${pathOf(goods, row)}/Картинка"`);
});

test.each([
  ['Нет', '6'], ['Description/Code', '6'], ['Description/$value/x', '6'], ['$value', '6'],
])('%s of an entity is refused with code %s', async (way, code) => {
  expect(codeOf(await client.get(`${pathOf(goods, await client.first(goods))}/${way}`))).toBe(code);
});

test('a property is not written by its address', async () => {
  expect(codeOf(await client.send('PUT', `${pathOf(goods, await client.first(goods))}/Description`, {}, { value: 'x' }))).toBe('19');
});

test('a journal shows the documents under their references, and is not written', async () => {
  const journal = 'DocumentJournal_ДокументыПокупателей';
  const documents = await client.rows('Document_СчетНаОплату');
  expect((await client.rows(journal)).map(({ Ref, Ref_Type, Number: number }) => [Ref, Ref_Type, number])).toEqual(documents.map((row) => [row['Ref_Key'], 'StandardODATA.Document_СчетНаОплату', row['Number']]));
  const key = `${journal}(Ref='${String(documents[3]?.['Ref_Key'])}',Ref_Type='StandardODATA.Document_СчетНаОплату')`;
  expect((await client.get(key)).json).toMatchObject({ Number: documents[3]?.['Number'] });
  expect((await client.get(`${journal}/$count`)).text).toBe(`\uFEFF${documents.length}`);
  for (const reply of [await client.send('POST', journal, {}, {}), await client.send('PATCH', key, {}, {})]) expect(codeOf(reply)).toBe('19');
  expect(codeOf(await client.get(`${journal}(Ref='x',Ref_Type='StandardODATA.Catalog_Склады')`))).toBe('9');
});

test('every kind of set answers in both formats', async () => {
  for (const set of onec.base.roles.keys()) {
    expect((await client.rows(set)).length, set).toBeGreaterThan(0);
    expect((await atom.get(set, { $top: 1 })).status, set).toBe(200);
  }
});

test('a register of 25 key fields is read, found by its key, written and removed', async () => {
  const names = Array.from({ length: 24 }, (_, index) => `Измерение${index + 1}`);
  const fields = names.map((name) => `<Property Name="${name}" Type="Edm.String"/>`).join('');
  const wide = 'InformationRegister_Широкий';
  const metadata = ownMetadata
    .replace(/<EntityContainer [^>]*>/, (container) => `<EntityType Name="${wide}"><Key><PropertyRef Name="Period"/>${names.map((name) => `<PropertyRef Name="${name}"/>`).join('')}</Key><Property Name="Period" Type="Edm.DateTime"/>${fields}<Property Name="Ресурс" Type="Edm.Double"/></EntityType>${container}<EntitySet Name="${wide}" EntityType="StandardODATA.${wide}"/>`);
  const base = await startQuick({ metadata, quirks: { iisLimits: false } });
  const wider = new Client(base);
  const made = await wider.send('POST', wide, {}, { Period: '2030-01-01T00:00:00', Ресурс: 1, ...Object.fromEntries(names.map((name) => [name, `${name}'x`])) });
  expect(made.status).toBe(201);
  const key = `${wide}(Period=datetime'2030-01-01T00:00:00',${names.map((name) => `${name}='${name}''x'`).join(',')})`;
  expect((await wider.get(key)).json).toMatchObject({ Ресурс: 1, Измерение24: "Измерение24'x" });
  expect((await wider.send('PATCH', key, {}, { Ресурс: 2 })).json).toMatchObject({ Ресурс: 2 });
  expect(codeOf(await wider.send('POST', wide, {}, made.json))).toBe('15');
  expect((await wider.send('DELETE', key)).status).toBe(204);
  base.turn(['iisLimits=on']);
  expect((await wider.get(key)).headers.get('content-type')).toContain('html');
  await base.close();
});

test('a type that the interface has no form for is 501, read and written', async () => {
  const base = await startQuick({ metadata: ownMetadata.replace('<Property Name="Адрес" Type="Edm.String"', '<Property Name="Адрес" Type="Edm.Geography"') });
  const strange = new Client(base);
  for (const reply of [await strange.get('Catalog_Склады'), await strange.send('POST', 'Catalog_Склады', {}, { Адрес: 'x' })]) expect([reply.status, codeOf(reply)]).toEqual([501, '0']);
  expect(await strange.rows('Catalog_Склады', { $select: 'Code' })).toHaveLength(40);
  await base.close();
});

test('an address over 4096 characters is refused by the web server', async () => {
  const long = `${goods}/${Array.from({ length: 20 }, () => 'a'.repeat(250)).join('/')}`;
  expect((await client.get(long)).headers.get('content-type')).toContain('html');
  onec.turn(['iisLimits=off']);
  expect(codeOf(await client.get(long))).toBe('11');
});
