/** Roles and groups. They are objects of the configuration: what is done here is a publication like any other. */
import { Type } from 'typebox';
import { permissions } from '../core/access/permission.ts';
import { roleRecords } from './configuration.ts';
import { anyObject, name, oneOf } from './field.ts';
import { wholeList } from './list.ts';
import { editTag, ifNew, ifUnchanged } from './if-match.ts';
import { closed, operation, shape } from './operation.ts';

const names = Type.Array(Type.String());

const role = shape(
  {
    name: Type.String(), title: anyObject, builtIn: Type.Boolean(), enabled: Type.Boolean(), permissions: Type.Array(oneOf(permissions)),
    records: Type.Array(anyObject, { description: 'Records of single templates that the role opens' }),
    accounts: Type.Array(Type.String(), { description: 'Who holds it by itself' }), groups: Type.Array(Type.String(), { description: 'Groups whose members hold it' }),
  },
  { title: 'Role' },
);

const group = shape({ name: Type.String(), title: anyObject, roles: names, accounts: Type.Array(Type.String(), { description: 'Its members' }), etag: Type.String({ description: 'For If-Match' }) }, { title: 'Group' });

const losses = Type.Array(shape({ account: Type.String(), loses: Type.Array(Type.String({ description: 'A permission, or `Template: verb`' })) }), { description: 'Who may less by it' });

const roleFields = {
  title: Type.Optional(anyObject), description: Type.Optional(Type.Unsafe<string>({})), enabled: Type.Optional(Type.Boolean()),
  permissions: Type.Optional(Type.Array(Type.String(), { maxItems: 100 })), records: Type.Optional(Type.Array(anyObject, { maxItems: 500 })),
};

const preview = { preview: Type.Optional(Type.Boolean({ default: false })) };

const published = { ru: 'Опубликована', en: 'Published' };
const refusals = ['config.invalid', 'config.changedMeanwhile', 'config.publishing', 'access.objectsForbidden'] as const;

export const roleOperations = {
  listRoles: wholeList(
    {
      id: 'listRoles', method: 'GET', path: '/api/v1/roles', tag: 'roles', permission: 'roles.view',
      summary: { ru: 'Список ролей', en: 'List roles' },
      answers: { 200: { about: { ru: 'Встроенные первыми', en: 'Built-in ones first' }, schema: shape({ roles: Type.Array(role) }) } },
      failures: [],
    },
    { items: 'roles', key: ['name'], fields: ['name', 'builtIn', 'enabled'] },
  ),
  getRole: operation({
    id: 'getRole', method: 'GET', path: '/api/v1/roles/{name}', tag: 'roles', permission: 'roles.view',
    summary: { ru: 'Показать роль', en: 'Show a role' },
    params: { name },
    answers: { 200: { about: { ru: 'Роль и те, кому она дана', en: 'The role, and who holds it' }, schema: role, headers: { ETag: editTag } } },
    failures: ['role.unknown'],
  }),
  putRole: operation({
    id: 'putRole', method: 'PUT', path: '/api/v1/roles/{name}', tag: 'roles', permission: 'roles.edit', audit: 'own',
    summary: { ru: 'Создать или изменить роль', en: 'Create or change a role' },
    about: { ru: 'Роль не может дать больше, чем есть у того, кто её меняет, если у него нет roles.grant.', en: 'A role cannot give more than whoever changes it has, unless he has roles.grant.' },
    params: { name },
    headers: { ...ifUnchanged, ...ifNew },
    query: preview,
    body: closed(roleFields),
    answers: { 200: { about: published, schema: shape({ role: Type.Union([role, Type.Null()]), losses }) } },
    failures: ['http.staleEdit', 'http.alreadyThere', 'role.builtIn', ...refusals],
  }),
  cloneRole: operation({
    id: 'cloneRole', method: 'POST', path: '/api/v1/roles/{name}/clone', tag: 'roles', permission: 'roles.edit', audit: 'own',
    summary: { ru: 'Создать копию роли', en: 'Clone a role' },
    about: { ru: 'Встроенной тоже. Копия никому не дана.', en: 'Of a built-in one too. Nobody holds the clone.' },
    params: { name },
    body: closed({ name }),
    answers: { 201: { about: published, schema: role } },
    failures: ['role.unknown', 'role.exists', ...refusals],
  }),
  mergeRoles: operation({
    id: 'mergeRoles', method: 'POST', path: '/api/v1/roles/{name}/merge', tag: 'roles', permission: 'roles.edit', audit: 'own',
    summary: { ru: 'Слить роли в одну', en: 'Merge roles into one' },
    about: { ru: 'Роль получает права остальных, их держатели и группы — её, а остальные удаляются. Никто ничего не теряет. Записи, которые называли остальные, задание `job` исправляет на эту.', en: 'The role gets the rights of the others, those who hold them and groups get it, and the others go. Nobody loses anything. The job `job` makes records that named the others name this one.' },
    params: { name },
    body: closed({ from: Type.Array(name, { minItems: 1, maxItems: 100, uniqueItems: true }) }),
    answers: { 200: { about: published, schema: shape({ ...role.properties, job: Type.Union([Type.String(), Type.Null()], { description: 'Null when no template has roles' }) }, { title: 'MergedRole' }) } },
    failures: ['role.unknown', 'role.builtIn', ...refusals],
  }),
  deleteRole: operation({
    id: 'deleteRole', method: 'DELETE', path: '/api/v1/roles/{name}', tag: 'roles', permission: 'roles.edit', audit: 'own',
    summary: { ru: 'Удалить роль', en: 'Delete a role' },
    about: { ru: 'Из групп она уходит. Кому она дана, запоминается: возвращённая роль снова действует для них. Записи продолжают её называть.', en: 'It leaves its groups. Who holds it is remembered: a role that is brought back is theirs again. Records go on naming it.' },
    params: { name },
    headers: ifUnchanged,
    query: preview,
    answers: { 200: { about: { ru: 'Кто что теряет и какие записи её называют', en: 'Who loses what, and which records name it' }, schema: shape({ losses, records: roleRecords }) } },
    failures: ['http.staleEdit', 'role.unknown', 'role.builtIn', ...refusals],
  }),
  restoreRole: operation({
    id: 'restoreRole', method: 'POST', path: '/api/v1/roles/{name}/restore', tag: 'roles', permission: 'roles.edit', audit: 'own',
    summary: { ru: 'Вернуть удалённую роль', en: 'Bring back a deleted role' },
    about: { ru: 'Какой она была перед удалением; группам её дают заново.', en: 'As it was before it was deleted; groups have to be given it anew.' },
    params: { name },
    answers: { 200: { about: published, schema: role } },
    failures: ['role.exists', 'role.neverWas', ...refusals],
  }),
  listGroups: wholeList(
    {
      id: 'listGroups', method: 'GET', path: '/api/v1/groups', tag: 'roles', permission: 'roles.view',
      summary: { ru: 'Список групп', en: 'List groups' },
      answers: { 200: { about: { ru: 'Все группы', en: 'All groups' }, schema: shape({ groups: Type.Array(group) }) } },
      failures: [],
    },
    { items: 'groups', key: ['name'], fields: ['name'] },
  ),
  putGroup: operation({
    id: 'putGroup', method: 'PUT', path: '/api/v1/groups/{name}', tag: 'roles', permission: 'roles.edit', audit: 'own',
    summary: { ru: 'Создать или изменить группу', en: 'Create or change a group' },
    params: { name },
    headers: { ...ifUnchanged, ...ifNew },
    query: preview,
    body: closed({ title: Type.Optional(anyObject), roles: Type.Array(Type.String(), { maxItems: 100 }) }),
    answers: { 200: { about: published, schema: shape({ group: Type.Union([group, Type.Null()]), losses }) } },
    failures: ['http.staleEdit', 'http.alreadyThere', ...refusals],
  }),
  deleteGroup: operation({
    id: 'deleteGroup', method: 'DELETE', path: '/api/v1/groups/{name}', tag: 'roles', permission: 'roles.edit', audit: 'own',
    summary: { ru: 'Удалить группу', en: 'Delete a group' },
    params: { name },
    headers: ifUnchanged,
    query: preview,
    answers: { 200: { about: { ru: 'Кто что теряет', en: 'Who loses what' }, schema: shape({ losses }) } },
    failures: ['http.staleEdit', 'group.unknown', ...refusals],
  }),
};
