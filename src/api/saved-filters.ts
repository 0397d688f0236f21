/** Filters that people keep by a name. */
import { Type } from 'typebox';
import { instant, listOf, name, nullable, oneOf, uuid, failureShape } from './field.ts';
import { wholeList } from './list.ts';
import { closed, operation, shape, type AnswerShape } from './operation.ts';
import { queryFailures, recordFilter, search, sort } from './records.ts';

const template = { template: name };
const one = { template: name, filterId: uuid };
const archived = Type.Optional(oneOf(['without', 'with', 'only']));
const definition = { filter: Type.Optional(recordFilter), search, sort, archived };
const roles = listOf(Type.String({ minLength: 1, maxLength: 128 }));
const ETag = { ru: 'Номер сохранения, для If-Match', en: 'The number of the saving, for If-Match' };
const ifMatch = { 'If-Match': { ru: 'Сохранить, только если отбор не изменился', en: 'Save only if the filter has not changed' } };

const savedFilter = shape(
  {
    id: Type.String(), name: Type.String(), own: Type.Boolean(), roles: Type.Array(Type.String()), filter: Type.Optional(Type.Unsafe<object>({ type: 'object' })), search: Type.Optional(Type.String()),
    sort: Type.Optional(Type.Array(Type.String())), archived: Type.Optional(Type.String()), createdAt: instant, changedAt: instant, edit: Type.Integer(),
    broken: nullable(failureShape),
  },
  { title: 'SavedFilter' },
);
const shown: AnswerShape = { about: { ru: 'Отбор', en: 'The filter' }, schema: savedFilter, headers: { ETag } };
const saveFailures = ['record.unknownTemplate', 'savedFilter.taken', 'savedFilter.role', ...queryFailures] as const;

export const savedFilterOperations = {
  listSavedFilters: wholeList(
    {
      id: 'listSavedFilters', method: 'GET', path: '/api/v1/records/{template}/saved-filters', tag: 'records', permission: 'records.view', records: 'read',
      summary: { ru: 'Сохранённые отборы', en: 'Saved filters' },
      about: { ru: 'Свои и те, которыми поделились с вашими ролями. Администраторы видят все.', en: 'One\'s own, and those shared with one\'s roles. Administrators see all.' },
      params: template,
      answers: { 200: { about: { ru: 'Отборы', en: 'The filters' }, schema: shape({ savedFilters: Type.Array(savedFilter) }) } },
      failures: ['record.unknownTemplate'],
    },
    { items: 'savedFilters', key: ['id'], fields: ['id', 'name'] },
  ),
  getSavedFilter: operation({
    id: 'getSavedFilter', method: 'GET', path: '/api/v1/records/{template}/saved-filters/{filterId}', tag: 'records', permission: 'records.view', records: 'read',
    summary: { ru: 'Показать отбор', en: 'Show a saved filter' },
    params: one,
    answers: { 200: shown },
    failures: ['record.unknownTemplate', 'savedFilter.unknown'],
  }),
  createSavedFilter: operation({
    id: 'createSavedFilter', method: 'POST', path: '/api/v1/records/{template}/saved-filters', tag: 'records', permission: 'records.view', records: 'read',
    summary: { ru: 'Сохранить отбор', en: 'Save a filter' },
    about: { ru: 'Прав он не даёт: каждый, кто им пользуется, видит только то, что ему можно.', en: 'It brings no rights: whoever uses it sees what he may see.' },
    params: template,
    body: closed({ name: Type.String({ minLength: 1, maxLength: 100 }), roles, ...definition }),
    answers: { 201: { ...shown, about: { ru: 'Сохранён', en: 'Saved' } } },
    failures: [...saveFailures, 'savedFilter.tooMany'],
  }),
  changeSavedFilter: operation({
    id: 'changeSavedFilter', method: 'PUT', path: '/api/v1/records/{template}/saved-filters/{filterId}', tag: 'records', permission: 'records.view', records: 'read',
    summary: { ru: 'Изменить отбор', en: 'Change a saved filter' },
    about: { ru: 'Целиком: чего нет в теле, того нет и в отборе.', en: 'As a whole: what is not in the body is no longer in the filter.' },
    params: one,
    headers: ifMatch,
    body: closed({ name: Type.String({ minLength: 1, maxLength: 100 }), roles, ...definition }),
    answers: { 200: shown },
    failures: [...saveFailures, 'savedFilter.unknown', 'savedFilter.notOwner', 'http.preconditionFailed', 'http.badHeader'],
  }),
  deleteSavedFilter: operation({
    id: 'deleteSavedFilter', method: 'DELETE', path: '/api/v1/records/{template}/saved-filters/{filterId}', tag: 'records', permission: 'records.view', records: 'read',
    summary: { ru: 'Удалить отбор', en: 'Delete a saved filter' },
    params: one,
    headers: ifMatch,
    answers: { 204: { about: { ru: 'Удалён', en: 'Deleted' } } },
    failures: ['record.unknownTemplate', 'savedFilter.unknown', 'savedFilter.notOwner', 'http.preconditionFailed', 'http.badHeader'],
  }),
};
