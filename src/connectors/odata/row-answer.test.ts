/** Pages of rows that are large, encoded, broken, or no pages at all. */
import { once } from 'node:events';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Decimal, limits, type Value } from '../../sdk/index.ts';
import { answer } from '../../sdk/testing/server.ts';
import { startBase } from './testing/base.ts';

const items = { set: 'Items' };
const mebibyte = 'x'.repeat(1024 * 1024);
const json = { 'content-type': 'application/json' };

const pageOf = (receipt: { response: Value }): { rows: Record<string, Value>[]; next: string | null } => receipt.response as { rows: Record<string, Value>[]; next: string | null };

describe('a page of rows', () => {
  it('that is larger than a message holds is cut, and reading goes on behind the last row', async () => {
    await using base = await startBase('v4', (request, response) => {
      const skip = Number(/skip=(\d+)/.exec(decodeURIComponent(request.url))?.[1] ?? 0);
      answer(response, 200, { value: Array.from({ length: Math.max(0, 24 - skip) }, (_each, index) => ({ Id: String(skip + index), Name: mebibyte })) });
    });
    const read: Value[] = [];
    let cursor: string | null = null;
    do {
      const page = pageOf(await base.send('query', items, { cursor }));
      read.push(...page.rows.map(({ Id }) => Id ?? null));
      expect(page.rows.length).toBeLessThanOrEqual(10);
      cursor = page.next;
    } while (cursor !== null);
    expect(read).toEqual(Array.from({ length: 24 }, (_each, index) => String(index)));
  });

  it('has rows of six megabytes', async () => {
    await using base = await startBase('1c', (_request, response) => answer(response, 200, { value: [{ Id: '1', Name: mebibyte.repeat(6) }] }));
    expect(pageOf(await base.send('query', items)).rows[0]?.['Name']).toHaveLength(6 * 1024 * 1024);
  });

  it.each<[string, Record<string, Value>]>([['one row is', {}], ['it cannot be cut, because only the service knows its pages, and it is', { paging: 'server' }]])('is refused when %s too large, and nothing after it is read', async (_name, properties) => {
    let sent = 0;
    await using base = await startBase('v4', async (_request, response) => {
      response.setMaxListeners(0).writeHead(200, json).write('{"value":[{"Id":"');
      while (!response.destroyed && sent < 100) {
        sent++;
        const piece = properties['paging'] === 'server' ? `${mebibyte}"},{"Id":"` : mebibyte;
        if (!response.write(piece)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
      }
    });
    await expect(base.send('query', { ...items, pageRows: 500, ...properties })).rejects.toMatchObject({ code: 'odata.pageTooLarge', parameters: { set: 'Items', rows: 500, limit: limits.remoteResponseBytes.value } });
    expect(sent).toBeLessThan(100);
  });

  const text = '\uFEFF{"value":[{"Id":"Ключ \u{1F511}","Count":9007199254740993,"Price":0.1}],"@odata.count":1}';

  it.each<[string, Uint8Array, Record<string, string>]>([
    ['gzip', gzipSync(text), { 'content-encoding': 'gzip' }],
    ['deflate', deflateSync(text), { 'content-encoding': 'deflate' }],
    ['deflate as IIS sends it', deflateRawSync(text), { 'content-encoding': 'deflate' }],
    ['brotli', brotliCompressSync(text), { 'content-encoding': 'br' }],
    ['a wrong label of its charset', Buffer.from(text), { 'content-type': 'application/json; charset=windows-1251' }],
    ['a wrong type', Buffer.from(text), { 'content-type': 'text/plain' }],
  ])('in %s is read with its mark at the beginning and every digit', async (_name, body, headers) => {
    await using base = await startBase('v4', (_request, response) => void response.writeHead(200, { ...json, ...headers }).end(body));
    expect(await base.send('query', { ...items, count: true })).toMatchObject({ kind: 'ok', response: { rows: [{ Id: 'Ключ \u{1F511}', Count: new Decimal('9007199254740993'), Price: new Decimal('0.1') }], count: new Decimal(1) } });
  });

  it.each<[string, Uint8Array | string, Record<string, string>]>([
    ['cut in the middle of gzip', gzipSync(text).subarray(0, 40), { 'content-encoding': 'gzip' }],
    ['of an unknown encoding', text, { 'content-encoding': 'zstd' }],
    ['not gzip at all', text, { 'content-encoding': 'gzip' }],
    ['in windows-1251', Buffer.from([0x7b, 0x22, 0x76, 0x61, 0x6c, 0x75, 0x65, 0x22, 0x3a, 0x5b, 0x22, 0xcf, 0xf0, 0x22, 0x5d, 0x7d]), { 'content-type': 'application/json; charset=windows-1251' }],
    ['in UTF-16', Buffer.from(text, 'utf16le'), {}],
    ['cut in the middle of a row', '{"value":[{"Id":"1"},{"Id":', {}],
    ['cut behind a row', '{"value":[{"Id":"1"}', {}],
    ['with a row missing', '{"value":[{"Id":"1"},,{"Id":"2"}]}', {}],
    ['with a number that is none', '{"value":[{"Count":1e99999}]}', {}],
    ['with a member twice', '{"value":[{"Id":"1","Id":"2"}]}', {}],
    ['bottomless', `{"value":[${'['.repeat(10_000)}`, {}],
    ['empty', '', {}],
  ])('that is %s is told to be broken and may be asked for again', async (_name, body, headers) => {
    await using base = await startBase('v4', (_request, response) => void response.writeHead(200, { ...json, ...headers }).end(body));
    expect(await base.send('query', items)).toMatchObject({ kind: 'error', failure: { code: 'connection.malformedResponse', next: { kind: 'retry' } } });
  });

  it('that ends with the connection is told to be broken', async () => {
    await using base = await startBase('v4', (_request, response) => {
      response.writeHead(200, { ...json, 'content-length': '1000' }).write('{"value":[{"Id":"1"},');
      setImmediate(() => response.destroy());
    });
    expect(await base.send('query', items)).toMatchObject({ kind: 'error', failure: { code: 'connection.malformedResponse' } });
  });

  it.each([['<!DOCTYPE html><html><title>Вход</title></html>', 'odata.htmlPage'], ['{"error":{"code":"x","message":"no"},"value":[]}', 'odata.refused'], ['{"odata.error":{"code":"20","message":{"value":"нет прав"}}}', 'odata.refused']])('that is instead %s is told as what it is', async (body, code) => {
    await using base = await startBase('v4', (_request, response) => void response.writeHead(200, json).end(body));
    expect(await base.send('query', items)).toMatchObject({ kind: 'error', failure: { code } });
  });
});
