import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommandLine } from '../src/cli/command-line.ts';
import { commands } from '../src/cli/commands.ts';
import type { Surroundings } from '../src/cli/surroundings.ts';
import { withPlatformDatabase } from '../src/cli/platform-database.ts';
import type { Log } from '../src/core/ports.ts';
import { connectionToRunning } from '../src/store/embedded/running.ts';
import { startEmbedded } from '../src/store/embedded/start-embedded.ts';

const log: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

let scene = '';
const dataFolder = (): string => join(scene, 'data');

beforeAll(async () => {
  scene = await mkdtemp(join(tmpdir(), 'zv-cli-'));
  // The database's own account must be able to pass.
  await chmod(scene, 0o755);
  await mkdir(join(scene, 'conf'));
  await writeFile(join(scene, 'conf', 'shop.yaml'), 'kind: Connection\nname: shop\ntype: http-in\nproperties: {path: shop, auth: none}\n');
});

afterAll(() => rm(scene, { recursive: true }));

const environment = (): Record<string, string> => ({ ZVENO_DATA: dataFolder(), XDG_CONFIG_HOME: join(scene, 'config'), HOME: scene, ZVENO_MASTER_KEY: Buffer.alloc(32, 3).toString('hex') });

function surroundingsWith(texts: { out: string; err: string }): Surroundings {
  return {
    environment: environment(),
    input: Readable.from(['the secret']),
    print: (text: string): void => void (texts.out += text),
    tell: (text: string): void => void (texts.err += text),
    lang: 'en',
    signal: new AbortController().signal,
  };
}

async function zveno(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const texts = { out: '', err: '' };
  return { code: await runCommandLine(words, commands, surroundingsWith(texts), async () => '0'), ...texts };
}

test('without a server a command starts the embedded database for as long as it takes', { timeout: 60_000 }, async () => {
  expect(await zveno('apply', join(scene, 'conf'), '--yes')).toMatchObject({ code: 0, err: '' });
  expect(await connectionToRunning(dataFolder())).toBeUndefined();
});

test('beside a running server a command uses its database and leaves it running', { timeout: 60_000 }, async () => {
  await using server = await startEmbedded({ dataFolder: dataFolder(), log });
  expect((await zveno('apply', join(scene, 'conf'))).out).toMatch(/^No changes/);
  expect((await zveno('secrets', 'set', 'a')).code).toBe(0);
  expect((await zveno('secrets', 'list')).out).toMatch(/^a\tv1/);
  expect(server.state.state).toBe('running');
  expect(await connectionToRunning(dataFolder())).toMatchObject({ user: 'zveno' });
});

interface HeldCommand {
  texts: { out: string; err: string };
  begun: Promise<unknown>;
  end: () => void;
  ended: Promise<number>;
}

/** A command that has the database until it is told to end, and looks into it then. */
function heldCommand(): HeldCommand {
  const [begun, end] = [Promise.withResolvers<unknown>(), Promise.withResolvers<unknown>()];
  const texts = { out: '', err: '' };
  const ended = withPlatformDatabase(surroundingsWith(texts), async ({ configuration }) => {
    begun.resolve(undefined);
    await end.promise;
    return configuration.revision();
  });
  return { texts, begun: begun.promise, end: () => end.resolve(undefined), ended };
}

test('commands share the embedded database: the one that started it ends it when the others have ended, and a later one starts it anew', { timeout: 60_000 }, async () => {
  const owner = heldCommand();
  await owner.begun;
  const guest = heldCommand();
  await guest.begun;
  owner.end();
  await expect.poll(() => owner.texts.err).toContain('waiting for its end');
  const late = heldCommand();
  guest.end();
  expect(await guest.ended).toBe(await owner.ended);
  await late.begun;
  late.end();
  expect(await late.ended).toBe(await guest.ended);
  expect(await connectionToRunning(dataFolder())).toBeUndefined();
});
