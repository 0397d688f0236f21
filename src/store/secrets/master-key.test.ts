import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addKeyToFile, keepFirstKeyInFile, type MasterKey, masterKeyFrom, openMasterKeys } from './master-key.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zveno-key-'));
});
afterEach(() => rm(folder, { recursive: true }));

const file = (): string => join(folder, 'conf', 'master.key');
const none = async (): Promise<boolean> => false;
const allOpened = (options: { given?: string; exist?: boolean } = {}): Promise<readonly MasterKey[]> => openMasterKeys({ given: options.given, file: file(), secretsExist: async () => options.exist ?? false });
const opened = async (options: { given?: string; exist?: boolean } = {}): Promise<MasterKey> => {
  const [first] = await allOpened(options);
  if (first === undefined) throw new Error('no key');
  return first;
};

test('the first start draws a key into a file of its owner, the next one finds it', async () => {
  const first = await opened();
  expect((await stat(file())).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder, 'conf'))).mode & 0o777).toBe(0o700);
  expect(Buffer.from((await opened({ exist: true })).id)).toEqual(Buffer.from(first.id));
  expect(await readdir(join(folder, 'conf'))).toEqual(['master.key']);
});

test('two first starts at once agree on one key', async () => {
  const keys = await Promise.all(Array.from({ length: 8 }, () => opened()));
  expect(new Set(keys.map(({ id }) => Buffer.from(id).toString('hex'))).size).toBe(1);
  expect(await readdir(join(folder, 'conf'))).toEqual(['master.key']);
});

test('a key in the environment wins, and no file is made', async () => {
  const { where } = await opened({ given: Buffer.alloc(32, 7).toString('base64'), exist: true });
  expect(where).toBe('ZVENO_MASTER_KEY');
  await expect(stat(file())).rejects.toThrow();
});

test('a missing key with stored secrets is a loss: no new key is drawn', async () => {
  await expect(opened({ exist: true })).rejects.toMatchObject({ code: 'secret.keyMissing', parameters: { where: file() } });
  await expect(stat(file())).rejects.toThrow();
});

test.each([0o640, 0o604, 0o644])('a file open to others is refused with its mode', async (mode) => {
  await opened();
  await chmod(file(), mode);
  await expect(opened()).rejects.toMatchObject({ code: 'secret.keyPermissions' });
});

test.each([['an empty file', ''], ['a short key', Buffer.alloc(31).toString('base64')], ['prose', 'my very secret passphrase of some length']])('%s is refused without being repeated', async (_, text) => {
  await opened();
  await writeFile(file(), text);
  const error: unknown = await opened().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'secret.keyFormat' });
  if (text !== '') expect(String(error)).not.toContain(text);
});

test('a folder that cannot be made is named', async () => {
  const blocked = join(folder, 'file');
  await writeFile(blocked, '');
  await expect(openMasterKeys({ given: undefined, file: join(blocked, 'master.key'), secretsExist: none })).rejects.toMatchObject({ code: 'secret.keyFile' });
});

test('hex and both alphabets of base64 give the same key', async () => {
  const bytes = Buffer.alloc(32, 0xfb);
  const ids = [bytes.toString('hex'), bytes.toString('base64'), `${bytes.toString('base64url')}\n`].map((text) => Buffer.from(masterKeyFrom(text, 'x').id).toString('hex'));
  expect(new Set(ids).size).toBe(1);
});

test('a key is added before the old one, which opens until it is set aside beside the file', async () => {
  const old = await opened();
  const both = await addKeyToFile(file());
  expect(both).toHaveLength(2);
  expect(Buffer.from(both[1]?.id ?? [])).toEqual(Buffer.from(old.id));
  expect((await stat(file())).mode & 0o777).toBe(0o600);
  const aside = await keepFirstKeyInFile(file());
  expect((await allOpened()).map(({ id }) => Buffer.from(id))).toEqual([Buffer.from(both[0]?.id ?? [])]);
  expect((await stat(aside ?? '')).mode & 0o777).toBe(0o600);
  expect(await keepFirstKeyInFile(file())).toBeNull();
});

test('several keys may be given, parted by commas or white space; one that is none is refused', async () => {
  const [one, two] = [Buffer.alloc(32, 1).toString('base64'), Buffer.alloc(32, 2).toString('hex')];
  expect(await allOpened({ given: `${one}, ${two}` })).toHaveLength(2);
  await expect(allOpened({ given: `${one},short` })).rejects.toMatchObject({ code: 'secret.keyFormat' });
});
