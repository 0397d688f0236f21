/** A connection works by what is known of its service, and mends it where the service does otherwise. */
import type { ServerResponse } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import type { KnownCapability, Value } from '../../sdk/index.ts';
import { memoryDossier, type MemoryDossier } from '../../sdk/testing/memory-dossier.ts';
import { answer, type SeenRequest } from '../../sdk/testing/server.ts';
import { documents, startBase, type Base } from './testing/base.ts';

type Handle = (request: SeenRequest, response: ServerResponse) => void;

interface Trial {
  base: Base;
  dossier: MemoryDossier;
  later(ms: number): void;
}

/** Facts by name, learnt at the service's own address. */
async function knowing(facts: Readonly<Record<string, Value>>, handle: Handle, dialect: keyof typeof documents = 'v4'): Promise<Trial & AsyncDisposable> {
  let passedMs = 0;
  const nowMs = (): number => Date.now() + passedMs;
  const dossier = memoryDossier(nowMs);
  const base = await startBase(dialect, handle, {
    clock: { wallMs: nowMs },
    dossier: (url) => {
      const place = { address: `${url}/$metadata`, metadataHash: 'x' };
      dossier.facts = Object.entries(facts).map(([name, value]): KnownCapability => ({ name, value, learned: 'probed', ...place, learnedAt: new Date(nowMs()).toISOString() }));
      return dossier;
    },
  });
  return { base, dossier, later: (ms) => { passedMs += ms; }, [Symbol.asyncDispose]: () => base[Symbol.asyncDispose]() };
}

const dayMs = 86_400_000;
const batchOf = ({ base }: Trial) => base.send('batch', { set: 'Items' }, { operations: [{ operation: 'create', row: { Id: '1' } }] });
const parts: Handle = (_request, response) => void response.writeHead(200, { 'content-type': 'multipart/mixed; boundary=b' }).end('--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\nContent-Type: application/http\r\nContent-ID: 1\r\n\r\nHTTP/1.1 201 Created\r\nContent-Type: application/json\r\n\r\n{"Id":"1"}\r\n--c--\r\n--b--');
const refusing: Handle = (_request, response) => void response.writeHead(501).end();
const fact = ({ dossier }: Trial, name: string): KnownCapability | undefined => dossier.facts.find((each) => each.name === name);

describe('what is known of batches', () => {
  it('keeps one from being sent to a service that takes none, for a day', async () => {
    await using trial = await knowing({ batch: [] }, parts);
    await expect(batchOf(trial)).rejects.toMatchObject({ code: 'odata.batchDenied' });
    expect(trial.base.asked()).toEqual([]);
    trial.later(dayMs);
    expect(await batchOf(trial)).toMatchObject({ kind: 'ok' });
    expect(fact(trial, 'batch')).toMatchObject({ value: ['multipart'], learned: 'used' });
  });

  it('heals where it was wrong: a service that answers 501 is not asked again', async () => {
    await using trial = await knowing({ batch: ['multipart'] }, refusing);
    await expect(batchOf(trial)).rejects.toMatchObject({ code: 'odata.batchUnsupported' });
    await expect(batchOf(trial)).rejects.toMatchObject({ code: 'odata.batchDenied' });
    expect(fact(trial, 'batch')).toMatchObject({ value: [], learned: 'used' });
    expect(trial.base.asked()).toEqual(['POST $batch']);
  });

  it('begins with the form that is known to work', async () => {
    await using trial = await knowing({ batch: ['json'] }, (_request, response) => answer(response, 200, { responses: [{ id: '1', status: 201, body: { Id: '1' } }] }));
    expect(await batchOf(trial)).toMatchObject({ kind: 'ok' });
    expect(trial.base.seen.at(-1)?.headers['content-type']).toBe('application/json');
  });

  it('of another address is not believed', async () => {
    await using trial = await knowing({}, parts);
    trial.dossier.facts = [{ name: 'batch', value: [], learned: 'probed', address: 'http://elsewhere/$metadata', metadataHash: 'x', learnedAt: new Date().toISOString() }];
    expect(await batchOf(trial)).toMatchObject({ kind: 'ok' });
  });
});

describe('what is known of reading', () => {
  const rows: Handle = (_request, response) => answer(response, 200, { value: [{ Id: '1' }] });

  it('leaves the count out where the service cannot count, and notes that it does not', async () => {
    await using able = await knowing({}, rows);
    expect(await able.base.send('query', { set: 'Items', count: true })).toMatchObject({ response: { count: null } });
    expect(fact(able, 'count')).toMatchObject({ value: false, learned: 'used' });
    await able.base.send('query', { set: 'Items', count: true });
    expect(able.base.asked().map((each) => each.includes('$count'))).toEqual([true, false]);
  });

  it('says a list without in where the service does not know the word', async () => {
    await using trial = await knowing({ inOperator: false }, rows);
    await trial.base.send('query', { set: 'Items', filter: { op: 'and', of: [{ op: 'in', field: 'Id', value: ['1', '2'] }, { op: 'eq', field: 'Name', value: 'x' }] } });
    expect(trial.base.asked()[0]).toContain("(Id eq '1' or Id eq '2') and (Name eq 'x')");
  });

  it('halves an address that was too long, and divides the list by what it has learnt', async () => {
    await using trial = await knowing({}, (request, response) => (request.url.length > 2_000 ? void response.writeHead(414).end() : rows(request, response)));
    const list = { set: 'Items', select: ['Id'], filter: { op: 'in', field: 'Id', attribute: 'ids' } };
    const ids = Array.from({ length: 190 }, (_one, index) => `item-${index}`.padEnd(20, '-'));
    const long = await trial.base.send('query', list, { ids });
    expect(long).toMatchObject({ kind: 'error', failure: { code: 'odata.addressTooLong', next: { kind: 'retry' } } });
    let receipt = long;
    await vi.waitFor(async () => {
      receipt = await trial.base.send('query', list, { ids });
      expect(receipt.kind).toBe('ok');
    });
    expect(receipt).toMatchObject({ response: { rows: [{ Id: '1' }], next: expect.any(String) } });
    expect(fact(trial, 'maxQueryBytes')?.value).toBeLessThan(2_500);
  });

  it('fetches a token before a write where the service is known to want one', async () => {
    await using trial = await knowing({ csrf: true }, (request, response) => answer(response, request.method === 'GET' ? 200 : 201, { Id: '1' }, { 'x-csrf-token': 'abc' }));
    await trial.base.send('create', { set: 'Items' }, { Id: '1' });
    expect(trial.base.seen.find(({ method }) => method === 'POST')?.headers['x-csrf-token']).toBe('abc');
  });
});

describe('what a description declares', () => {
  it('stands where nothing could be seen', async () => {
    const declared = documents.v4.replace('<EntityContainer Name="C">', '<EntityContainer Name="C"><Annotation Term="Org.OData.Capabilities.V1.BatchSupported" Bool="false"/>')
      .replace('</Schema>', '<Annotations Target="N.C/Items"><Annotation Term="Capabilities.ChangeTracking"><Record><PropertyValue Property="Supported" Bool="true"/></Record></Annotation><Annotation Term="Org.OData.Core.V1.AlternateKeys"/></Annotations></Schema>');
    const { default: definition } = await import('./index.ts');
    await using base = await startBase('v4', (_request, response) => void response.writeHead(500).end(), { describe: (_request, response) => void response.writeHead(200, { 'content-type': 'application/xml' }).end(declared) });
    const { learnt } = (await definition.capabilities?.probe(base.context, new AbortController().signal)) ?? { learnt: [] };
    expect(learnt).toEqual(expect.arrayContaining([
      { name: 'batch', value: [], learned: 'declared' }, { name: 'delta', value: true, learned: 'declared' }, { name: 'alternateKeys', value: true, learned: 'declared' },
      { name: 'count', value: null, learned: 'probed' }, { name: 'maxQueryBytes', value: 8_000, learned: 'usual' },
    ]));
  });
});
