import { fileURLToPath } from 'node:url';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { paceNames, usualPace } from './pace.ts';
import { turnQuirks, usualQuirks } from './quirks.ts';
import { Client, codeOf, type Row, startQuick } from './testing/client.ts';
import { sharedBase } from './testing/shared-base.ts';

const partners = 'Catalog_Контрагенты';
const documents = 'Document_СчетНаОплату';
const part = `${documents}_Товары`;
/** A vendor's document beside a checkout; absent for most. */
const realFile = fileURLToPath(new URL('../../../shared/contracts/1c/1c-real-metadata-trimmed-94sets.edmx.xml', import.meta.url));

describe('a base that waits for nothing', () => {
  const { onec, client, atom } = sharedBase();

  test('Atom is the answer to whoever does not ask for JSON', async () => {
    const reply = await atom.get(documents);
    expect(reply.headers.get('content-type')).toContain('application/atom+xml;type=feed');
    expect(reply.text).toContain(`<d:Товары m:type="Collection(StandardODATA.${part}_RowType)"><d:element`);
    expect((await atom.get('Нет')).text).toContain('<m:code>8</m:code>');
    expect((await atom.get('')).text).toContain(`<collection href="${partners}">`);
  });

  test('JSON tells as much of the metadata as is asked for', async () => {
    const answers = await Promise.all(['json', 'application/json;odata=nometadata', 'json;odata=fullmetadata'].map(($format) => atom.get(partners, { $top: 1, $format })));
    const [light, none, full] = answers.map(({ json }) => json);
    expect(light).toMatchObject({ 'odata.metadata': `${onec.url}/$metadata#${partners}`, value: [{ 'Parent@navigationLinkUrl': expect.stringContaining(`${partners}(guid'`) }] });
    expect(Object.keys(none ?? {})).toEqual(['value']);
    expect(JSON.stringify(none)).not.toContain('@');
    expect(full).toMatchObject({ value: [{ 'odata.type': `StandardODATA.${partners}`, 'Ref_Key@odata.type': 'Edm.Guid' }] });
    expect((await atom.get(partners, { $format: 'csv' })).status).toBe(406);
    expect((await client.get(partners, { $top: 1 })).json).not.toHaveProperty('odata.nextLink');
  });

  test('one entity has @Element in its metadata address, long numbers as text and naive dates', async () => {
    const row = await client.first(partners);
    const { json } = await client.get(`${partners}(guid'${String(row['Ref_Key'])}')`);
    expect(json['odata.metadata']).toBe(`${onec.url}/$metadata#${partners}/@Element`);
    expect(json).toMatchObject({ ...row, ЧислоСотрудников: expect.stringMatching(/^\d+$/), ДатаРегистрации: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/) });
  });

  test('pages by $top and $skip hold every row once', async () => {
    const pages = await Promise.all([0, 15, 30].map(($skip) => client.rows(partners, { $top: 15, $skip })));
    expect(new Set(pages.flat().map((row) => row['Ref_Key'])).size).toBe(40);
    expect(pages.flat()).toEqual(await client.rows(partners));
    expect(await client.rows(partners, { $top: 0 })).toEqual([]);
    expect(codeOf(await client.get(partners, { $top: -1 }))).toBe('14');
  });

  test('$inlinecount makes paging ignored; with the quirk off it does not', async () => {
    const query = { $inlinecount: 'allpages', $top: 5 };
    expect((await client.get(partners, query)).json).toMatchObject({ 'odata.count': '40' });
    expect(await client.rows(partners, query)).toHaveLength(40);
    onec.turn(['inlineCountStopsPaging=off']);
    expect(await client.rows(partners, query)).toHaveLength(5);
  });

  test('$count is a number after a byte order mark, and unknown where the quirk says so', async () => {
    expect((await client.get(`${partners}/$count`)).text).toBe('\uFEFF40');
    expect((await client.get(`${partners}/$count`, { $filter: "Code le '00-000004'" })).text).toBe('\uFEFF4');
    onec.turn(['countMark=off']);
    expect((await client.get(`${part}/$count`)).text).toBe(String((await client.rows(part)).length));
    onec.turn(['noCount=on']);
    expect(codeOf(await client.get(`${partners}/$count`))).toBe('6');
  });

  test('the number of $count comes to whoever accepts plain text only', async () => {
    expect((await new Client(onec, { accept: 'text/plain' }).get(`${partners}/$count`)).text).toBe('\uFEFF40');
    expect((await new Client(onec, { accept: 'text/plain' }).get(partners)).status).toBe(406);
  });

  test('no relative link looks like an address with a scheme', async () => {
    const reply = await atom.get('InformationRegister_ЦеныНоменклатуры', { $top: 1 });
    expect(/<link rel="edit" href="([^"]*)"/.exec(reply.text)?.[1]).toContain("Period=datetime'2015-01-01T00%3A00%3A00'");
  });

  test('fields are ordered; references by what they show, not by identifier', async () => {
    const limits = (await client.rows(partners, { $orderby: 'ЛимитДолга desc,Code' })).map((row) => Number(row['ЛимитДолга']));
    expect(limits).toEqual([...limits].sort((first, second) => second - first));
    const names = (await client.rows(partners, { $orderby: 'Ref_Key' })).map((row) => String(row['Description']));
    expect(names).toEqual([...names].sort());
    expect(codeOf(await client.get(partners, { $orderby: 'Нет' }))).toBe('10');
    expect(codeOf(await client.get(partners, { $orderby: 'Code вниз' }))).toBe('14');
  });

  test('a table part ordered by Ref_Key alone loses rows at page borders; with LineNumber, or the quirk off, it does not', async () => {
    const read = async ($orderby: string): Promise<number> => {
      const found = new Set<string>();
      for (let $skip = 0; ; $skip += 2) {
        const rows = await client.rows(part, { $orderby, $top: 2, $skip });
        if (rows.length === 0) return found.size;
        for (const row of rows) found.add(`${String(row['Ref_Key'])} ${String(row['LineNumber'])}`);
      }
    };
    const whole = (await client.rows(part)).length;
    expect(await read('Ref_Key')).toBeLessThan(whole);
    expect(await read('Ref_Key,LineNumber')).toBe(whole);
    onec.turn(['rowOrderLosesRows=off']);
    expect(await read('Ref_Key')).toBe(whole);
  });

  test('registers by recorder take any order and ignore it; with the quirk off a wrong one is refused', async () => {
    const records = 'AccumulationRegister_ОстаткиТоваров_RecordType';
    expect(await client.rows(records, { $orderby: 'Нет desc' })).toEqual(await client.rows(records));
    onec.turn(['registerOrderIgnored=off']);
    expect(codeOf(await client.get(records, { $orderby: 'Нет desc' }))).toBe('10');
  });

  test('$select shows fields, all but table parts, fields of a part, and presentations', async () => {
    expect(Object.keys(await client.first(documents, { $select: 'Number,Date' }))).toEqual(['Number', 'Date']);
    expect(await client.first(documents, { $select: '**' })).not.toHaveProperty('Товары');
    expect(await client.first(documents, { $select: '*' })).toHaveProperty('Товары');
    const row = (await client.rows(documents, { $select: 'Товары/Цена' })).find((each) => (each['Товары'] as Row[]).length > 0);
    expect((row?.['Товары'] as Row[] | undefined)?.map((line) => Object.keys(line))).toContainEqual(['Цена']);
    const shown = await client.first(documents, { $select: 'Контрагент_Key,Контрагент____Presentation', $filter: "Контрагент_Key ne guid'00000000-0000-0000-0000-000000000000'" });
    expect((await client.get(`${partners}(guid'${String(shown['Контрагент_Key'])}')`)).json['Description']).toBe(shown['Контрагент____Presentation']);
    expect(codeOf(await client.get(documents, { $select: 'Нет' }))).toBe('10');
  });

  test('$expand needs the navigation in $select and a collection; with the quirks off it does not', async () => {
    const $filter = "Контрагент/Code gt '00-000001'";
    const row = await client.first(documents, { $expand: 'Контрагент/Parent', $filter });
    expect(row['Контрагент']).toMatchObject({ Ref_Key: row['Контрагент_Key'], Parent: expect.anything() });
    expect(await client.first(documents, { $expand: 'Контрагент', $select: 'Number', $filter })).not.toHaveProperty('Контрагент');
    expect(await client.first(documents, { $expand: 'Контрагент', $select: 'Number,Контрагент', $filter })).toHaveProperty('Контрагент');
    const path = `${documents}(guid'${String(row['Ref_Key'])}')`;
    expect((await client.get(path, { $expand: 'Контрагент' })).json).not.toHaveProperty('Контрагент');
    onec.turn(['expandNeedsSelect=off', 'expandOnlyInCollections=off']);
    expect(await client.first(documents, { $expand: 'Контрагент', $select: 'Number', $filter })).toHaveProperty('Контрагент');
    expect((await client.get(path, { $expand: 'Контрагент' })).json).toHaveProperty('Контрагент');
    expect(codeOf(await client.get(documents, { $expand: 'Нет' }))).toBe('10');
    expect((await atom.get(documents, { $expand: 'Контрагент', $filter })).text).toContain('<m:inline><entry>');
  });

  test('a composite reference is expanded by its type segment', async () => {
    const $filter = "isof(Основание,'Catalog_Склады')";
    const row = await client.first(documents, { $expand: 'Основание/Catalog_Склады', $filter });
    expect(row['Основание']).toMatchObject({ Description: expect.any(String) });
  });

  test('a path leads on from an entity to its reference and its table part', async () => {
    const row = await client.first(documents, { $filter: "Контрагент_Key ne guid'00000000-0000-0000-0000-000000000000'" });
    const path = `${documents}(guid'${String(row['Ref_Key'])}')`;
    expect((await client.get(`${path}/Контрагент`)).json['Ref_Key']).toBe(row['Контрагент_Key']);
    expect(await client.rows(`${path}/Товары`)).toMatchObject(row['Товары'] as Row[]);
    expect(codeOf(await client.get(`${path}/Нет`))).toBe('6');
  });

  test.each([
    ['Нет', 404, '8'], [`${partners}(guid'11111111-1111-4111-8111-111111111111')`, 404, '9'], [`${partners}('1')`, 400, '1'], [`${part}(LineNumber=1)`, 400, '7'], [`${partners}/Нет`, 404, '11'], [`${partners}(guid'1'`, 404, '6'],
  ])('%s is %i, code %s', async (path, status, code) => {
    const reply = await client.get(path);
    expect([reply.status, codeOf(reply)]).toEqual([status, code]);
  });

  test('a method that does not fit is code 19, an unknown option code 14', async () => {
    expect(codeOf(await client.send('DELETE', partners))).toBe('19');
    expect(codeOf(await client.get(partners, { $search: 'болт' }))).toBe('14');
  });

  test('$batch is not supported, and says so in XML even to who wants JSON', async () => {
    const reply = await client.send('POST', '$batch', {}, {});
    expect(reply.status).toBe(501);
    expect(reply.text).toContain('<m:code>0</m:code>');
  });

  test('the web server refuses odd characters, long segments and long queries; with the quirk off they pass', async () => {
    expect((await client.raw(`${onec.url}/Catalog_%3F`, {})).status).toBe(404);
    expect((await client.get('я'.repeat(261))).headers.get('content-type')).toContain('text/html');
    const long = { $filter: Array.from({ length: 60 }, () => "Code eq '00-000003'").join(' or ') };
    expect((await client.get(partners, long)).status).toBe(404);
    onec.turn(['iisLimits=off']);
    expect(await client.rows(partners, long)).toHaveLength(1);
  });

  test('an empty composition has no sets and no metadata but a container', async () => {
    onec.turn(['emptyComposition=on']);
    expect((await client.get('')).json['value']).toEqual([]);
    expect((await client.get('$metadata')).text).not.toContain('EntitySet');
    expect(codeOf(await client.get(partners))).toBe('8');
  });

  test('dates of the years 1 and 209 occur; with the quirk off they do not', async () => {
    const years = async (): Promise<Set<string>> => new Set((await client.rows('Catalog__ДоговорПоставки', { $select: 'ДействуетДо' })).map((row) => String(row['ДействуетДо']).slice(0, 4)));
    const big = await startQuick({ size: { rows: 2000 } });
    const dates = (await new Client(big).rows(documents, { $select: 'Date' })).map((row) => String(row['Date']).slice(0, 4));
    await big.close();
    expect(dates).toEqual(expect.arrayContaining(['0001', '0209']));
    onec.turn(['oddDates=off']);
    expect(await years()).not.toContain('0209');
  });

  test('control characters stand in texts where the quirk puts them: escaped in JSON, raw in Atom', async () => {
    onec.turn(['controlCharacters=on']);
    expect((await client.get(partners)).text).toContain('\\u0002');
    expect((await atom.get(partners)).text).toContain('\u0002');
  });

  test('a full disk fails a fat page and lets a lean one pass', async () => {
    onec.turn(['diskFull=on']);
    const big = await startQuick({ size: { rows: 3000 }, quirks: { diskFull: true } });
    const fat = await new Client(big).get(partners);
    expect([fat.status, codeOf(fat)]).toEqual([500, '-1']);
    expect((await new Client(big).get(partners, { $top: 10 })).status).toBe(200);
    await big.close();
  });

  test('memory runs out on a register by recorder until it is filtered', async () => {
    onec.turn(['memoryFull=on']);
    const set = 'AccumulationRegister_ОстаткиТоваров';
    expect((await client.get(set)).text).toContain('Недостаточно памяти');
    expect((await client.get(set, { $filter: "RecordSet/any(r: r/Period ge datetime'2015-01-01' and r/Period lt datetime'2015-01-02')" })).status).toBe(200);
    expect((await client.get(partners)).status).toBe(200);
  });

  test('an exception of the platform is an HTML page where the quirk says so', async () => {
    onec.turn(['htmlErrors=on']);
    const reply = await client.send('POST', partners, {}, { Code: '00-000001' });
    expect([reply.status, reply.headers.get('content-type')]).toEqual([500, 'text/html;charset=utf-8']);
    expect(reply.text).toContain('application error');
  });

  test('SliceLast and SliceFirst give one record for each item, up to a moment and by a condition', async () => {
    const set = 'InformationRegister_ЦеныНоменклатуры';
    const item = await client.first('Catalog_Номенклатура');
    for (const [Period, Цена] of [['2030-01-01T00:00:00', 1], ['2030-02-01T00:00:00', 2], ['2030-03-01T00:00:00', 3]]) await client.send('POST', set, {}, { Period, Номенклатура_Key: item['Ref_Key'], Цена });
    const Condition = `'Номенклатура_Key eq guid''${String(item['Ref_Key'])}'' and Цена lt 100'`;
    const slice = (text: string): Promise<Row[]> => client.rows(`${set}/${text}`);
    expect((await client.rows(`${set}/SliceLast(Period=datetime'2030-02-15T00:00:00')`)).filter((row) => row['Номенклатура_Key'] === item['Ref_Key'])).toMatchObject([{ Цена: 2 }]);
    expect(await slice(`SliceLast(Condition=${Condition})`)).toMatchObject([{ Цена: 3 }]);
    expect(await slice(`SliceFirst(Period=datetime'2030-01-15T00:00:00',Condition=${Condition})`)).toMatchObject([{ Цена: 2 }]);
    expect(codeOf(await client.get(`${set}/SliceLast()`, { $skip: 1 }))).toBe('14');
    expect(codeOf(await client.get(`${partners}/SliceLast()`))).toBe('11');
  });

  test('Balance and Turnovers agree with the records that they sum', async () => {
    const set = 'AccumulationRegister_ОстаткиТоваров';
    const records = await client.rows(`${set}_RecordType`);
    const item = String(records[0]?.['Номенклатура_Key']);
    const own = records.filter((row) => row['Номенклатура_Key'] === item);
    const sum = (type: string): number => own.filter((row) => row['RecordType'] === type).reduce((so, row) => so + Number(row['Количество']), 0);
    const Condition = `'Номенклатура_Key eq guid''${item}'''`;
    expect(await client.rows(`${set}/Balance(Condition=${Condition})`)).toEqual([{ Номенклатура_Key: item, КоличествоBalance: expect.closeTo(sum('Receipt') - sum('Expense'), 6) }]);
    expect(await client.rows(`${set}/Turnovers()`, { Condition })).toEqual([{ Номенклатура_Key: item, КоличествоTurnover: expect.closeTo(sum('Receipt') - sum('Expense'), 6), КоличествоReceipt: expect.closeTo(sum('Receipt'), 6), КоличествоExpense: expect.closeTo(sum('Expense'), 6) }]);
    expect(await client.rows(`${set}/Turnovers(StartPeriod=datetime'2099-01-01')`)).toEqual([]);
    expect((await client.rows(`${set}/Balance()`, { $top: 2 }))).toHaveLength(2);
    expect((await atom.get(`${set}/Turnovers()`)).status).toBe(200);
  });

  test('quirks are turned while it runs, and a wrong name is told', async () => {
    const root = new URL(onec.url).origin;
    expect((await client.raw(`${root}/_onec/quirks?cutStrings=off`, { method: 'POST' })).json).toMatchObject({ cutStrings: false });
    expect((await client.raw(`${root}/_onec/quirks?no=off`, { method: 'POST' })).status).toBe(400);
    expect((await client.raw(`${root}/elsewhere`, {})).status).toBe(404);
  });
});

describe('exchange of changes', () => {
  const { onec, client } = sharedBase();

  const plan = 'ExchangePlan_ОбменССайтом';
  const call = async (name: string, number: number, node = 1) => {
    const row = (await client.rows(plan))[node];
    return client.send('POST', name, { DataExchangePoint: `'${onec.url}/${plan}(guid'${String(row?.['Ref_Key'])}')'`, MessageNo: number });
  };
  const received = async (): Promise<unknown> => (await client.rows(plan))[1]?.['ReceivedNo'];

  test('a package holds changes and tombstones, comes again with what is new, and is gone when confirmed', async () => {
    const [first, second, third] = await client.rows(partners);
    const path = (row: Row | undefined): string => `${partners}(guid'${String(row?.['Ref_Key'])}')`;
    await client.send('PATCH', path(first), {}, { КПП: '1' });
    await client.send('DELETE', path(second));
    const one = await call('SelectChanges', 1);
    expect(one.headers.get('content-type')).toContain('application/atom+xml');
    expect(one.text.match(/<entry>/g)).toHaveLength(1);
    expect(one.text).toContain(`<at:deleted-entry ref="${onec.url}/${path(second)}"`);
    await client.send('PATCH', path(third), {}, { КПП: '3' });
    expect((await call('SelectChanges', 1)).text.match(/<entry>/g)).toHaveLength(2);
    await client.send('PATCH', path(first), {}, { КПП: '1 снова' });
    expect((await call('NotifyChangesReceived', 1)).status).toBe(204);
    expect(await received()).toBe('1');
    const two = await call('SelectChanges', 2);
    expect(two.text.match(/<entry>/g)).toHaveLength(1);
    expect(two.text).toContain('1 снова'.slice(0, 9));
    expect((await call('SelectChanges', 1, 2)).text.match(/<entry>/g)).toHaveLength(2);
  });

  test('this node, an unknown node, a used number and a missing one are refused', async () => {
    expect((await call('SelectChanges', 1, 0)).status).toBe(500);
    expect(codeOf(await call('SelectChanges', 1))).toBe('12');
    expect(codeOf(await client.send('POST', 'SelectChanges', { MessageNo: 1 }))).toBe('12');
    expect(codeOf(await client.send('POST', 'SelectChanges', { DataExchangePoint: `'${plan}(guid'11111111-1111-4111-8111-111111111111')'`, MessageNo: 1 }))).toBe('9');
    expect(codeOf(await client.get('SelectChanges'))).toBe('19');
  });

  test('a plan registers changes of what it is for, and none where registration is left to the configuration', async () => {
    const base = await startQuick({ plans: new Map([[plan, ['Catalog_Склады']]]) });
    const other = new Client(base);
    const node = (await other.rows(plan))[1];
    const select = async (): Promise<string> => (await other.send('POST', 'SelectChanges', { DataExchangePoint: `'${base.url}/${plan}(guid'${String(node?.['Ref_Key'])}')'`, MessageNo: 1 })).text;
    await other.send('POST', partners, {}, { Description: 'не для него' });
    expect(await select()).not.toContain('<entry>');
    await other.send('POST', 'Catalog_Склады', {}, { Description: 'для него' });
    expect((await select()).match(/<entry>/g)).toHaveLength(1);
    base.turn(['autoRegistration=off']);
    await other.send('POST', 'Catalog_Склады', {}, { Description: 'молча' });
    expect((await select()).match(/<entry>/g)).toHaveLength(1);
    await base.close();
  });

  test('options of a query do nothing to a package', async () => {
    const [row] = await client.rows('Catalog_Склады');
    await client.send('PATCH', `Catalog_Склады(guid'${String(row?.['Ref_Key'])}')`, {}, { Адрес: 'новый' });
    const node = (await client.rows(plan))[2];
    const query = { DataExchangePoint: `'${onec.url}/${plan}(guid'${String(node?.['Ref_Key'])}')'`, MessageNo: 7 };
    const plain = (await client.send('POST', 'SelectChanges', query)).text.replace(/<updated>[^<]*/g, '');
    expect((await client.send('POST', 'SelectChanges', { ...query, $top: 1, $select: 'Ref_Key', $filter: "Code eq '1'" })).text.replace(/<updated>[^<]*/g, '')).toBe(plain);
  });

  test('one control character blocks the whole package', async () => {
    await client.send('POST', partners, {}, { Description: 'плохо\u0002' });
    expect((await call('SelectChanges', 9)).status).toBe(400);
    onec.turn(['brokenEntries=on']);
    const broken = await call('SelectChanges', 9);
    expect([broken.status, broken.text]).toEqual([200, expect.stringContaining('плохо\u0002')]);
  });
});

describe('users and rights', () => {
  const basic = (login: string, password: string): Record<string, string> => ({ accept: 'application/json', authorization: `Basic ${Buffer.from(`${login}:${password}`, 'utf8').toString('base64')}` });
  const { onec } = sharedBase({
    users: [
      { login: 'Администратор', password: 'пароль' },
      { login: 'Продавец', password: '', hiddenFields: [`${partners}.ЛимитДолга`], unwritableFields: [`${partners}.Parent_Key`] },
      { login: 'Кладовщик', password: '', unreadable: [partners], unwritable: ['Catalog_Склады'], restricted: ['Catalog_Номенклатура'] },
    ],
  });

  test('Cyrillic names sign in by UTF-8, and only by UTF-8', async () => {
    expect((await new Client(onec, basic('Администратор', 'пароль')).get(partners)).status).toBe(200);
    const other = Buffer.from('Администратор'.split('').map((sign) => sign.charCodeAt(0) - 0x350)).toString('base64');
    for (const headers of [{}, basic('Администратор', 'иной'), { authorization: `Basic ${other}` }, { authorization: 'Bearer x' }]) {
      const reply = await new Client(onec, headers).get(partners);
      expect([reply.status, reply.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('Basic')]);
    }
  });

  test('a wrong sign-in gets a page with 200 where the quirk says so', async () => {
    onec.turn(['htmlSignIn=on']);
    const reply = await new Client(onec).get(partners);
    expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'text/html;charset=utf-8']);
  });

  test('a set without a right is code 20, the rest goes on', async () => {
    const client = new Client(onec, basic('Кладовщик', ''));
    expect([codeOf(await client.get(partners)), (await client.get(partners)).status]).toEqual(['20', 401]);
    expect(codeOf(await client.send('POST', 'Catalog_Склады', {}, {}))).toBe('20');
    expect((await client.get('Catalog_Склады')).status).toBe(200);
  });

  test('a field without a right fails what shows or names it; allowedOnly leaves it out; others are not touched', async () => {
    const client = new Client(onec, basic('Продавец', ''));
    const row = await client.first(partners, { $select: 'Ref_Key,Code' });
    const path = `${partners}(guid'${String(row['Ref_Key'])}')`;
    const refused = [client.get(partners), client.get(path), client.get(`${path}/ЛимитДолга`), client.get(partners, { $select: 'Code', $filter: 'ЛимитДолга gt 1' }), client.get(partners, { $select: 'Code', $orderby: 'ЛимитДолга' })];
    for (const reply of await Promise.all(refused)) expect(codeOf(reply)).toBe('20');
    const allowed = await client.first(partners, { allowedOnly: 'true' });
    expect([Object.hasOwn(allowed, 'ЛимитДолга'), Object.hasOwn(allowed, 'ИНН')]).toEqual([false, true]);
    for (const body of [{ ЛимитДолга: 1 }, { Parent_Key: row['Ref_Key'] }, { 'Parent@odata.bind': path }]) expect(codeOf(await client.send('PATCH', path, {}, body))).toBe('20');
    const written = await client.send('PATCH', path, {}, { ИНН: '7' });
    expect([written.status, Object.hasOwn(written.json, 'ЛимитДолга')]).toEqual([200, false]);
    onec.turn(['forbiddenFieldFails=off']);
    expect(await client.first(partners)).not.toHaveProperty('ЛимитДолга');
  });

  test.each([
    [{ users: [{ login: 'a', password: '', unreadable: ['Catalog_Нет'] }] }, 'there is no set Catalog_Нет'], [{ users: [{ login: 'a', password: '', hiddenFields: [`${partners}.Нет`] }] }, 'has no field Нет'],
    [{ plans: new Map([['ExchangePlan_Нет', []]]) }, 'there is no set ExchangePlan_Нет'],
  ])('a right or a plan on a name that the base does not have is refused at the start', async (options, says) => {
    await expect(startQuick(options)).rejects.toThrow(says);
  });

  test('one forbidden row fails the read, allowedOnly leaves it out', async () => {
    const client = new Client(onec, basic('Кладовщик', ''));
    const set = 'Catalog_Номенклатура';
    expect(codeOf(await client.get(set, { $top: 1 }))).toBe('20');
    const allowed = await client.rows(set, { allowedOnly: 'true' });
    expect(allowed.length).toBeLessThan(40);
    expect(allowed.length).toBeGreaterThan(20);
    const all = await new Client(onec, basic('Администратор', 'пароль')).rows(set);
    const hidden = all.find((row) => !allowed.some((each) => each['Ref_Key'] === row['Ref_Key']));
    expect(codeOf(await client.get(`${set}(guid'${String(hidden?.['Ref_Key'])}')`))).toBe('20');
    onec.turn(['forbiddenRowFails=off']);
    expect((await client.get(set, { $top: 1 })).status).toBe(200);
  });
});

describe('pace', () => {
  test('a request that works longer than the cut is cut off in the middle of its answer', async () => {
    const onec = await startQuick({ size: { rows: 400 }, pace: { ...usualPace(), timeScale: 0, rowMs: 1000 } });
    await expect(new Client(onec).get(partners)).rejects.toThrow();
    expect(await new Client(onec).rows(partners, { $top: 200 })).toHaveLength(200);
    await onec.close();
  });

  test('a deep $skip costs as well', async () => {
    const onec = await startQuick({ size: { rows: 5000 }, pace: { ...usualPace(), timeScale: 0, rowMs: 1000 } });
    expect(await new Client(onec).rows('Catalog_Склады', { $top: 1, $skip: 2000 })).toHaveLength(1);
    await expect(new Client(onec).get('Catalog_Склады', { $top: 1, $skip: 4000 })).rejects.toThrow();
    await onec.close();
  });

  test('no more requests are worked on at once than there are slots, and all are answered', async () => {
    const onec = await startQuick({ pace: { ...usualPace(), slots: 3, requestMs: 20, sessionMs: 0 } });
    const client = new Client(onec);
    const replies = await Promise.all(Array.from({ length: 12 }, () => client.get(partners, { $top: 1 })));
    expect(replies.every(({ status }) => status === 200)).toBe(true);
    expect(onec.counts()).toMatchObject({ requests: 12, parallel: 3 });
    await onec.close();
  });

  test('a client that leaves gives its slot back', async () => {
    const onec = await startQuick({ pace: { ...usualPace(), slots: 1, requestMs: 60_000 } });
    const client = new Client(onec);
    const leaving = new AbortController();
    const gone = ['a', 'b'].map(() => client.raw(`${onec.url}/`, { signal: leaving.signal }));
    await expect.poll(() => onec.counts().requests).toBe(2);
    leaving.abort();
    for (const reply of gone) await expect(reply).rejects.toThrow();
    const root = new URL(onec.url).origin;
    expect((await client.raw(`${root}/elsewhere`, {})).status).toBe(404);
    await onec.close();
  });

  test('a session is paid for by each connection, and not by who brings its cookie', async () => {
    const onec = await startQuick();
    const single = { accept: 'application/json', connection: 'close' };
    const started = await new Client(onec, { ...single, IBSession: 'start' }).get(partners, { $top: 1 });
    const cookie = String(started.headers.get('set-cookie')).split(';')[0] ?? '';
    expect(cookie).toMatch(/^ibsession=/);
    expect(onec.counts().sessions).toBe(1);
    await new Client(onec, { ...single, cookie }).get(partners, { $top: 1 });
    expect(onec.counts().sessions).toBe(1);
    await new Client(onec, { ...single, cookie: 'ibsession=strange' }).get(partners, { $top: 1 });
    expect(onec.counts().sessions).toBe(2);
    await onec.close();
  });

  test('the first request after an idle time pays for the awakening', async () => {
    let now = 0;
    const onec = await startQuick({ now: () => now, pace: { ...usualPace(), timeScale: 0, coldMs: 400_000, idleMs: 1000 } });
    const client = new Client(onec);
    await expect(client.get(partners)).rejects.toThrow();
    now += 500;
    expect((await client.get(partners)).status).toBe(200);
    now += 2000;
    await expect(client.get(partners)).rejects.toThrow();
    await onec.close();
  });
});

describe('data by seed', () => {
  test('the same seed makes the same base, another one another', async () => {
    const bases = await Promise.all(['1', '1', '2'].map((seed) => startQuick({ seed })));
    const texts = await Promise.all(bases.map(async (onec) => JSON.stringify(await new Client(onec).rows(documents, { $select: '**' }))));
    expect(texts[0]).toBe(texts[1]);
    expect(texts[0]).not.toBe(texts[2]);
    await Promise.all(bases.map((onec) => onec.close()));
  });

  test('a large base answers from its depth by key, code and place without being kept', async () => {
    const onec = await startQuick({ size: { rows: 5_000_000 } });
    const client = new Client(onec);
    const row = await client.first(partners, { $skip: 4_999_990 });
    expect(row['Code']).toBe('00-4999991');
    expect((await client.get(`${partners}(guid'${String(row['Ref_Key'])}')`)).json).toMatchObject({ Code: '00-4999991' });
    expect((await client.get(`${partners}/$count`)).text).toBe('\uFEFF5000000');
    await onec.close();
  });

  test.skipIf(!existsSync(realFile))('every set of the real metadata is read, by key as well, in both formats (skipped where the file is not on this machine)', async () => {
    const onec = await startQuick({ metadata: readFileSync(realFile, 'utf8').replace(/^\uFEFF/, ''), size: { rows: 5 } });
    const client = new Client(onec);
    for (const set of onec.base.roles.keys()) {
      const [row] = await client.rows(set);
      expect((await new Client(onec, {}).get(set, { $top: 1 })).status).toBe(200);
      if (row && 'Ref_Key' in row && !('LineNumber' in row)) expect((await client.get(`${set}(guid'${String(row['Ref_Key'])}')`)).json).toMatchObject(row);
    }
    const bill = await client.first('Document_СчетНаОплатуПокупателю');
    expect((await client.send('POST', `Document_СчетНаОплатуПокупателю(guid'${String(bill['Ref_Key'])}')/Post`)).json).toMatchObject({ Posted: true });
    await onec.close();
  });
});

test('switches are read by name, and a wrong one is told by name', () => {
  expect(turnQuirks(usualQuirks(), ['cutStrings=off', 'noCount']).noCount).toBe(true);
  expect(() => turnQuirks(usualQuirks(), ['cut=off'])).toThrow(/no quirk cut/);
  expect(() => turnQuirks(usualQuirks(), ['cutStrings=maybe'])).toThrow(/on or off/);
  expect(paceNames).toContain('cutoffMs');
});
