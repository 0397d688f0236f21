/** What `npm pack` makes, installed by the real npm into an empty folder and used as somebody without the source would. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startProcess } from '../acceptance/started-process.ts';
import { projectFolder, testFolder } from '../services/test-folder.ts';

const run = promisify(execFile);

let folder = '';
/** Where the package lies once it is installed. */
let installed = '';
let unreachable = false;

beforeAll(async () => {
  folder = await mkdtemp(join(testFolder(), 'packed-'));
  await chmod(folder, 0o755);
  installed = join(folder, 'app/node_modules/zveno');
  await mkdir(join(folder, 'app'));
  await run('npm', ['pack', `--pack-destination=${folder}`], { cwd: projectFolder });
  const [tarball = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  // Install scripts stay off, as many companies have it.
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', `--cache=${join(folder, 'npm-cache')}`, join(folder, tarball)], { cwd: join(folder, 'app'), env: { ...process.env, HOME: folder } }).catch((error: unknown) => {
    unreachable = /EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|ENETUNREACH/.test(String(error));
    if (!unreachable) throw error;
  });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the packed platform', () => {
  test('holds built JavaScript, no TypeScript and nothing that only tests read', async (context) => {
    if (unreachable) context.skip('the package registry cannot be reached from here');
    const paths = await readdir(installed, { recursive: true });
    expect(paths).toContain('dist/src/main.js');
    expect(paths.filter((path) => /\.tsx?$|\.test\.|\/testing\/contract\.js$/.test(path))).toEqual([]);
    expect(await readdir(projectFolder)).not.toContain('npm-shrinkwrap.json');
  });

  // From a registry npm obeys the shrinkwrap; installing a tarball from a file it does not, and chooses what packages ask of each other anew.
  test('has exactly the direct packages of the lock file, carries a shrinkwrap for the others, and nothing that only developers need', async (context) => {
    if (unreachable) context.skip('the package registry cannot be reached from here');
    const locked = await packagesOf(join(projectFolder, 'package-lock.json'));
    const found = await packagesOf(join(folder, 'app/node_modules/.package-lock.json'));
    const shrinkwrap = await packagesOf(join(installed, 'npm-shrinkwrap.json'));
    const direct = Object.keys(locked.get('')?.dependencies ?? {}).map((name) => `node_modules/${name}`);
    expect(direct.length).toBeGreaterThan(10);
    expect(direct.map((path) => found.get(path)?.version)).toEqual(direct.map((path) => locked.get(path)?.version));
    expect([...shrinkwrap.keys()]).toEqual([...locked.keys()].filter((path) => locked.get(path)?.dev !== true));
    expect([...found.keys()].filter((path) => path.endsWith('/vitest'))).toEqual([]);
  });

  test('starts in an empty folder with its demo, and an order goes through it', async (context) => {
    if (unreachable) context.skip('the package registry cannot be reached from here');
    const password = 'chosen-before-the-first-start';
    await using platform = await startProcess({ HOME: folder, ZVENO_DATA: join(folder, 'data'), ZVENO_PORT: '0', ZVENO_ADMIN_PASSWORD: password, ZVENO_LOG_LEVEL: 'warn' }, join(installed, 'bin/zveno.mjs'));
    const reply = await fetch(`${platform.url}/api/public/adapter/shop/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}` },
      body: JSON.stringify({ orderId: 'P-1', createdAt: '2026-11-22T15:00:00+03:00', customer: { name: 'Ирина', phone: '+79000000017' }, lines: [{ sku: 's1', qty: 2, price: 10.1 }] }),
    });
    expect([reply.status, await reply.json()]).toEqual([200, { accepted: true, number: 'P-1', total: 20.2 }]);
    platform.child.kill('SIGTERM');
    expect(await platform.gone).toEqual([0, null]);
  });

  test('says of a command for developers that it needs the source', async (context) => {
    if (unreachable) context.skip('the package registry cannot be reached from here');
    const refused = await run(process.execPath, [join(installed, 'bin/zveno.mjs'), 'ci']).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('"zveno ci" works on the source code') });
  });
});

interface LockedPackage {
  version: string;
  dev?: boolean;
  dependencies?: Record<string, string>;
}

async function packagesOf(lockFile: string): Promise<Map<string, LockedPackage>> {
  const { packages } = JSON.parse(await readFile(lockFile, 'utf8')) as { packages: Record<string, LockedPackage> };
  return new Map(Object.entries(packages));
}
