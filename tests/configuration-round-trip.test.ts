/** A configuration that uses all that the guide describes goes to an empty installation and comes back without a difference. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exitCodes } from '../src/cli/command.ts';
import { runCommandLine } from '../src/cli/command-line.ts';
import { commands } from '../src/cli/commands.ts';
import { readConfigurationFile } from '../src/cli/configuration-file.ts';
import { kinds } from '../src/core/configuration/object-document.ts';
import { guidePages, root, yamlExamples } from './docs/guide-examples.ts';
import { withPlatformDatabase, type PlatformDatabase } from './services/platform-database.ts';

let first: PlatformDatabase;
let second: PlatformDatabase;
let work = '';

beforeAll(async () => {
  [first, second] = await Promise.all([withPlatformDatabase(), withPlatformDatabase()]);
  work = await mkdtemp(join(tmpdir(), 'zveno-round-'));
}, 60_000);

afterAll(async () => {
  await Promise.all([first.drop(), second.drop()]);
  await rm(work, { recursive: true });
});

async function zveno(database: PlatformDatabase, words: readonly string[], input = ''): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  const environment = { DATABASE_URL: database.url, ZVENO_MASTER_KEY: Buffer.alloc(32, 9).toString('base64') };
  const surroundings = { environment, input: Readable.from([input]), print: (text: string) => void (said.out += text), tell: (text: string) => void (said.err += text), lang: 'en' as const, signal: new AbortController().signal };
  return { code: await runCommandLine(words, commands, surroundings, async () => '0'), ...said };
}

/** By kind and name; what comes later takes the place of what came before. */
async function everything(): Promise<ReadonlyMap<string, string>> {
  const demo = join(root, 'demo/configuration');
  const files = (await readdir(demo, { recursive: true })).filter((file) => file.endsWith('.yaml')).sort();
  const texts = [...(await Promise.all(files.map((file) => readFile(join(demo, file), 'utf8')))), ...guidePages().flatMap((page) => yamlExamples(page).flatMap(({ mark, text }) => (mark === '' ? [text] : [])))];
  return new Map(texts.map((text) => {
    const { document } = readConfigurationFile('x.yaml', Buffer.from(text));
    if (document === null) throw new Error(text);
    return [`${document.kind}-${document.name}`, text];
  }));
}

const named = (texts: Iterable<string>, kind: string): readonly string[] => [...new Set([...texts].flatMap((text) => [...text.matchAll(new RegExp(`\\$\\{${kind}:([^}]+)\\}`, 'g'))].map((match) => match[1] ?? '')))];

async function filesOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.yaml')).sort();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)));
}

test('export, apply to an empty installation, export again: not one byte differs', async () => {
  const documents = await everything();
  expect(kinds.filter((kind) => ![...documents.keys()].some((key) => key.startsWith(`${kind}-`)))).toEqual([]);
  const folder = join(work, 'all');
  await mkdir(folder);
  for (const [key, text] of documents) await writeFile(join(folder, `${key}.yaml`), text);
  for (const database of [first, second]) {
    for (const name of named(documents.values(), 'secret')) await zveno(database, ['secrets', 'set', name], 'a secret');
    for (const name of named(documents.values(), 'address')) await zveno(database, ['addresses', 'set', name, /port/i.test(name) ? '5432' : /^demoPartner$/.test(name) ? 'http://partner.example' : 'host.example']);
  }
  expect(await zveno(first, ['apply', folder, '--yes'])).toMatchObject({ code: exitCodes.done, err: '' });
  const [left, right] = [join(work, 'left'), join(work, 'right')];
  await zveno(first, ['export', left]);
  expect(await zveno(second, ['apply', left, '--yes'])).toMatchObject({ code: exitCodes.done, err: '' });
  await zveno(second, ['export', right]);
  expect(await filesOf(right)).toEqual(await filesOf(left));
  expect(Object.keys(await filesOf(left))).toHaveLength(documents.size);
  for (const database of [first, second]) expect(await zveno(database, ['diff', left, '--prune'])).toMatchObject({ code: exitCodes.done, out: expect.stringMatching(/^No changes\./) });
  expect(Object.values(await filesOf(left)).join('')).not.toContain('a secret');
}, 120_000);
