/** A connection begins with the description that is kept, looks after it in the background, and exchanges it while it is in use. */
import type { ServerResponse } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { memoryDossier, type MemoryDossier } from '../../sdk/testing/memory-dossier.ts';
import { answer, type SeenRequest } from '../../sdk/testing/server.ts';
import { documents, startBase, type Base } from './testing/base.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const renamed = documents.v4.replaceAll('"Items"', '"Goods"');
const rows = (_request: SeenRequest, response: ServerResponse): void => answer(response, 200, { value: [] });
const documentOf = (url: string, text: string = documents.v4) => ({ bytes: bytes(text), address: `${url}/$metadata`, etag: 'W/"1"' });
const readings = ({ seen }: Base): number => seen.filter(({ url }) => url.endsWith('$metadata')).length;
const query = (base: Base, set = 'Items') => base.send('query', { set });

interface Trial {
  base: Base;
  dossier: MemoryDossier;
  /** Moves the clock of the connection. */
  later(ms: number): void;
}

async function kept(held: (url: string) => Parameters<MemoryDossier['elsewhere']>[0] | null, describeAs?: (request: SeenRequest, response: ServerResponse) => void): Promise<Trial & AsyncDisposable> {
  let passedMs = 0;
  const nowMs = (): number => Date.now() + passedMs;
  const dossier = memoryDossier(nowMs);
  const base = await startBase('v4', rows, {
    clock: { wallMs: nowMs, monotonicMs: () => performance.now() + passedMs },
    dossier: (url) => {
      const document = held(url);
      if (document !== null) dossier.elsewhere(document);
      return dossier;
    },
    ...(describeAs === undefined ? {} : { describe: describeAs }),
  });
  return { base, dossier, later: (ms) => { passedMs += ms; }, [Symbol.asyncDispose]: () => base[Symbol.asyncDispose]() };
}

describe('a connection whose description is kept', () => {
  it('does not ask the service for it', async () => {
    await using trial = await kept((url) => documentOf(url));
    expect(await query(trial.base)).toMatchObject({ kind: 'ok' });
    expect(readings(trial.base)).toBe(0);
  });

  it('ignores one that was read at another address, says so, and keeps the one of its own', async () => {
    await using trial = await kept(() => documentOf('http://test.example/odata/service', renamed));
    expect(await query(trial.base)).toMatchObject({ kind: 'ok' });
    expect(trial.base.log.lines).toContainEqual(expect.stringMatching(/^warn odata\.snapshotElsewhere .*test\.example/));
    expect(trial.dossier.held).toMatchObject({ address: `${trial.base.url}/odata/service/$metadata` });
  });

  it.each([
    ['is damaged', (held: MemoryDossier['held']) => held && { ...held, bytes: null }],
    ['is no description', (held: MemoryDossier['held']) => held && { ...held, bytes: bytes('{"value":[]}') }],
  ])('reads it anew where it %s', async (_what, damage) => {
    await using trial = await kept((url) => documentOf(url));
    trial.dossier.held = damage(trial.dossier.held);
    expect(await query(trial.base)).toMatchObject({ kind: 'ok' });
    expect(readings(trial.base)).toBe(1);
  });

  it('takes over what another node has read while it works, without a restart', async () => {
    await using trial = await kept((url) => documentOf(url));
    await query(trial.base);
    trial.dossier.elsewhere(documentOf(`${trial.base.url}/odata/service`, renamed));
    await vi.waitFor(async () => expect(await query(trial.base, 'Goods')).toMatchObject({ kind: 'ok' }));
    await expect(query(trial.base)).rejects.toMatchObject({ code: 'odata.unknownSet' });
  });

  it('asks by the mark of the document once it is old, and goes on meanwhile', async () => {
    const marks: unknown[] = [];
    await using trial = await kept((url) => documentOf(url), ({ headers }, response) => {
      marks.push(headers['if-none-match']);
      response.writeHead(304).end();
    });
    await query(trial.base);
    trial.later(3_600_000);
    const before = trial.dossier.held?.checkedAt ?? '';
    expect(await query(trial.base)).toMatchObject({ kind: 'ok' });
    await vi.waitFor(() => expect(Date.parse(trial.dossier.held?.checkedAt ?? '')).toBeGreaterThan(Date.parse(before)));
    expect(await query(trial.base)).toMatchObject({ kind: 'ok' });
    expect(marks).toEqual(['W/"1"']);
  });

  it('exchanges it for the one that the service has by then, and finds out anew what was found out with the old one', async () => {
    await using trial = await kept((url) => documentOf(url), (_request, response) => void response.writeHead(200, { 'content-type': 'application/xml' }).end(renamed));
    const address = `${trial.base.url}/odata/service/$metadata`;
    trial.dossier.facts = [{ name: 'count', value: true, learned: 'probed', address, metadataHash: 'old', learnedAt: new Date().toISOString() }];
    await query(trial.base);
    trial.later(3_600_000);
    expect(await query(trial.base)).toMatchObject({ kind: 'ok' });
    await vi.waitFor(async () => expect(await query(trial.base, 'Goods')).toMatchObject({ kind: 'ok' }));
    await vi.waitFor(() => expect(trial.dossier.facts).toContainEqual(expect.objectContaining({ name: 'count', value: false, learned: 'probed', metadataHash: trial.dossier.held?.hash })));
  });

  it('keeps to it while the service cannot be asked', async () => {
    await using trial = await kept((url) => documentOf(url), (_request, response) => void response.writeHead(503).end());
    await query(trial.base);
    trial.later(3_600_000);
    await query(trial.base);
    await vi.waitFor(() => expect(trial.base.log.lines).toContainEqual(expect.stringContaining('odata.descriptionKept')));
    expect(await query(trial.base)).toMatchObject({ kind: 'ok' });
  });
});

describe('a connection without a kept description', () => {
  it('keeps what it has read', async () => {
    await using trial = await kept(() => null);
    await Promise.all([query(trial.base), query(trial.base)]);
    expect(readings(trial.base)).toBe(1);
    expect(new TextDecoder().decode(trial.dossier.held?.bytes ?? undefined)).toBe(documents.v4);
  });
});
