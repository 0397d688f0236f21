/**
 * Runs the commands of the guide, page by page, against a platform that was just started with the demo.
 * The documents that a page shows lie in a folder of its name below the home folder, as its reader would have put them.
 */
import { execFile, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startOnec, type Onec } from '../../demo/onec/server.ts';
import { ownMetadata } from '../../demo/onec/testing/client.ts';
import { startProcess, type StartedProcess } from '../acceptance/started-process.ts';
import { testFolder } from '../services/test-folder.ts';
import { guideCommands, missingLine, type Command } from './guide-commands.ts';
import { guidePages, root, yamlExamples } from './guide-examples.ts';

const lacking = ['bash', 'curl'].filter((program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined);
const title = lacking.length === 0 ? 'the guide' : `the guide (skipped: there is no ${lacking.join(', no ')})`;

const patienceMs = 20_000;

test('a line of a page stands for itself, with anything in place of dots, in the order of the page', () => {
  expect(missingLine('a: 1 (x)\nb: 2\n', ['a: … (x)', 'b: 2'])).toBeNull();
  expect(missingLine('a: 1\nb: 2\n', ['b: 2', 'a: 1'])).toBe('a: 1');
  expect(missingLine('a\nb\n', ['a…b'])).toBe('a…b');
});

describe.skipIf(lacking.length > 0)(title, () => {
  let folder = '';
  let platform: StartedProcess;
  let onec: Onec;

  const environment = (): Record<string, string> => ({
    PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
    LANG: 'C',
    HOME: folder,
    ZVENO_DATA: join(folder, 'data'),
    ZVENO_PORT: '0',
    ZVENO_ADMIN_PASSWORD: 'chosen-before-the-first-start',
    ZVENO_MASTER_KEY: Buffer.alloc(32, 5).toString('base64'),
    ZVENO_LOG_LEVEL: 'warn',
  });

  beforeAll(async () => {
    folder = await mkdtemp(join(testFolder(), 'guide-'));
    await chmod(folder, 0o755);
    [platform, onec] = await Promise.all([startProcess(environment()), startOnec({ port: 0, metadata: ownMetadata, users: [{ login: 'odata', password: 'odata' }] })]);
  });

  afterAll(async () => {
    await platform?.[Symbol.asyncDispose]();
    await onec?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** As it stands in the page; only the ports of the platform and of the simulated 1C are others. */
  const asHere = (text: string): string => text.replaceAll('http://127.0.0.1:8080', platform.url).replaceAll('http://127.0.0.1:8321', new URL(onec.url).origin);

  function printed(script: string): Promise<string> {
    const here = asHere(script);
    return new Promise((resolve) => {
      execFile('bash', ['-ec', here], { cwd: root, env: environment(), maxBuffer: 16 * 1024 * 1024, timeout: 60_000 }, (error, stdout, stderr) => resolve(error === null ? stdout : `${stdout}${stderr}\n[it ended with ${error.code}]`));
    });
  }

  async function carryOut({ script, expected, eventually }: Command): Promise<{ said: string; missing: string | null }> {
    for (const end = performance.now() + patienceMs; ; await sleep(200)) {
      const said = await printed(script);
      const missing = said.includes('[it ended with ') ? 'exit code 0' : missingLine(said, expected);
      if (missing === null || !eventually || performance.now() > end) return { said, missing };
    }
  }

  async function writeDocuments(page: string): Promise<void> {
    const own = join(folder, basename(page, '.md'));
    await mkdir(own);
    const good = yamlExamples(page).filter(({ mark }) => mark === '');
    await Promise.all(good.map(({ text }, index) => writeFile(join(own, `${index}.yaml`), asHere(text))));
  }

  for (const page of guidePages().toSorted(firstStepsFirst)) {
    const commands = guideCommands(page);
    if (commands.length > 0) {
      test(`${page} does what it says`, async () => {
        await writeDocuments(page);
        for (const command of commands) {
          const { said, missing } = await carryOut(command);
          expect(missing, `${command.place} printed: ${said}`).toBeNull();
        }
      });
    }
  }
});

/** Other pages go on from what it does. */
const firstStepsFirst = (left: string, right: string): number => Number(right.endsWith('first-steps.md')) - Number(left.endsWith('first-steps.md')) || (left < right ? -1 : 1);
