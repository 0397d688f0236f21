import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { limits } from '../core/limits.ts';
import { readConfigurationFolder, writeConfigurationFolder } from './configuration-folder.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'zveno-folder-'));
  folders.push(folder);
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
  return folder;
}

const route = (name: string): string => `kind: Route\nname: ${name}\n`;

test('all documents below a folder are read; hidden files and other kinds of file are not', async () => {
  const folder = await folderWith({ 'routes/b.yaml': route('b'), 'routes/deep/a.yml': route('a'), '.git/c.yaml': route('c'), 'README.md': '# hello' });
  const { documents, findings } = await readConfigurationFolder(folder);
  expect(findings).toEqual([]);
  expect(documents.map(({ name }) => name)).toEqual(['b', 'a']);
});

test('mistakes of several files are given together, each with its file', async () => {
  const folder = await folderWith({ 'a.yaml': 'kind: Nothing\nname: x\n', 'b.yaml': '[1', 'c.yaml': route('c') });
  const { documents, findings } = await readConfigurationFolder(folder);
  expect(documents.map(({ name }) => name)).toEqual(['c']);
  expect(new Set(findings.map(({ place }) => place?.file))).toEqual(new Set(['a.yaml', 'b.yaml']));
});

test('one object described in two files is refused, naming the other file', async () => {
  const folder = await folderWith({ 'a.yaml': route('same'), 'b.yaml': route('same') });
  const { findings } = await readConfigurationFolder(folder);
  expect(findings).toMatchObject([{ code: 'config.duplicateObject', place: { file: 'b.yaml', line: 2 }, parameters: { other: 'a.yaml' } }]);
});

test('a file that is too large is refused without being read', async () => {
  const folder = await folderWith({ 'a.yaml': 'x'.repeat(limits.configurationFileBytes.value + 1) });
  expect((await readConfigurationFolder(folder)).findings).toMatchObject([{ code: 'config.tooLarge' }]);
});

test('a circle of links ends', async () => {
  const folder = await folderWith({ 'a.yaml': route('a') });
  await symlink(folder, join(folder, 'again'));
  const { documents } = await readConfigurationFolder(folder);
  expect(documents.length).toBeGreaterThan(0);
});

test('a folder that is not there, or holds no documents, is named', async () => {
  await expect(readConfigurationFolder('/nowhere/at/all')).rejects.toMatchObject({ code: 'config.folder' });
  await expect(readConfigurationFolder(await folderWith({ 'readme.txt': '' }))).rejects.toMatchObject({ code: 'config.noDocuments' });
});

test('an export writes one file an object and leaves a folder with other documents alone', async () => {
  const folder = await folderWith({ 'routes/old.yaml': route('old') });
  const objects = [{ kind: 'Route', name: 'a', source: route('a') }] as const;
  await expect(writeConfigurationFolder(folder, { objects, records: null }, false)).rejects.toMatchObject({ code: 'cli.exportFolder', parameters: { file: 'routes/old.yaml' } });
  await writeConfigurationFolder(folder, { objects, records: null }, true);
  expect(await readFile(join(folder, 'routes/a.yaml'), 'utf8')).toBe(route('a'));
  expect((await readConfigurationFolder(folder)).documents.map(({ name }) => name)).toEqual(['a']);
});
