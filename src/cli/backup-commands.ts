/** backup, restore, move: all of an installation as one file, and back. */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { verify } from '../store/backup/archive-reader.ts';
import { keyForBackup, placeKey, wantsPassphrase } from '../store/backup/backup-key.ts';
import { makeBackup, type BackupProgress } from '../store/backup/make-backup.ts';
import { moveDatabase } from '../store/backup/move-database.ts';
import { freeBytes } from '../store/backup/backup-room.ts';
import { restoreBackup } from '../store/backup/restore-backup.ts';
import { openDiskBlobs } from '../store/blobs/disk.ts';
import { startEmbedded } from '../store/embedded/start-embedded.ts';
import { type Command, exitCodes } from './command.ts';
import { readHidden } from './hidden-text.ts';
import { masterKeyFile } from './master-key-file.ts';
import { addressOf, dataFolderOf, reachServer } from './platform-database.ts';
import { processRandom, warningsTo } from './process-ports.ts';
import { productVersion } from './product-version.ts';
import type { Surroundings } from './surroundings.ts';

const passphraseFile = { value: 'FILE', about: { ru: 'файл с парольной фразой; иначе ZVENO_BACKUP_PASSPHRASE, иначе вопрос', en: 'file with the passphrase; else ZVENO_BACKUP_PASSPHRASE, else a question' } };

export const backupCommand: Command = {
  name: 'backup',
  positionals: ['FILE'],
  about: { ru: 'записать всё в один файл, пока платформа работает', en: 'write everything into one file while the platform runs' },
  details: {
    ru: 'Записи, журнал, очереди, конфигурация, аккаунты, тела сообщений и главный ключ под парольной фразой — на один момент времени. Публикации и уборка ждут конца.',
    en: 'Records, journal, queues, configuration, accounts, bodies of messages, and the master key under a passphrase, as of one moment. Publications and housekeeping wait for its end.',
  },
  options: {
    'passphrase-file': passphraseFile,
    'without-key': { about: { ru: 'без главного ключа: хранить его отдельно', en: 'without the master key, which is then kept elsewhere' } },
  },
  run: async ({ positionals, flag, option, surroundings }) => {
    const { environment, lang, print, signal } = surroundings;
    const file = resolve(positionals[0] ?? '');
    const passphrase = flag('without-key') ? null : await newPassphrase(surroundings, option('passphrase-file'));
    const log = warningsTo(surroundings.tell);
    const server = await reachServer(surroundings, log);
    try {
      const { keyId, key } = await keyForBackup({ given: environment['ZVENO_MASTER_KEY'], file: masterKeyFile(environment) }, passphrase);
      const blobs = await openDiskBlobs(join(dataFolderOf(environment), 'blobs'), processRandom);
      const made = await makeBackup({ database: server.settings, blobs, file, product: await productVersion(), keyId, key, free: () => freeBytes(dirname(file)), log, signal, progress: progressTo(surroundings) });
      print(lang === 'ru' ? `${file}: строк ${made.rows}, таблиц ${made.tables}, тел ${made.blobs}; ключ ${key === null ? 'не вложен' : 'под парольной фразой'}\n` : `${file}: ${made.rows} rows of ${made.tables} tables, ${made.blobs} bodies; the key ${key === null ? 'is not in it' : 'is under the passphrase'}\n`);
      return exitCodes.done;
    } finally {
      await server.release();
    }
  },
};

export const restoreCommand: Command = {
  name: 'restore',
  positionals: ['FILE'],
  about: { ru: 'восстановить копию в пустую базу', en: 'restore a backup into an empty database' },
  details: {
    ru: 'Место — то, что названо в --to, без него DATABASE_URL, а без неё папка ZVENO_DATA; поверх данных ничего не восстанавливается. Сначала проверяется весь файл, потом всё пишется одной транзакцией. Восстановленная установка стоит, пока её не подтвердят: zveno instance confirm.',
    en: 'The place is what --to names, without it DATABASE_URL, or without that the folder ZVENO_DATA; nothing is restored over data. The whole file is checked first, then all is written in one transaction. What was restored stands still until it is confirmed: zveno instance confirm.',
  },
  options: {
    to: { value: 'PLACE', about: { ru: 'адрес пустой базы PostgreSQL (postgresql://…) или новая папка данных', en: 'address of an empty PostgreSQL database (postgresql://…), or a new data folder' } },
    'passphrase-file': passphraseFile,
  },
  run: async ({ positionals, option, surroundings }) => {
    const { lang, print, tell, signal } = surroundings;
    const environment = environmentOf(surroundings.environment, option('to'));
    const file = resolve(positionals[0] ?? '');
    tell(lang === 'ru' ? 'Проверяется файл…\n' : 'Checking the file…\n');
    const archive = await verify(file);
    const place = { given: environment['ZVENO_MASTER_KEY'], file: masterKeyFile(environment) };
    const passphrase = (await wantsPassphrase(archive, place)) ? await readPassphrase(surroundings, option('passphrase-file')) : null;
    const log = warningsTo(tell);
    const server = await reachServer({ ...surroundings, environment }, log);
    try {
      const blobs = await openDiskBlobs(join(dataFolderOf(environment), 'blobs'), processRandom);
      await placeKey(archive, place, passphrase);
      const { missingBlobs } = await restoreBackup({ archive, file, database: server.settings, address: server.address, blobs, pause: 'restored', log, signal, progress: progressTo(surroundings) });
      print(lang === 'ru' ? `Восстановлено на ${archive.manifest.createdAt} в ${server.address}. Установка стоит: проверьте её и подтвердите командой «zveno instance confirm».\n` : `Restored as of ${archive.manifest.createdAt} into ${server.address}. The installation stands still: look at it, then confirm it by "zveno instance confirm".\n`);
      if (missingBlobs > 0) tell(lang === 'ru' ? `Тел, которых нет ни в файле, ни здесь: ${missingBlobs}. Копия, сделанная перед обновлением, их не содержит: скопируйте папку blobs/ прежней папки данных в ${dataFolderOf(environment)} до подтверждения.\n` : `Bodies that are neither in the file nor here: ${missingBlobs}. A backup made before an upgrade has none: copy blobs/ of the former data folder into ${dataFolderOf(environment)} before you confirm.\n`);
      return exitCodes.done;
    } finally {
      await server.release();
    }
  },
};

/** Settings as they are where the restored platform will run. */
function environmentOf(environment: Surroundings['environment'], to: string | undefined): Surroundings['environment'] {
  if (to === undefined) return environment;
  if (/^postgres(?:ql)?:\/\//.test(to)) return { ...environment, DATABASE_URL: to };
  if (to === '' || to.includes('://')) throw failure('cli.arguments', { detail: '--to names neither a PostgreSQL database nor a folder', usage: 'zveno restore FILE --to postgresql://… | FOLDER' });
  return { ...environment, DATABASE_URL: '', ZVENO_DATA: resolve(to) };
}

export const moveCommand: Command = {
  name: 'move',
  positionals: [],
  about: { ru: 'перенести встроенную базу на сервер PostgreSQL', en: 'move the embedded database to a PostgreSQL server' },
  details: {
    ru: 'Платформа должна быть остановлена. База копируется и сравнивается таблица за таблицей; прежняя остаётся и больше ничего не отправит. Тела и главный ключ остаются на месте.',
    en: 'The platform has to be stopped. The database is copied and compared table by table; the old one stays and will send nothing any more. Bodies and the master key stay where they are.',
  },
  options: { to: { value: 'URL', about: { ru: 'адрес пустой базы PostgreSQL 15 или новее', en: 'address of an empty database of PostgreSQL 15 or newer' } } },
  run: async ({ option, surroundings }) => {
    const { environment, lang, print, tell, signal } = surroundings;
    const url = option('to');
    if (url === undefined) throw failure('cli.arguments', { detail: '--to URL is missing', usage: 'zveno move --to URL' });
    if (environment['DATABASE_URL']) throw failure('backup.notEmbedded');
    const log = warningsTo(tell);
    const dataFolder = dataFolderOf(environment);
    // Takes the lock of the folder, so a platform that runs on it is told of, and none starts meanwhile.
    const embedded = await startEmbedded({ dataFolder, log, signal });
    try {
      const blobs = await openDiskBlobs(join(dataFolder, 'blobs'), processRandom);
      const moved = await moveDatabase({ from: embedded.connection, to: { connectionString: url }, address: addressOf(url), file: join(dataFolder, `move-${process.pid}.zveno`), blobs, product: await productVersion(), log, signal, progress: progressTo(surroundings) });
      print(lang === 'ru' ? `Перенесено и сверено: таблиц ${moved.tables}, строк ${moved.rows}. Запускайте с DATABASE_URL=… (${addressOf(url)}).\n` : `Moved and compared: ${moved.tables} tables, ${moved.rows} rows. Start with DATABASE_URL=… (${addressOf(url)}).\n`);
      return exitCodes.done;
    } finally {
      await embedded.stop();
    }
  },
};

async function newPassphrase(surroundings: Surroundings, file: string | undefined): Promise<string> {
  const passphrase = await readPassphrase(surroundings, file);
  const least = limits.backupPassphraseCharacters.value;
  if (passphrase.length < least) throw failure('backup.weakPassphrase', { least });
  return passphrase;
}

async function readPassphrase(surroundings: Surroundings, file: string | undefined): Promise<string> {
  const { environment, input, lang } = surroundings;
  if (file !== undefined) return (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  const given = environment['ZVENO_BACKUP_PASSPHRASE'];
  if (given !== undefined && given !== '') return given;
  if (input.isTTY !== true) throw failure('backup.noPassphrase');
  return (await readHidden(surroundings, lang === 'ru' ? 'Парольная фраза: ' : 'Passphrase: ', 1_000)) ?? '';
}

/** A line for each table that holds something, and for every hundred bodies. */
function progressTo({ tell, lang }: Surroundings): BackupProgress {
  return (step) => {
    if (step.kind === 'blobs') tell(lang === 'ru' ? `тела: ${step.done} из ${step.of}\n` : `bodies: ${step.done} of ${step.of}\n`);
    else if (step.rows > 0) tell(lang === 'ru' ? `${step.done}/${step.of} ${step.table}: строк ${step.rows}\n` : `${step.done}/${step.of} ${step.table}: ${step.rows} rows\n`);
  };
}
