/** Files of records: streamed in and out, with every version they have had. */
import { Type } from 'typebox';
import { name, nullable, uuid } from './field.ts';
import { wholeList } from './list.ts';
import { operation, shape, type AnswerShape } from './operation.ts';

const one = { template: name, id: uuid, attribute: name };
const file = shape(
  { id: Type.String(), name: Type.String(), size: Type.Integer(), type: Type.String(), sha256: Type.String(), version: Type.Integer(), at: Type.String(), by: nullable(Type.String()) },
  { title: 'File' },
);
const list: AnswerShape = { about: { ru: 'Файлы атрибута', en: 'Files of the attribute' }, schema: shape({ files: Type.Array(file) }) };
const common = ['record.unknownTemplate', 'record.unknown', 'record.notFiles', 'query.unknownAttribute'] as const;
const changes = [...common, 'record.unknownFile', 'run.recordGone', 'run.validation'] as const;
const taken = [...changes, 'record.fileName', 'record.fileType', 'record.fileTooLarge', 'record.tooManyFiles', 'http.malformed', 'http.signedUpload', 'store.noSpace'] as const;
const given = { name: Type.Optional(Type.String({ minLength: 1, maxLength: 400 })) };
const ifMatch = { 'If-Match': { ru: 'Записать, только если запись не изменилась: её ETag', en: 'Write only if the record has not changed: its ETag' } };
const path = '/api/v1/records/{template}/{id}/files/{attribute}';

export const fileOperations = {
  listFiles: wholeList(
    {
      id: 'listFiles', method: 'GET', path, tag: 'records', permission: 'records.view', records: 'read',
      summary: { ru: 'Файлы записи', en: 'Files of a record' },
      params: one,
      answers: { 200: list },
      failures: common,
    },
    { items: 'files', key: ['id'], fields: ['id', 'name', 'size', 'type', 'version', 'at', 'by'] },
  ),
  addFiles: operation({
    id: 'addFiles', method: 'POST', path, tag: 'records', permission: 'records.edit', records: 'edit',
    summary: { ru: 'Добавить файлы', en: 'Add files' },
    about: {
      ru: 'Тело — сам файл или форма multipart/form-data с одним или несколькими файлами; они добавляются все или ни один. Если атрибут хранит один файл, новый заменяет его.',
      en: 'The body is the file itself, or a multipart/form-data form with one or several; all of them are added or none. Where the attribute holds one file, the new one takes its place.',
    },
    params: one,
    query: given,
    upload: true,
    answers: { 201: list },
    failures: taken,
  }),
  readFile: operation({
    id: 'readFile', method: 'GET', path: `${path}/{file}`, tag: 'records', permission: 'records.view', records: 'read',
    summary: { ru: 'Содержание файла', en: 'Content of a file' },
    about: { ru: 'С Range — часть. Прежняя версия — `version`.', en: 'A part with Range. An earlier version with `version`.' },
    params: { ...one, file: uuid },
    query: { version: Type.Optional(Type.Integer({ minimum: 1 })), inline: Type.Optional(Type.Boolean()) },
    headers: { Range: { ru: 'Часть: bytes=0-1023', en: 'A part: bytes=0-1023' } },
    answers: {
      200: { about: { ru: 'Файл', en: 'The file' }, schema: Type.Unsafe<string>({ type: 'string', format: 'binary' }), mediaType: '*/*' },
      206: { about: { ru: 'Часть файла', en: 'A part of the file' }, schema: Type.Unsafe<string>({ type: 'string', format: 'binary' }), mediaType: '*/*' },
    },
    failures: [...common, 'record.unknownFile', 'http.range', 'store.blobMissing'],
  }),
  replaceFile: operation({
    id: 'replaceFile', method: 'PUT', path: `${path}/{file}`, tag: 'records', permission: 'records.edit', records: 'edit',
    summary: { ru: 'Новая версия файла', en: 'A new version of a file' },
    params: { ...one, file: uuid },
    headers: ifMatch,
    query: given,
    upload: true,
    answers: { 200: list },
    failures: [...taken, 'http.preconditionFailed'],
  }),
  deleteFile: operation({
    id: 'deleteFile', method: 'DELETE', path: `${path}/{file}`, tag: 'records', permission: 'records.edit', records: 'edit',
    summary: { ru: 'Убрать файл', en: 'Remove a file' },
    about: { ru: 'Версии остаются, пока есть запись: файл можно вернуть.', en: 'Its versions stay as long as the record does: the file can be brought back.' },
    params: { ...one, file: uuid },
    headers: ifMatch,
    answers: { 200: list },
    failures: [...changes, 'http.preconditionFailed'],
  }),
  listFileVersions: wholeList(
    {
      id: 'listFileVersions', method: 'GET', path: '/api/v1/records/{template}/{id}/file-versions/{attribute}', tag: 'records', permission: 'records.view', records: 'read',
      summary: { ru: 'Версии файлов', en: 'Versions of files' },
      about: { ru: 'И тех файлов, которые убраны.', en: 'Of removed files, too.' },
      params: one,
      answers: { 200: { about: { ru: 'Версии, новые первыми', en: 'Versions, newest first' }, schema: shape({ versions: Type.Array(file) }) } },
      failures: common,
    },
    { items: 'versions', key: ['id', 'version'], fields: ['id', 'name', 'size', 'type', 'version', 'at', 'by'] },
  ),
  restoreFile: operation({
    id: 'restoreFile', method: 'POST', path: `${path}/{file}/restore`, tag: 'records', permission: 'records.edit', records: 'edit',
    summary: { ru: 'Вернуть версию файла', en: 'Restore a version of a file' },
    about: { ru: 'Становится новой версией; убранный файл появляется снова.', en: 'It becomes a new version; a removed file comes back.' },
    params: { ...one, file: uuid },
    query: { version: Type.Integer({ minimum: 1 }) },
    answers: { 200: list },
    failures: changes,
  }),
};
