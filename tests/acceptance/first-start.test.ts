/** What the first start on an empty database shows, and the second one does not. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withPlatformDatabase } from '../services/platform-database.ts';
import { basic, callHttp } from './node.ts';
import { startProcess } from './started-process.ts';

test('a password that nobody chose is drawn at the first start, shown once, and signs in', async () => {
  await using database = await withPlatformDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'zveno-first-'));
  const environment = { DATABASE_URL: database.url, ZVENO_DATA: folder, ZVENO_PORT: '0', ZVENO_MASTER_KEY: Buffer.alloc(32, 5).toString('hex'), ZVENO_LOG_LEVEL: 'silent', HOME: folder };
  try {
    const as = await startAndGreet(environment, 2);
    expect(as).not.toBeNull();
    await startAndGreet({ ...environment, ZVENO_ADMIN_PASSWORD: 'comes too late' }, 1);
    await using third = await startProcess(environment);
    const status = async (authorization: string | null): Promise<number> => (await callHttp(third.url, 'GET', '/api/v1/me', { as: authorization })).status;
    expect(await status(as)).toBe(200);
    expect(await status(basic('admin', 'comes too late'))).toBe(401);
    expect(await status(null)).toBe(401);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** Starts and stops a platform that greets with so many lines; returns how to sign in when it says so. */
async function startAndGreet(environment: Readonly<Record<string, string>>, lines: number): Promise<string | null> {
  await using platform = await startProcess(environment);
  expect(platform.greeting).toHaveLength(lines);
  expect(platform.greeting.at(-1)).toBe(`Zveno is ready: ${platform.url}`);
  const drawn = /^First sign-in: admin, password (\S+) \(shown this once\)$/.exec(platform.greeting[0] ?? '')?.[1];
  return drawn === undefined ? null : basic('admin', drawn);
}
