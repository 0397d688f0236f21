import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cachedDownload } from './cached-download.ts';
import { Unavailable } from './service.ts';

const body = Buffer.from('a program '.repeat(10_000));
const sha256 = createHash('sha256').update(body).digest('hex');
const { signal } = new AbortController();

describe('a cached download', () => {
  let folder: string;
  let server: Server;
  let base: string;
  let requests: number;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'zv-download-'));
    requests = 0;
    server = createServer((request, response) => {
      requests++;
      if (request.url === '/gone.jar') response.writeHead(404).end();
      else if (request.url === '/cut.jar') response.writeHead(200, { 'content-length': body.length }).write(body.subarray(0, 10), () => response.destroy());
      else response.end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    base = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`;
  });
  afterEach(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  it('is fetched once and kept', async () => {
    const path = await cachedDownload({ url: `${base}/tool.jar`, sha256, signal, folder });
    expect(readFileSync(path).equals(body)).toBe(true);
    expect(await cachedDownload({ url: `${base}/tool.jar`, sha256, signal, folder })).toBe(path);
    expect(requests).toBe(1);
  });

  it('is fetched again when the kept file is damaged', async () => {
    const path = await cachedDownload({ url: `${base}/tool.jar`, sha256, signal, folder });
    writeFileSync(path, 'damaged');
    await cachedDownload({ url: `${base}/tool.jar`, sha256, signal, folder });
    expect(readFileSync(path).equals(body)).toBe(true);
  });

  it('is whole for everybody who asks at the same time', async () => {
    const paths = await Promise.all([1, 2, 3].map(() => cachedDownload({ url: `${base}/tool.jar`, sha256, signal, folder })));
    expect(new Set(paths).size).toBe(1);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('with another hash is refused, and nothing of it stays', async () => {
    await expect(cachedDownload({ url: `${base}/tool.jar`, sha256: 'f'.repeat(64), signal, folder })).rejects.toThrow('has the hash');
    await expect(cachedDownload({ url: `${base}/cut.jar`, sha256, signal, folder })).rejects.toThrow();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('that nobody offers is a reason to skip', async () => {
    await expect(cachedDownload({ url: `${base}/gone.jar`, sha256, signal, folder })).rejects.toThrow(new Unavailable(`${base}/gone.jar answers 404`));
    await expect(cachedDownload({ url: 'http://127.0.0.1:1/x.jar', sha256, signal, folder })).rejects.toBeInstanceOf(Unavailable);
  });
});
