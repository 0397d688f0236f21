import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ended, lockOf, StagedProject, until } from './staged-project.ts';

const older = { pretend: { node: '20.19.2' } };
const ownNode = '.zveno/node/24.21.0';

test('an older Node gets Node 24 and the packages, one line a step, and hands all arguments over', async () => {
  using project = new StagedProject();
  const { code, out, err } = await project.start(['start', '--port', '1', 'два слова'], older);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ words: ['start', '--port', '1', 'два слова'] });
  expect(err.trimEnd().split('\n')).toEqual([expect.stringMatching(/^zveno: getting Node 24\.21\.0, once … \d+ s$/), expect.stringMatching(/^zveno: installing packages … \d+ s$/)]);
  expect(project.npmCalls).toEqual([expect.stringMatching(/^install node-\S+@24\.21\.0 npm@\d+\.\d+\.\d+$/), 'install']);
});

test('the second start installs nothing and says nothing', async () => {
  using project = new StagedProject();
  await project.start(['start'], older);
  const { code, err } = await project.start(['start'], older);
  expect({ code, err, calls: project.npmCalls.length }).toEqual({ code: 0, err: '', calls: 2 });
});

test('Node 24 itself is used as it is', async () => {
  using project = new StagedProject();
  const { code } = await project.start(['start']);
  expect(code).toBe(0);
  expect(project.npmCalls).toEqual(['install']);
  expect(project.has(ownNode)).toBe(false);
});

test('nothing is written outside the project, and the cache does not stay', async () => {
  using project = new StagedProject();
  await project.start(['start'], older);
  expect(project.homeIsEmpty()).toBe(true);
  expect(project.has('.zveno/npm-cache')).toBe(false);
  expect(project.has('.zveno/preparing.lock')).toBe(false);
});

test('an empty HOME is no obstacle', async () => {
  using project = new StagedProject();
  expect(await project.start(['start'], { ...older, env: { HOME: '' } })).toMatchObject({ code: 0 });
});

test('packages are installed again when the lock file changes', async () => {
  using project = new StagedProject();
  await project.start(['start']);
  project.write('package-lock.json', lockOf('1.0.1'));
  await project.start(['start']);
  expect(project.npmCalls).toEqual(['install', 'install']);
});

test('packages made for another kind of Node are installed again', async () => {
  using project = new StagedProject();
  await project.start(['start']);
  const stamp = project.read('node_modules/.zveno-stamp.json').replace(/"node":"[^"]*"/, '"node":"linux x64 115"');
  project.write('node_modules/.zveno-stamp.json', stamp);
  await project.start(['start']);
  expect(project.npmCalls).toEqual(['install', 'install']);
});

test('packages that a developer installed with Node 24 by himself are taken when they are those of the lock file', async () => {
  using project = new StagedProject();
  mkdirSync(join(project.root, 'node_modules/one'), { recursive: true });
  project.write('node_modules/.package-lock.json', lockOf('1.0.0'));
  expect(await project.start(['start'])).toMatchObject({ code: 0, err: '' });
  expect(project.npmCalls).toEqual([]);
  project.write('package-lock.json', lockOf('1.0.1'));
  await project.start(['start']);
  expect(project.npmCalls).toEqual(['install']);
});

test('packages that an older Node installed are not trusted', async () => {
  using project = new StagedProject();
  mkdirSync(join(project.root, 'node_modules/one'), { recursive: true });
  project.write('node_modules/.package-lock.json', lockOf('1.0.0'));
  await project.start(['start'], older);
  expect(project.npmCalls.at(-1)).toBe('install');
});

test('a node_modules that is a link is left alone', async () => {
  using project = new StagedProject();
  mkdirSync(join(project.root, 'elsewhere'));
  symlinkSync('elsewhere', join(project.root, 'node_modules'));
  expect(await project.start(['start'])).toMatchObject({ code: 0 });
  expect(project.npmCalls).toEqual([]);
});

test.each([
  ['ENOSPC', 'npm error code ENOSPC\nnpm error nospc no space left on device', /disk that holds .* is full/],
  ['no network', 'npm error code EAI_AGAIN\nnpm error network request failed', /registry cannot be reached/],
  ['a refusing proxy', 'npm error code ECONNREFUSED', /registry cannot be reached/],
  ['a foreign certificate', 'npm error code SELF_SIGNED_CERT_IN_CHAIN', /registry cannot be reached/],
  ['no access', 'npm error code E401\nnpm error Incorrect or missing password.', /registry refused access/],
  ['a registry without the version', 'npm error code ETARGET\nnpm error notarget No matching version', /does not have a package of the wanted version/],
  ['a read-only folder', 'npm error code EROFS\nnpm error rofs read-only file system', /cannot be written by this user/],
  ['a damaged package', 'npm error code EINTEGRITY', /arrived damaged/],
  ['something unheard of', 'npm error code EWHATEVER\nnpm error the moon is full', /npm failed; its last words are below[^]*the moon is full/],
])('%s is told in a sentence, leaves nothing half done, and the next start goes on', async (_what, says, sentence) => {
  using project = new StagedProject();
  const failed = await project.start(['start'], { ...older, npm: { kind: 'fails', says } });
  expect(failed.code).toBe(1);
  expect(failed.err).toMatch(sentence);
  expect(failed.err).not.toContain('at runNpm');
  expect(project.has(ownNode)).toBe(false);
  expect(project.has('.zveno/preparing.lock')).toBe(false);
  expect(await project.start(['start'], older)).toMatchObject({ code: 0 });
});

test('a failure of the packages leaves no stamp', async () => {
  using project = new StagedProject();
  const { code, err } = await project.start(['start'], { npm: { kind: 'fails', says: 'npm error code ENOSPC' } });
  expect(code).toBe(1);
  expect(err).toMatch(/Installing packages: the disk/);
  expect(project.has('node_modules/.zveno-stamp.json')).toBe(false);
});

test('a machine without npm is told how to get it', async () => {
  using project = new StagedProject();
  const { code, err } = await project.start(['start'], { env: { PATH: '/nowhere' } });
  expect(code).toBe(1);
  expect(err).toMatch(/npm was not found.*apt install npm/);
});

test('an unknown kind of machine is refused before anything is written', async () => {
  using project = new StagedProject();
  const { code, err } = await project.start(['start'], { pretend: { node: '20.19.2', arch: 'mips' } });
  expect(code).toBe(1);
  expect(err).toMatch(/linux mips: it runs on Linux and macOS/);
  expect(project.has('.zveno/node')).toBe(false);
});

test('a folder of another user is told by name', async (context) => {
  if (process.getuid?.() !== 0) context.skip('only root can become another user');
  using project = new StagedProject();
  const { code, err } = await project.start(['start'], { uid: 65_534 });
  expect(code).toBe(1);
  expect(err).toMatch(/Мой проект.* cannot be written by this user\. Give the folder/);
});

test('package.json and package-lock.json that disagree are refused, naming the package', async () => {
  using project = new StagedProject();
  project.write('package.json', JSON.stringify({ name: 'staged', dependencies: { one: '1.0.0', two: '2.0.0' } }));
  const { code, err } = await project.start(['start']);
  expect(code).toBe(1);
  expect(err).toMatch(/package\.json wants two 2\.0\.0 and package-lock\.json \(nothing\)/);
});

test('two starts at once prepare once', async () => {
  using project = new StagedProject();
  const both = await Promise.all([project.start(['start'], older), project.start(['start'], older)]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(project.npmCalls).toHaveLength(2);
});

test('a start that was killed half-way is taken over, but not before its npm is gone', async () => {
  using project = new StagedProject();
  const first = project.launch(['start'], { ...older, npm: { kind: 'hangs' } });
  const firstEnd = ended(first);
  const npm = await until(() => npmOf(project));
  await until(() => (project.npmCalls.length > 0 ? true : undefined));
  first.kill('SIGKILL');
  await firstEnd;
  const second = project.launch(['start'], older);
  let said = '';
  second.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const secondEnd = ended(second);
  await until(() => (said.includes('waiting for another start') ? true : undefined));
  expect(project.npmCalls).toHaveLength(1);
  process.kill(npm, 'SIGKILL');
  expect(await secondEnd).toMatchObject({ code: 0 });
});

test('a lock whose process id now belongs to another process is left over', async () => {
  using project = new StagedProject();
  await project.start(['start']);
  project.write('package-lock.json', lockOf('1.0.1'));
  const host = readFileSync('/proc/sys/kernel/hostname', 'utf8').trim();
  project.write('.zveno/preparing.lock', JSON.stringify({ host, processes: [{ pid: process.pid, start: '1' }] }));
  expect(await project.start(['start'])).toMatchObject({ code: 0 });
});

test('a request to stop while npm works reaches npm and ends the start', async () => {
  using project = new StagedProject();
  const child = project.launch(['start'], { npm: { kind: 'hangs' } });
  const end = ended(child);
  const npm = await until(() => npmOf(project));
  child.kill('SIGTERM');
  expect(await end).toMatchObject({ code: 1, err: expect.stringContaining('stopped') });
  expect(() => process.kill(npm, 0)).toThrow('ESRCH');
  expect(project.has('.zveno/preparing.lock')).toBe(false);
});

test('the exit code of the command is the exit code', async () => {
  using project = new StagedProject();
  project.write('src/cli/main.ts', 'process.exit(7);\n');
  expect(await project.start(['apply'])).toMatchObject({ code: 7 });
});

test('a signal reaches the command, and an end by a signal is passed on', async () => {
  using project = new StagedProject();
  project.write('src/cli/main.ts', "process.on('SIGTERM', () => { console.log('drained'); process.exit(3); });\nconsole.log('up');\nsetInterval(() => undefined, 1_000);\n");
  expect(await stopped(project, 'SIGTERM')).toMatchObject({ code: 3, out: 'up\ndrained\n' });
  project.write('src/cli/main.ts', "console.log('up');\nsetInterval(() => undefined, 1_000);\n");
  expect(await stopped(project, 'SIGINT')).toMatchObject({ code: null, signal: 'SIGINT' });
});

test('dev starts the platform again when its source changes, and ends when it is told to', async () => {
  using project = new StagedProject();
  const program = (text: string): string => `console.log('${text}', process.argv.slice(2).join(' '));\nsetInterval(() => undefined, 1_000);\n`;
  project.write('src/cli/main.ts', program('first'));
  const child = project.launch(['dev', '--port', '1']);
  const end = ended(child);
  let out = '';
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  await until(() => (out.includes('first start --port 1') ? true : undefined));
  project.write('src/cli/main.ts', program('second'));
  await until(() => (out.includes('second start --port 1') ? true : undefined));
  child.kill('SIGTERM');
  await end;
});

test('a benchmark or a campaign that is not there is answered with those that are', async () => {
  using project = new StagedProject();
  project.write('bench/w1.ts', "console.log('ran', process.argv.slice(2).join(' '));\n");
  expect((await project.start(['bench', 'w9'])).err).toContain('There is no benchmark "w9". There are: w1.');
  expect((await project.start(['bench', '../bin/lock'])).err).toContain('There are: w1.');
  expect((await project.start(['campaign'])).err).toContain('Which campaign? tests/campaigns/ holds none yet.');
  expect(await project.start(['bench', 'w1', '--seconds', '5'])).toMatchObject({ code: 0, out: 'ran --seconds 5\n' });
});

test('a new thing without a kind or a name is explained', async () => {
  using project = new StagedProject();
  expect((await project.start(['new', 'connector'])).err).toContain('npm run new connector NAME');
});

test('a stamp that was cut short counts as none', async () => {
  using project = new StagedProject();
  await project.start(['start'], older);
  writeFileSync(join(project.root, 'node_modules/.zveno-stamp.json'), '{"lock":');
  await project.start(['start'], older);
  expect(project.npmCalls).toHaveLength(3);
});

/** The process id of the npm that works under the lock, as soon as the lock names it. */
/** Undefined while the lock is not there, or is just being written. */
function npmOf(project: StagedProject): number | undefined {
  try {
    return (JSON.parse(project.read('.zveno/preparing.lock')) as { processes: { pid: number }[] }).processes[1]?.pid;
  } catch {
    return undefined;
  }
}

async function stopped(project: StagedProject, signal: NodeJS.Signals): Promise<unknown> {
  const child = project.launch(['start']);
  const end = ended(child);
  let out = '';
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  await until(() => (out.includes('up') ? true : undefined));
  child.kill(signal);
  return end;
}
