/** Backups that the platform makes into its data folder. */
import { Type } from 'typebox';
import { limits } from '../core/limits.ts';
import { instant, nullable, oneOf, uuid } from './field.ts';
import { jobStarted } from './jobs.ts';
import { wholeList } from './list.ts';
import { closed, operation, shape } from './operation.ts';

const name = Type.String({ minLength: 1, maxLength: 130 });

const backup = shape(
  {
    name: Type.String(),
    state: oneOf(['making', 'whole']),
    madeAt: nullable(instant),
    bytes: nullable(Type.Integer()),
    sha256: nullable(Type.String({ description: 'Of the file, in hexadecimal digits; null for one that a command or an upgrade made' })),
    job: nullable(shape({ id: uuid, state: Type.String(), done: Type.Integer(), total: nullable(Type.Integer()) })),
  },
  { title: 'Backup' },
);

export const backupOperations = {
  listBackups: wholeList(
    {
      id: 'listBackups', method: 'GET', path: '/api/v1/backups', tag: 'backups', permission: 'backups.view',
      summary: { ru: 'Список резервных копий', en: 'List backups' },
      about: { ru: 'Те, что лежат в папке `backups` папки данных; новые первыми. Сделанные перед обновлением тоже.', en: 'Those in the folder `backups` of the data folder, newest first; those made before an upgrade, too.' },
      answers: { 200: { about: { ru: 'Копии', en: 'The backups' }, schema: shape({ backups: Type.Array(backup) }) } },
      failures: [],
    },
    { items: 'backups', key: ['name'], fields: ['name', 'state'] },
  ),
  makeBackup: operation({
    id: 'makeBackup', method: 'POST', path: '/api/v1/backups', tag: 'backups', permission: 'backups.edit', audit: 'own', secret: true,
    summary: { ru: 'Сделать резервную копию', en: 'Make a backup' },
    about: {
      ru: 'Задание: записи, журнал, конфигурация, аккаунты и тела на один момент, одним файлом; имя файла — `subject` задания. Парольная фраза нигде не хранится; главный ключ под ней кладёт только системный администратор. Восстанавливается копия командой `zveno restore` в пустую базу: по REST этого нет.',
      en: 'A job: records, journal, configuration, accounts and bodies as of one moment, as one file, whose name is the `subject` of the job. The passphrase is kept nowhere; only a system administrator puts the master key under it. A backup is restored into an empty database by the command `zveno restore`: there is no way to it by REST.',
    },
    body: closed({
      passphrase: Type.Optional(Type.String({ minLength: 1, maxLength: limits.passwordCharacters.value })),
      withoutKey: Type.Optional(Type.Boolean({ default: false })),
    }),
    answers: { 202: jobStarted },
    failures: ['backup.passphraseOrNot', 'backup.weakPassphrase', 'backup.keyForAdministrators', 'backup.underWay'],
  }),
  cancelBackup: operation({
    id: 'cancelBackup', method: 'POST', path: '/api/v1/backups/{name}/cancel', tag: 'backups', permission: 'backups.edit',
    summary: { ru: 'Отменить копию, которая делается', en: 'Cancel a backup that is being made' },
    about: { ru: 'От файла ничего не остаётся.', en: 'Nothing of its file stays.' },
    params: { name },
    answers: { 204: { about: { ru: 'Отменена', en: 'Cancelled' } } },
    failures: ['backup.notUnderWay', 'job.over'],
  }),
  downloadBackup: operation({
    id: 'downloadBackup', method: 'GET', path: '/api/v1/backups/{name}', tag: 'backups', permission: 'backups.edit',
    summary: { ru: 'Скачать резервную копию', en: 'Download a backup' },
    about: { ru: 'Кто скачал копию, у того все данные. `Range` продолжает прерванное; `If-Range` с ETag — только если файл тот же.', en: 'Whoever has a backup has all data. `Range` goes on with what was cut short; `If-Range` with the ETag only if the file is the same.' },
    params: { name },
    headers: { Range: { ru: 'Часть файла: bytes=0-1023', en: 'A part of the file: bytes=0-1023' } },
    answers: {
      200: { about: { ru: 'Файл', en: 'The file' }, schema: Type.String(), mediaType: 'application/zstd', headers: { ETag: { ru: 'SHA-256 файла', en: 'SHA-256 of the file' }, 'Repr-Digest': { ru: 'SHA-256 всего файла, и у его части тоже', en: 'SHA-256 of the whole file, with a part of it, too' } } },
      206: { about: { ru: 'Его часть', en: 'A part of it' }, schema: Type.String(), mediaType: 'application/zstd', headers: { 'Content-Range': { ru: 'Какая часть', en: 'Which part' } } },
    },
    failures: ['backup.unknown', 'http.range'],
  }),
  deleteBackup: operation({
    id: 'deleteBackup', method: 'DELETE', path: '/api/v1/backups/{name}', tag: 'backups', permission: 'backups.edit',
    summary: { ru: 'Удалить резервную копию', en: 'Delete a backup' },
    params: { name },
    answers: { 204: { about: { ru: 'Удалена', en: 'Deleted' } } },
    failures: ['backup.unknown'],
  }),
};
