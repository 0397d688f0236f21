/** What the check makes of the version of the other side: known, too old for a feature in use, or not to be told. */
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { failure, type CheckStage, type ValueObject } from '../../sdk/index.ts';
import { memoryDossier } from '../../sdk/testing/memory-dossier.ts';
import { answer, type SeenRequest } from '../../sdk/testing/server.ts';
import definition from './index.ts';
import { versionIn } from './platform-version.ts';
import { startBase, type Base } from './testing/base.ts';
import { compareVersions, reaches } from './version.ts';

const never = new AbortController().signal;

type Use = { operation: string; properties: ValueObject };

async function versionStage(base: Base, uses: readonly Use[] = []): Promise<CheckStage | undefined> {
  const stages: CheckStage[] = [];
  for await (const stage of definition.check({ ...base.context, uses }, never)) stages.push(stage);
  return stages.find(({ stage }) => stage === 'version');
}

const factOf = async (base: Base, name: string) => (await definition.capabilities?.probe(base.context, never))?.learnt.find((fact) => fact.name === name);

const rows = (response: ServerResponse, headers: Readonly<Record<string, string>> = {}): void => answer(response, 200, { value: [{ Id: '1' }] }, headers);

/** A base whose web client is published as `page` says. */
const publishedWith = (page: string) => (request: SeenRequest, response: ServerResponse): void => {
  if (String(request.headers['accept']).startsWith('text/html')) return void response.writeHead(200, { 'content-type': 'text/html' }).end(page);
  rows(response);
};

describe('a version', () => {
  it('is compared number by number, not as a text', () => {
    expect(compareVersions('8.3.5', '8.3.27.1859')).toBeLessThan(0);
    expect(compareVersions('8.3.6', '8.3.6.0')).toBe(0);
    expect(compareVersions('8.5.1', '8.3.27')).toBeGreaterThan(0);
    expect(compareVersions('4.01', '4.0')).toBeGreaterThan(0);
  });

  it('of which only the least is known reaches that, and of more says nothing', () => {
    expect([reaches('≥ 8.3.6', '8.3.5'), reaches('≥ 8.3.6', '8.3.6'), reaches('≥ 8.3.5', '8.3.6'), reaches('8.3.5.1570', '8.3.6'), reaches(null, '8.3.5')]).toEqual([true, true, undefined, false, undefined]);
  });

  it('is found in the addresses of a page of the web client alone', () => {
    expect(versionIn('<link href="e1csys/mngsrv/_std.png?sysver=8.3.24.1467&amp;confver=1"/>')).toBe('8.3.24.1467');
    expect(versionIn('<script src="mod.js?confver=1;sysver=8.5.1.1150"></script>')).toBe('8.5.1.1150');
    for (const page of ['', '<title>8.3.24.1467</title>', '?sysver=8.3', '?sysver=8.3.24.1467.5', '?sysver=99999.1.1.1', '?nosysver=8.3.24.1467']) expect(versionIn(page)).toBeUndefined();
  });
});

describe('the check of a 1C base', () => {
  it('names the platform that the web client tells, and keeps it as a fact with how it was learnt', async () => {
    const dossier = memoryDossier();
    await using base = await startBase('1c', publishedWith('<img src="a.png?sysver=8.3.24.1467"/>'), { dossier: () => dossier });
    expect(await versionStage(base)).toMatchObject({ state: 'ok', detail: { ru: '1C:Enterprise 8.3.24.1467, OData 3.0. Всё, чем пользуются маршруты, в этой версии есть', en: expect.stringContaining('All that routes use is in this version') } });
    expect(dossier.facts.filter(({ name }) => name.endsWith('Version')).map(({ name, value, learned }) => [name, value, learned])).toEqual([['protocolVersion', '3.0', 'declared'], ['platformVersion', '8.3.24.1467', 'probed']]);
  });

  it('knows by an answer in JSON that the platform is new enough for it, where nothing else tells', async () => {
    await using base = await startBase('1c', (request, response) => (String(request.headers['accept']).startsWith('text/html') ? void response.writeHead(404).end() : rows(response)));
    expect(await factOf(base, 'platformVersion')).toEqual({ name: 'platformVersion', value: '≥ 8.3.6', learned: 'probed' });
    expect(await versionStage(base, [{ operation: 'query', properties: { set: 'Items' } }])).toMatchObject({ state: 'ok', detail: { ru: expect.stringMatching(/^1C:Enterprise ≥ 8\.3\.6/) } });
  });

  it('refuses a platform that has OData but no JSON yet, and says what does without it', async () => {
    await using base = await startBase('1c', (request, response) => {
      if (String(request.headers['accept']).startsWith('text/html')) return void response.writeHead(404).end();
      return void response.writeHead(400, { 'content-type': 'application/xml' }).end('<m:error xmlns:m="m"><m:code>3</m:code><m:message>Представление не поддерживается</m:message></m:error>');
    });
    const stage = await versionStage(base);
    expect(stage).toMatchObject({ state: 'failed', failure: { code: 'odata.versionBelow', parameters: { system: '1C:Enterprise', version: '8.3.5', how: 'probed', features: 'JSON ≥ 8.3.6 (format: atom)' } } });
    if (stage?.state !== 'failed') throw new Error('it failed right above');
    for (const [lang, part] of [['ru', 'Обновите другую систему'], ['en', 'Update the other system']] as const) expect(stage.failure.text(lang)).toContain(part);
  });

  it('believes the connection before anything else, and refuses what it says is too old', async () => {
    await using base = await startBase('1c', publishedWith('?sysver=8.3.24.1467'), { properties: { platformVersion: '8.3.4.496' } });
    expect(await versionStage(base)).toMatchObject({ failure: { code: 'odata.versionBelow', parameters: { version: '8.3.4.496', how: 'configured', features: 'OData ≥ 8.3.5 (–); JSON ≥ 8.3.6 (format: atom)' } } });
    expect(base.seen.some(({ headers }) => String(headers['accept']).startsWith('text/html'))).toBe(false);
  });

  it('says that the version is not known, which feature it is needed for and where to name it', async () => {
    await using base = await startBase('1c', (request, response) => void response.writeHead(200, { 'content-type': 'application/atom+xml' }).end(String(request.headers['accept']).includes('atom') ? '<feed xmlns="http://www.w3.org/2005/Atom"/>' : ''), { properties: { format: 'atom' } });
    const stage = await versionStage(base, [{ operation: 'create', properties: { set: 'Items' } }]);
    const finding = failure('odata.versionUnknown', { connection: 'base', system: '1C:Enterprise', features: 'JSON ≥ 8.3.6 (format: atom)' });
    expect(stage).toMatchObject({ state: 'ok', detail: { ru: expect.stringContaining(finding.text('ru')), en: expect.stringContaining(finding.text('en')) } });
    expect(await versionStage(base)).toMatchObject({ state: 'ok', detail: { ru: expect.not.stringContaining('неизвестна') } });
  });

  it('tells that changes of the protocol are not for 1C, and which operation is', async () => {
    await using base = await startBase('1c', publishedWith('?sysver=8.3.24.1467'));
    expect(await versionStage(base, [{ operation: 'changes', properties: { set: 'Items' } }])).toMatchObject({ failure: { code: 'odata.versionBelow', parameters: { system: 'OData', version: '3.0', features: 'Prefer: odata.track-changes ≥ 4.0 (selectChanges)' } } });
  });

  it('takes a web client that breaks off, lies or leads elsewhere for none', async () => {
    const pages = ['?sysver=8.3', '\0\0\0', '<a href="?sysver=../../etc">'];
    for (const page of pages) {
      await using base = await startBase('1c', publishedWith(page));
      expect(await factOf(base, 'platformVersion')).toMatchObject({ value: '≥ 8.3.6' });
    }
    await using broken = await startBase('1c', (request, response) => (String(request.headers['accept']).startsWith('text/html') ? void response.socket?.destroy() : rows(response)));
    expect(await factOf(broken, 'platformVersion')).toMatchObject({ value: '≥ 8.3.6' });
  });
});

describe('the check of another service', () => {
  const jsonBatches: readonly Use[] = [{ operation: 'batch', properties: { format: 'json' } }];

  it('takes the version of the answers where it is newer than that of the description', async () => {
    await using base = await startBase('v4', (_request, response) => rows(response, { 'odata-version': '4.01' }));
    expect(await factOf(base, 'protocolVersion')).toEqual({ name: 'protocolVersion', value: '4.01', learned: 'probed' });
    await using older = await startBase('v2', (_request, response) => rows(response, { dataserviceversion: '1.0;' }));
    expect(await factOf(older, 'protocolVersion')).toEqual({ name: 'protocolVersion', value: '2.0', learned: 'declared' });
  });

  it('refuses batches in JSON of a service too old for them, unless it has shown that it takes them', async () => {
    await using old = await startBase('v4', (request, response) => (request.url.endsWith('$batch') ? answer(response, 501, {}) : rows(response)));
    expect(await versionStage(old, jsonBatches)).toMatchObject({ failure: { code: 'odata.versionBelow', parameters: { version: '4.0', features: '$batch: application/json ≥ 4.01 (format: multipart)' } } });
    await using able = await startBase('v4', (request, response) => (request.url.endsWith('$batch') ? answer(response, 200, { responses: [{ id: '1', status: 200, body: { value: [] } }] }) : rows(response)));
    expect(await versionStage(able, jsonBatches)).toMatchObject({ state: 'ok' });
  });

  it('says what is made up for here instead of refusing it', async () => {
    await using base = await startBase('v2', (_request, response) => rows(response));
    const filter = { op: 'not', of: { op: 'any', field: 'Children', of: { op: 'eq', field: 'Id', value: '1' } } };
    expect(await versionStage(base, [{ operation: 'query', properties: { set: 'Items', filter } }])).toMatchObject({ state: 'ok', detail: { ru: expect.stringContaining('Чего в ней нет, проверяется здесь: any, all (3.0)') } });
    expect(await versionStage(base, [{ operation: 'query', properties: { set: 'Items', filter: { op: 'nonsense' } } }])).toMatchObject({ state: 'ok' });
  });
});
