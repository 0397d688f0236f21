/** A client that others have written reads and writes the simulated 1C: what it refuses, the simulator has wrong. */
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startQuick } from '../../demo/onec/testing/client.ts';
import { projectFolder } from '../services/test-folder.ts';

const run = promisify(execFile);
const source = fileURLToPath(new URL('foreign-reader', import.meta.url));
const sets = ['Catalog_Контрагенты', 'Catalog_Номенклатура', 'Document_СчетНаОплату', 'InformationRegister_ЦеныНоменклатуры', 'AccumulationRegister_ОстаткиТоваров', 'Constant_ОсновнойСклад', 'ExchangePlan_ОбменССайтом', 'AccountingRegister_Хозрасчетный', 'DocumentJournal_ДокументыПокупателей'];
const tables = ['Balance', 'Turnovers', 'BalanceAndTurnovers', 'DrCrTurnovers', 'ExtDimensions', 'RecordsWithExtDimensions'].map((name) => `AccountingRegister_Хозрасчетный/${name}`);

/** The folder of the jars, fetched once; or why there are none. Their hashes are those that were seen to work. */
async function jars(): Promise<{ folder: string } | { missing: string }> {
  const list = await readFile(join(source, 'jars.sha256'), 'utf8');
  const folder = join(projectFolder, '.zveno', 'services', `foreign-reader-${createHash('sha256').update(list).digest('hex').slice(0, 16)}`);
  if (await isWhole(folder, list)) return { folder };
  const beside = `${folder}.${randomUUID()}`;
  await mkdir(beside, { recursive: true });
  try {
    await run('mvn', ['-q', '-B', '-f', join(source, 'pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${beside}`], { timeout: 150_000 });
    if (!(await isWhole(beside, list))) throw new Error(`the jars are not those of ${join(source, 'jars.sha256')}`);
    await rm(folder, { recursive: true, force: true });
    // Another run of the tests may have been quicker.
    await rename(beside, folder).catch(async (error: unknown) => { if (!(await isWhole(folder, list))) throw error; });
    return { folder };
  } catch (error) {
    if (error instanceof Error && 'stdout' in error) return { missing: `Maven does not get the jars: ${String(error.stdout).trim().split('\n')[0]?.slice(0, 200) ?? ''}` };
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { missing: 'no Maven here' };
    throw error;
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

async function isWhole(folder: string, list: string): Promise<boolean> {
  for (const line of list.trim().split('\n')) {
    const [hash, name = ''] = line.split(/\s+/);
    const bytes = await readFile(join(folder, name)).catch(() => undefined);
    if (bytes === undefined || createHash('sha256').update(bytes).digest('hex') !== hash) return false;
  }
  return true;
}

const hasJava = (): Promise<boolean> => run('java', ['-version']).then(() => true, () => false);

test('the V3 client of Apache Olingo reads every kind of set in every format, and creates and changes rows', async (context) => {
  if (!(await hasJava())) return context.skip('no Java here');
  const found = await jars();
  if ('missing' in found) return context.skip(found.missing);
  // It writes the spaces of a filter as a plus, which 1C does not take.
  const onec = await startQuick({ size: { rows: 20 }, quirks: { plusIsNotSpace: false }, users: [{ login: 'Обмен', password: 'пароль' }, { login: 'odata', password: 'odata' }] });
  try {
    const { stdout } = await run('java', ['-Dfile.encoding=UTF-8', '-Dstdout.encoding=UTF-8', '-cp', join(found.folder, '*'), join(source, 'ForeignReader.java'), onec.url, 'odata', 'odata', sets.join(','), tables.join(',')], { timeout: 120_000, env: { ...process.env, LC_ALL: 'C.UTF-8' } });
    const steps = stdout.trim().split('\n').map((line) => line.split('\t'));
    expect(steps.filter(([outcome]) => outcome !== 'ok')).toEqual([]);
    const told = new Map(steps.map(([, name = '', what = '']) => [name, what]));
    expect(told.size).toBe(19 + sets.length * 4 + tables.length * 3);
    for (const format of ['JSON_NO_METADATA', 'JSON', 'JSON_FULL_METADATA', 'ATOM']) {
      for (const set of sets) expect(told.get(`${set} ${format}`), `${set} ${format}`).toBe(set.startsWith('Constant_') ? '1 entities' : '3 entities');
    }
    expect(Object.fromEntries(['inline count', 'count', 'filter', 'not found', 'create and change ATOM'].map((name) => [name, told.get(name)]))).toEqual({ 'inline count': '20 counted', count: '20', filter: '20 entities', 'not found': '404 9', 'create and change ATOM': 'Изменён ATOM' });
    for (const step of ['one ATOM', 'property JSON', 'property JSON_FULL_METADATA', 'property XML', 'value']) expect(told.get(step), step).toBe(told.get('one JSON'));
    expect(told.get('stream')).toMatch(/^application\/octet-stream Картинка_Base64Data \d+$/);
    for (const format of ['JSON', 'JSON_FULL_METADATA', 'XML']) {
      for (const table of tables) expect(told.get(`${table} ${format}`), `${table} ${format}`).toMatch(/^[1-9]\d* values$/);
    }
  } finally {
    await onec.close();
  }
});
