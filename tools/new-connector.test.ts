import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { describeContract } from '../src/sdk/testing/contract-suite.ts';
import { contract } from './connector-template/testing/contract.ts';
import { newConnector } from './new-connector.ts';
import { registryText } from './reference/registry.ts';

const project = join(import.meta.dirname, '..');
const root = await mkdtemp(join(tmpdir(), 'zveno-new-'));
afterAll(() => rm(root, { recursive: true, force: true }));

await mkdir(join(root, 'src/connectors'), { recursive: true });
for (const shared of ['src/sdk', 'src/core', 'node_modules']) await symlink(join(project, shared), join(root, shared));
await cp(join(project, 'package.json'), join(root, 'package.json'));
await cp(join(project, 'src/connectors/contract.test.ts'), join(root, 'src/connectors/contract.test.ts'));

describe('the template of new connectors', () => {
  describeContract(contract);
});

describe('a new connector', () => {
  it('passes the contract suite at once, where it was made', async () => {
    const folder = await newConnector('acme-crm', root);
    expect(await readFile(join(folder, 'index.ts'), 'utf8')).toContain("name: 'acme-crm'");
    const vitest = join(project, 'node_modules/vitest/vitest.mjs');
    const report = join(root, 'report.json');
    await promisify(execFile)(process.execPath, [vitest, 'run', '--root', root, '--reporter', 'json', '--outputFile', report, 'src/connectors/contract.test.ts'], { cwd: root, timeout: 60_000 });
    const result = JSON.parse(await readFile(report, 'utf8')) as { success: boolean; numPassedTests: number };
    expect([result.success, result.numPassedTests > 30]).toEqual([true, true]);
  }, 90_000);

  it('is entered in the registry together with those that are there', async () => {
    await newConnector('zulu', root);
    expect(await readFile(join(root, 'src/connectors/registry.ts'), 'utf8')).toBe(registryText(['acme-crm', 'zulu']));
  });

  it.each(['', 'Acme', '1c', 'a--b', 'a_b', '../evil', 'a b', '-a', 'a'.repeat(41)])('is not made with the name %j', async (name) => {
    await expect(newConnector(name, root)).rejects.toThrow("cannot be a connector's name");
  });

  it('is what the command makes: the name arrives as it was said', async () => {
    const said = promisify(execFile)(process.execPath, [join(project, 'bin/zveno.mjs'), 'new', 'connector', 'Not_a_name'], { cwd: project });
    await expect(said).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('"Not_a_name" cannot be a connector') });
  });

  it('never replaces one that exists', async () => {
    await expect(newConnector('acme-crm', root)).rejects.toThrow('exists already');
  });
});
