/** Each way of 1C to refuse, reproduced: its code here, what it names, and whether it is repeated. */
import { describe, expect, it } from 'vitest';
import { startOnecBase } from '../../../tests/onec/onec-base.ts';
import { isObject, Secret, type ValueObject } from '../../sdk/index.ts';
import { contextOf } from '../../sdk/testing/context.ts';
import { answer, startHttp } from '../../sdk/testing/server.ts';
import { exceptionFailure } from './onec-exception.ts';
import definition from './index.ts';

const partners = { set: 'Catalog_Контрагенты' };

describe('a refusal of the simulated 1C', () => {
  it('of a code that is taken names the field, the value and the row that has it', async () => {
    await using base = await startOnecBase();
    const { Ref_Key, Code, Description } = await base.client.first('Catalog_Контрагенты');
    const receipt = await base.send('create', partners, { Code: String(Code), Description: 'Второй' });
    expect(receipt).toMatchObject({ kind: 'error', failure: { code: 'odata.notUnique', next: { kind: 'fail' }, parameters: { field: 'Код', value: Code } }, response: { status: 500, code: '-1' } });
    expect(receipt.kind === 'error' && receipt.failure.parameters['existing']).toBe(`Ref_Key="${String(Ref_Key)}" «${String(Description)}»`);
  });

  it('to write says what other rows have and this one lacks, and which references lead nowhere', async () => {
    await using base = await startOnecBase();
    const nobody = 'aaaaaaaa-0000-4000-8000-000000000001';
    const receipt = await base.send('create', { ...partners, references: 'trust' }, { Description: 'Плохой !отказ', 'ГоловнойКонтрагент_Key': nobody });
    expect(receipt).toMatchObject({ kind: 'error', failure: { code: 'odata.notWritten', next: { kind: 'fail' }, parameters: { name: 'Плохой !отказ', broken: `ГоловнойКонтрагент_Key → Catalog_Контрагенты ${nobody}` } } });
    expect(receipt.kind === 'error' && receipt.failure.parameters['unfilled']).toContain('ИНН');
    expect(receipt.response).toMatchObject({ body: expect.stringContaining('odata.error') });
  });

  it('in a page for people is read like one in JSON', async () => {
    await using base = await startOnecBase({ quirks: { htmlErrors: true } });
    expect(await base.send('create', partners, { Description: 'Плохой !отказ' })).toMatchObject({ failure: { code: 'odata.notWritten' } });
  });

  it('for want of disk space is repeated when reading', async () => {
    await using base = await startOnecBase({ quirks: { diskFull: true }, size: { rows: 3000 } });
    expect(await base.send('query', { ...partners, pageRows: 20_000 })).toMatchObject({ failure: { code: 'odata.diskFull', next: { kind: 'retry' } } });
  });

  it('for want of memory says to narrow the filter', async () => {
    await using base = await startOnecBase({ quirks: { memoryFull: true } });
    expect(await base.send('query', { set: 'AccumulationRegister_ОстаткиТоваров' })).toMatchObject({ failure: { code: 'odata.memoryFull', next: { kind: 'retry' } } });
  });

  it('for want of rights names the set', async () => {
    await using base = await startOnecBase({ users: [{ login: 'а', password: 'б', unreadable: ['Catalog_Склады'] }] }, { auth: 'basic', username: 'а', password: new Secret('б') });
    expect(await base.send('query', { set: 'Catalog_Склады' })).toMatchObject({ failure: { code: 'odata.noRights', next: { kind: 'park' }, parameters: { set: 'Catalog_Склады' } } });
  });
});

describe('an exception of 1C', () => {
  it.each<[string, string, ValueObject]>([
    ['Значение "43" поля "Код" не уникально.', 'odata.notUnique', { field: 'Код', value: '43' }],
    ['Value "43" of field "Code" is not unique', 'odata.notUnique', { field: 'Code', value: '43' }],
    ['Не удалось записать: "Сокол"!', 'odata.notWritten', { name: 'Сокол' }],
    ['Документ не записан: действует дата запрета изменения 01.01.2026', 'odata.changeBanned', {}],
    ['Документ "Счет 7" проведен: пометка удаления невозможна', 'odata.documentPosted', {}],
    ['Проведенный документ не может быть изменен', 'odata.documentPosted', {}],
    ['The document is posted and cannot be changed', 'odata.documentPosted', {}],
    ['Ошибка записи в /tmp/v8_1.tmp: на устройстве не осталось свободного места', 'odata.diskFull', {}],
    ['Не обнаружено свободной лицензии!', 'odata.licenceMissing', {}],
    ['There are no free licenses!', 'odata.licenceMissing', {}],
    ['Проведенный документ не может быть помечен на удаление!', 'odata.documentPosted', {}],
    ['Недостаточно памяти для получения результата запроса к базе данных', 'odata.memoryFull', {}],
    ['Calling LoadLibraryEx on ISAPI filter "wsisapi.dll" failed: %1 is not a valid Win32 application', 'odata.webModule', {}],
    ['Ошибка доступа к файлу D:\\Bases\\Trade\\1Cv8.1CD', 'odata.fileRights', {}],
  ])('%s', (message, code, parameters) => {
    const found = exceptionFailure({ connection: 'base', set: 'S', repeatable: true }, message, message);
    expect(found).toMatchObject({ code, parameters });
    for (const lang of ['ru', 'en'] as const) expect(found?.text(lang)).not.toMatch(/\{\w+\}/);
  });

  it('that is nothing of these stays one of the configuration', () => {
    expect(exceptionFailure({ connection: 'base', set: 'S', repeatable: true }, '{ОбщийМодуль.Продажи.Модуль(123)}: Контрагент без договора', '')).toBeUndefined();
  });
});

describe('the body of a refusal', () => {
  it('is kept whole, without secrets in any spelling, and with control characters made visible', async () => {
    const password = 'пароль "с" кавычкой';
    const signIn = Buffer.from(`Обмен:${password}`, 'utf8').toString('base64');
    const text = `{"odata.error":{"code":"-1","message":{"lang":"ru","value":"x"}},"echo":[${JSON.stringify(password)},"${encodeURIComponent(password)}","Basic ${signIn}"],"raw":"\x02"}`;
    await using server = await startHttp((request, response) => (request.url.endsWith('$metadata') ? answer(response, 200, '<edmx:Edmx xmlns:edmx="e" Version="1.0"><edmx:DataServices><Schema Namespace="StandardODATA" xmlns="s"><EntityType Name="A"><Key><PropertyRef Name="B"/></Key><Property Name="B" Type="Edm.String"/></EntityType><EntityContainer Name="C"><EntitySet Name="A" EntityType="StandardODATA.A"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>', { 'content-type': 'application/xml' }) : answer(response, 500, text)));
    const open = definition.open(contextOf(definition, { url: server.url, auth: 'basic', username: 'Обмен', password: new Secret(password) }, { name: 'base' }));
    const receipt = await open.send?.({ operation: 'create', properties: { set: 'A' }, request: { B: 'x' }, effectId: 'e', beforeBytes: () => undefined, afterBytes: () => undefined }, new AbortController().signal);
    await open.close();
    const body = isObject(receipt?.response) ? receipt.response['body'] : undefined;
    expect(body).toContain('"echo":["[secret]","[secret]","Basic [secret]"],"raw":"<02>"');
    expect(body).not.toContain(signIn);
  });
});
