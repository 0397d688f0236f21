/** What is told beside an answer, or in place of a bare status: a base that woke up, an empty answer, an old encoding, a language that is missing. */
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { startOnecBase } from '../../../tests/onec/onec-base.ts';
import type { CheckStage } from '../../sdk/index.ts';
import { answer, type SeenRequest } from '../../sdk/testing/server.ts';
import definition from './index.ts';
import { documents, startBase } from './testing/base.ts';

const rows = (_request: SeenRequest, response: ServerResponse): void => answer(response, 200, { value: [{ Id: '1' }] });

describe('a base of 1C that slept', () => {
  it('is told to have woken up, once, and in the check', async () => {
    let nowMs = 1_000;
    let tookMs = 31_000;
    await using base = await startBase('1c', (request, response) => {
      nowMs += tookMs;
      rows(request, response);
    }, { clock: { monotonicMs: () => nowMs } });
    await base.send('query', { set: 'Items' });
    await base.send('query', { set: 'Items' });
    expect(base.log.lines.filter((line) => line.includes('odata.coldStart'))).toEqual([expect.stringContaining('"seconds":31')]);
    tookMs = 10;
    nowMs += 3_600_000;
    await base.send('query', { set: 'Items' });
    expect(base.log.lines.filter((line) => line.includes('odata.coldStart'))).toHaveLength(1);
    tookMs = 31_000;
    const stages: CheckStage[] = [];
    for await (const stage of definition.check(base.context, new AbortController().signal)) stages.push(stage);
    expect(stages.find(({ stage }) => stage === 'sample')).toMatchObject({ state: 'ok', detail: { ru: expect.stringContaining('1С просыпалась 31 с'), en: expect.stringContaining('took 31 s to wake up') } });
  });
});

describe('a filter that no row fits', () => {
  const empty = { set: 'Catalog_Склады', filter: { op: 'eq', field: 'Description', value: 'нет такого' } };

  it('says how many rows there are without it, where the route wants to know', async () => {
    await using base = await startOnecBase({ size: { rows: 12 } });
    expect(await base.ask('query', { ...empty, onEmpty: 'warn' })).toMatchObject({ rows: [], warnings: [{ code: 'odata.empty', detail: expect.stringMatching(/Description eq 'нет такого'; без него строк: 12/) }] });
    expect(await base.ask('query', { set: 'Catalog_Склады', onEmpty: 'warn' })).not.toHaveProperty('warnings');
  });

  it('asks nothing more where it does not', async () => {
    await using base = await startOnecBase({ size: { rows: 12 } });
    const before = base.onec.counts().requests;
    expect(await base.ask('query', empty)).not.toHaveProperty('warnings');
    expect(base.onec.counts().requests - before).toBe(2); // the description and the page
  });

  it('of a service that cannot count says only whether there is a row', async () => {
    await using base = await startBase('v2', (request, response) => answer(response, 200, { d: { results: request.url.includes('$filter') ? [] : [{ Id: '1' }] } }));
    expect(await base.send('query', { set: 'Items', filter: { op: 'eq', field: 'Id', value: 'x' }, onEmpty: 'warn' })).toMatchObject({ response: { warnings: [{ detail: expect.stringContaining('без него строк: ≥ 1') }] } });
  });
});

describe('an answer in an encoding of before UTF-8', () => {
  const cyrillic = (text: string): Uint8Array => Uint8Array.from(text, (char) => (char >= 'А' && char <= 'я' ? char.charCodeAt(0) - 0x410 + 0xc0 : char.charCodeAt(0)));
  const as = (type: string, status: number, text: string) => (_request: SeenRequest, response: ServerResponse): void => void response.writeHead(status, { 'content-type': type }).end(cyrillic(text));

  it.each([['application/json; charset=windows-1251'], ['application/json;odata=minimalmetadata;charset="Windows-1251"']])('of %s is converted while it arrives, and told once', async (type) => {
    await using base = await startBase('1c', as(type, 200, '{"value":[{"Id":"1","Name":"Насос"}]}'));
    const pages = [await base.send('query', { set: 'Items' }), await base.send('query', { set: 'Items' })];
    for (const page of pages) expect(page).toMatchObject({ response: { rows: [{ Name: 'Насос' }] } });
    expect(base.log.lines.filter((line) => line.includes('odata.charset'))).toEqual([expect.stringContaining('windows-1251')]);
  });

  it('is converted in a refusal, too', async () => {
    await using base = await startBase('1c', as('text/html; charset=windows-1251', 500, '<html><body>Недостаточно памяти</body></html>'));
    expect(await base.send('query', { set: 'Items' })).toMatchObject({ failure: { code: 'odata.memoryFull' } });
  });

  it('that is UTF-8 under another label is read as what it is', async () => {
    await using base = await startBase('1c', (_request, response) => void response.writeHead(200, { 'content-type': 'application/json; charset=windows-1251' }).end('{"value":[{"Id":"1","Name":"Насос"}]}'));
    expect(await base.send('query', { set: 'Items' })).toMatchObject({ response: { rows: [{ Name: 'Насос' }] } });
    expect(await base.send('get', { set: 'Items' }, { Id: '1' })).toMatchObject({ kind: 'ok' });
    expect(base.log.lines.filter((line) => line.includes('odata.charset'))).toEqual([]);
  });

  it('that is not of the encoding it claims, or of one that nobody knows, is not guessed at', async () => {
    await using wrong = await startBase('v4', (_request, response) => void response.writeHead(200, { 'content-type': 'application/json; charset=shift_jis' }).end(Uint8Array.from([0x7b, 0x22, 0x81, 0x22, 0x7d])));
    expect(await wrong.send('get', { set: 'Items' }, { Id: '1' })).toMatchObject({ failure: { code: 'connection.malformedResponse', parameters: { detail: 'charset shift_jis' } } });
    await using unknown = await startBase('v4', (_request, response) => void response.writeHead(200, { 'content-type': 'application/json; charset=klingon' }).end('{"value":[{"Id":"1"}]}'));
    expect(await unknown.send('query', { set: 'Items' })).toMatchObject({ response: { rows: [{ Id: '1' }] } });
  });
});

describe('a language that the other side lacks', () => {
  it.each(['Язык интерфейса "en" не установлен', 'Language EN is not installed on this server', 'Select one of the installed languages'])('is told by %s', async (message) => {
    await using base = await startBase('sap', (request, response) => (request.headers['x-csrf-token'] === 'Fetch' ? answer(response, 200, {}, { 'x-csrf-token': 't' }) : answer(response, 400, { error: { code: 'X', message: { lang: 'en', value: message } } })));
    expect(await base.send('query', { set: 'Items' })).toMatchObject({ failure: { code: 'odata.languageMissing', next: { kind: 'park' }, parameters: { detail: expect.stringContaining(message) } } });
  });
});

describe('a value that is no member of its enumeration', () => {
  it('is refused with the members, and nothing is sent', async () => {
    const coloured = documents.v4.replace('<EntityContainer', '<EnumType Name="Colour"><Member Name="Red"/><Member Name="Blue"/></EnumType><EntityContainer').replace('Name="Name" Type="Edm.String"', 'Name="Name" Type="N.Colour"');
    await using base = await startBase('v4', rows, { describe: (_request, response) => void response.writeHead(200, { 'content-type': 'application/xml' }).end(coloured) });
    await expect(base.send('create', { set: 'Items' }, { Id: '1', Name: 'Green' })).rejects.toMatchObject({ code: 'odata.unknownMember', parameters: { field: 'Name', known: 'Red, Blue' } });
    expect(base.asked()).toEqual([]);
  });
});
