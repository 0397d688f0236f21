/** How many operations a service takes in a batch is learnt from its refusals, kept, and tried anew when it may have changed. */
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { KnownCapability, Value } from '../../sdk/index.ts';
import { memoryDossier, type MemoryDossier } from '../../sdk/testing/memory-dossier.ts';
import { answer, type SeenRequest } from '../../sdk/testing/server.ts';
import { documents, startBase, type Base } from './testing/base.ts';

const dayMs = 86_400_000;

const idsIn = ({ body }: SeenRequest): string[] => [...body.matchAll(/Content-ID: (\S+)/g)].map(([, id = '']) => id);

/** Rows that the service has stored, by the ids of the operations that brought them. */
interface Limited {
  base: Base;
  dossier: MemoryDossier;
  stored: string[];
  /** Operations of each batch that came. */
  sizes: number[];
  limit: { ops: number; bytes: number };
  later(ms: number): void;
}

type Refuse = (response: ServerResponse, limit: number) => void;

const inWords: Refuse = (response, limit) => answer(response, 400, { error: { code: '', message: `The current change set contains too many operations. Only batches with a maximum number of '${limit}' operations are allowed.` } });
const wordless: Refuse = (response) => answer(response, 400, { error: { code: '0x80048', message: 'Number of operations in the batch exceeded the allowed maximum.' } });
const tooLong: Refuse = (response) => void response.writeHead(413).end();

/** A service of V4 that carries out batches up to its limit, and refuses those beyond it as such. */
async function limited(ops: number, refuse: Refuse, options: { facts?: Readonly<Record<string, Value>>; bytes?: number } = {}): Promise<Limited & AsyncDisposable> {
  const limit = { ops, bytes: options.bytes ?? Infinity };
  const [stored, sizes]: [string[], number[]] = [[], []];
  let passedMs = 0;
  const nowMs = (): number => Date.now() + passedMs;
  const dossier = memoryDossier(nowMs);
  const base = await startBase('v4', (request, response) => {
    if (request.method === 'GET') return answer(response, 200, { value: [] });
    const ids = idsIn(request);
    sizes.push(ids.length);
    if (ids.length > limit.ops || request.body.length > limit.bytes) return refuse(response, limit.ops);
    stored.push(...ids);
    const sets = ids.map((id) => `--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\nContent-Type: application/http\r\nContent-ID: ${id}\r\n\r\nHTTP/1.1 201 Created\r\nContent-Type: application/json\r\n\r\n{"Id":"${id}"}\r\n--c--\r\n`);
    return void response.writeHead(200, { 'content-type': 'multipart/mixed; boundary=b' }).end(`${sets.join('')}--b--`);
  }, {
    clock: { wallMs: nowMs },
    dossier: (url) => {
      dossier.elsewhere({ bytes: new TextEncoder().encode(documents.v4), address: `${url}/$metadata` });
      const place = { address: `${url}/$metadata`, metadataHash: dossier.held?.hash ?? '' };
      dossier.facts = Object.entries(options.facts ?? {}).map(([name, value]): KnownCapability => ({ name, value, learned: 'used', ...place, learnedAt: new Date(nowMs()).toISOString() }));
      return dossier;
    },
  });
  return { base, dossier, stored, sizes, limit, later: (ms) => { passedMs += ms; }, [Symbol.asyncDispose]: () => base[Symbol.asyncDispose]() };
}

const ids = (count: number): string[] => Array.from({ length: count }, (_each, index) => `n${index}`);
const send = ({ base }: Limited, count: number, more: Readonly<Record<string, Value>> = {}, route: Readonly<Record<string, Value>> = {}) =>
  base.send('batch', { set: 'Items', ...route }, { operations: ids(count).map((id) => ({ operation: 'create', id, row: { Id: id }, ...more })) });
const learnt = ({ dossier }: Limited): readonly Value[] => dossier.facts.filter(({ name }) => name === 'batchMaxOps').map(({ value, learned }) => [value, learned]);

describe('a batch that is too large for its service', () => {
  it('is halved until it goes, each operation once; the size is kept and the next call begins with it', async () => {
    await using service = await limited(20, wordless);
    expect(await send(service, 90)).toMatchObject({ kind: 'ok', response: { done: 90 } });
    expect(service.sizes).toEqual([90, 45, 22, 11, 11, 11, 11, 11, 11, 11, 11, 2]);
    expect(service.stored).toEqual(ids(90));
    expect(learnt(service)).toEqual([[11, 'used']]);
    service.sizes.length = 0;
    await send(service, 30);
    expect(service.sizes).toEqual([11, 11, 8]);
    expect(service.base.log.lines.filter((line) => line.includes('odata.batchShrunk'))).toHaveLength(3);
  });

  it('is cut to the number that the service names', async () => {
    await using service = await limited(20, inWords);
    expect(await send(service, 50)).toMatchObject({ kind: 'ok', response: { done: 50 } });
    expect(service.sizes).toEqual([50, 20, 20, 10]);
    expect(learnt(service)).toEqual([[20, 'used']]);
  });

  it('is told by 413 too, whatever the form was to be, and a small rest at its end teaches nothing', async () => {
    await using service = await limited(Infinity, tooLong, { bytes: 4_000 });
    expect(await send(service, 21, {}, { format: 'auto' })).toMatchObject({ kind: 'ok', response: { done: 21 } });
    expect(service.stored).toEqual(ids(21));
    expect(learnt(service)).toEqual([[10, 'used']]);
    expect(service.base.seen.every(({ headers }) => !String(headers['content-type']).includes('application/json'))).toBe(true);
  });

  it('is told by the page of IIS that says "not found" and means "too long"', async () => {
    await using service = await limited(5, (response) => void response.writeHead(404, { 'content-type': 'text/html' }).end('<html><title>IIS 404.13</title>HTTP Error 404.13 - Not Found</html>'), { facts: { batch: ['multipart'] } });
    expect(await send(service, 8)).toMatchObject({ kind: 'ok', response: { done: 8 } });
    expect(service.dossier.facts.find(({ name }) => name === 'batch')?.value).toEqual(['multipart']);
  });

  it('that is one group cannot be divided: nothing of it is stored, nothing is learnt, and the way out is told', async () => {
    await using service = await limited(5, wordless);
    await expect(send(service, 8, { group: 'g' })).rejects.toMatchObject({ code: 'odata.batchRefusedLarge', parameters: { count: 8 }, next: { kind: 'fail' } });
    expect(service.stored).toEqual([]);
    expect(learnt(service)).toEqual([]);
  });

  it('behind batches that went leaves them done, and says of its own members that they were not carried out', async () => {
    await using service = await limited(5, wordless, { facts: { batchMaxOps: 5 } });
    const alone = ids(5).map((id) => ({ operation: 'create', id, row: { Id: id } }));
    const group = Array.from({ length: 6 }, (_each, index) => ({ operation: 'create', id: `g${index}`, row: { Id: `g${index}` }, group: 'g' }));
    const receipt = await service.base.send('batch', { set: 'Items' }, { operations: [...alone, ...group] });
    expect(receipt).toMatchObject({ kind: 'error', failure: { code: 'odata.batchPartly' }, response: { done: 5, notRun: 6 } });
    expect(service.stored).toEqual(ids(5));
  });

  it('is not taken for that when the service refuses something else', async () => {
    await using service = await limited(0, (response) => answer(response, 400, { error: { code: 'x', message: 'The value of Name exceeds 40 characters.' } }));
    await expect(send(service, 4, {}, { format: 'multipart' })).rejects.toMatchObject({ code: 'odata.refused' });
    expect(service.sizes).toEqual([4]);
  });
});

describe('the size that was learnt', () => {
  it('is tried beyond after a day, and grows when the service takes more', async () => {
    await using service = await limited(40, wordless, { facts: { batchMaxOps: 10 } });
    await send(service, 40);
    expect(service.sizes).toEqual([10, 10, 10, 10]);
    service.later(dayMs);
    service.sizes.length = 0;
    await send(service, 80);
    expect(service.sizes).toEqual([80, 40, 40]);
    expect(learnt(service)).toEqual([[40, 'used']]);
  });

  it('is tried beyond once the service has another description', async () => {
    await using service = await limited(Infinity, wordless, { facts: { batchMaxOps: 10, batch: ['multipart'] } });
    service.dossier.facts = service.dossier.facts.map((fact) => ({ ...fact, metadataHash: 'of an earlier one' }));
    await send(service, 40);
    expect(service.sizes).toEqual([40]);
  });

  it('gives way to a group that belongs together, and grows with it', async () => {
    await using service = await limited(30, wordless, { facts: { batchMaxOps: 10, batch: ['multipart'] } });
    await send(service, 25, { group: 'g' });
    expect(service.sizes.length).toBe(1);
    expect(learnt(service)).toEqual([[25, 'used']]);
  });

  it('never exceeds what the route allows', async () => {
    await using service = await limited(100, wordless, { facts: { batchMaxOps: 50 } });
    await send(service, 20, {}, { maxOps: 8 });
    expect(service.sizes).toEqual([8, 8, 4]);
    expect(learnt(service)).toEqual([[50, 'used']]);
  });
});
