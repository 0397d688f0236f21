/** Records of reference templates that travel with the configuration: a file a template, a record a line. */
import { Type } from 'typebox';
import { name } from './field.ts';
import { operation, shape } from './operation.ts';

const counts = shape({
  template: Type.String(), file: Type.String(), creates: Type.Integer(), changes: Type.Integer(), same: Type.Integer(),
  skipped: Type.Integer({ description: 'Lines without a key' }), onlyHere: Type.Integer({ description: 'Records with a key that the file does not have; they stay' }),
});

const problem = shape({ file: Type.String(), line: Type.Integer({ description: 'The first is 1; 0: the whole file' }), path: Type.String({ description: 'The attribute' }), code: Type.String(), text: Type.String() });

export const referenceDataOperations = {
  exportCarriedRecords: operation({
    id: 'exportCarriedRecords', method: 'GET', path: '/api/v1/configuration/records/{template}', tag: 'configuration', permission: 'configuration.view',
    summary: { ru: 'Выгрузить записи справочника', en: 'Export the records of a reference template' },
    about: {
      ru: 'Записи, которые переносятся с конфигурацией: по объекту JSON на строку, по порядку ключей, ссылки — ключами. Нужно право читать все записи шаблона и тех, на кого они ссылаются.',
      en: 'The records that travel with the configuration: a JSON object a line, in the order of their keys, links by keys. Needs the right to read all records of the template and of those they refer to.',
    },
    params: { template: name },
    answers: { 200: { about: { ru: 'Строки', en: 'The lines' }, mediaType: 'application/x-ndjson', schema: Type.Object({}, { additionalProperties: true }) } },
    failures: ['record.unknownTemplate', 'reference.notCarried'],
  }),
  takeCarriedRecords: operation({
    id: 'takeCarriedRecords', method: 'POST', path: '/api/v1/configuration/records', tag: 'configuration', permission: 'configuration.publish', audit: 'own',
    summary: { ru: 'Принять записи справочников', en: 'Take records of reference templates' },
    about: {
      ru: 'Форма с файлами ШАБЛОН.jsonl, или один файл телом с `template`. Записи создаются и меняются по ключу, все или ни одной; не удаляются. Нужно право создавать и менять все записи этих шаблонов. С `preview` ничего не пишется: сказано, что было бы и что мешает.',
      en: 'A form with files TEMPLATE.jsonl, or one file as the body with `template`. Records are made and changed by their key, all or none; none is deleted. Needs the right to make and change all records of these templates. With `preview` nothing is written: told is what would be, and what stands in the way.',
    },
    query: { template: Type.Optional(name), preview: Type.Optional(Type.Boolean({ default: false })) },
    upload: true,
    answers: { 200: { about: { ru: 'Что стало или стало бы с записями', en: 'What has become, or would become, of the records' }, schema: shape({ templates: Type.Array(counts), problems: Type.Array(problem) }) } },
    failures: ['config.invalid', 'access.objectsForbidden', 'reference.fileName', 'reference.fileTooLarge', 'record.notUnique', 'store.changed'],
  }),
};
