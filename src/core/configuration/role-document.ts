/**
 * A Role document, and with it a Group document:
 *
 *   kind: Role
 *   name: orderClerk
 *   permissions: [api.call]
 *   records:
 *     - {template: Order, verbs: [read, edit], owner: _createdBy}
 *     - {template: Customer, verbs: [read], where: {op: eq, attribute: region, value: north}}
 *
 *   kind: Group
 *   name: north
 *   roles: [orderClerk]
 */
import { isPermission, permissions, type Permission } from '../access/permission.ts';
import { builtInRoles, isBuiltInRole, recordVerbs, type Group, type RecordRule, type RecordVerb, type Role } from '../access/role.ts';
import { Failure, type Problem } from '../failure.ts';
import { checkFilter, queriedAttribute } from '../filter.ts';
import type { Filter } from '../query.ts';
import { readFilter } from '../read-filter.ts';
import type { TemplateCatalogue } from '../template.ts';
import { DocumentReader, placeName, readBy, shortText, type DocumentFields } from './document-reader.ts';
import { headerKeys, readTitle } from './object-header.ts';
import { printPath, type DocumentPath, type PlainObject } from './object-document.ts';

interface Read<Body> {
  body: Body | null;
  problems: readonly Problem[];
}

export function parseRole(document: PlainObject): Read<Role> {
  const reader = new DocumentReader();
  const fields = reader.fields(document, [], [...headerKeys, 'enabled', 'permissions', 'records']);
  if (fields === undefined) return { body: null, problems: reader.problems };
  const title = readTitle(reader, fields);
  const name = fields.text('name') ?? '';
  if (isBuiltInRole(name)) reader.add(fields.path('name'), 'role.builtIn', { role: name });
  const body: Role = { name, title, enabled: fields.flag('enabled', true), permissions: readPermissions(reader, fields), records: readRules(reader, fields) };
  return { body: reader.problems.length === 0 ? body : null, problems: reader.problems };
}

function readPermissions(reader: DocumentReader, fields: DocumentFields): readonly Permission[] {
  const named = fields.texts('permissions');
  named.forEach((name, index) => {
    if (!isPermission(name)) reader.missing([...fields.path('permissions'), index], 'Permission', shortText(name), permissions);
  });
  return permissions.filter((permission) => named.includes(permission));
}

function readRules(reader: DocumentReader, fields: DocumentFields): readonly RecordRule[] {
  const given = fields.raw('records') ?? [];
  if (!Array.isArray(given)) {
    reader.add(fields.path('records'), 'config.wrongType', { place: placeName(fields.path('records')), expected: 'list', got: shortText(given) });
    return [];
  }
  return given.flatMap((item, index): readonly RecordRule[] => {
    const path = [...fields.path('records'), index];
    const rule = reader.fields(item, path, ['template', 'verbs', 'owner', 'where']);
    if (rule === undefined) return [];
    return [{ template: rule.requiredText('template') ?? '', verbs: readVerbs(reader, rule, path), owner: rule.text('owner') ?? null, where: readWhere(reader, rule) }];
  });
}

function readVerbs(reader: DocumentReader, rule: DocumentFields, path: DocumentPath): readonly RecordVerb[] {
  if (!rule.has('verbs')) reader.add(path, 'config.required', { key: 'verbs', place: placeName(path) });
  const named = rule.texts('verbs');
  named.forEach((name, index) => {
    if (!(recordVerbs as readonly string[]).includes(name)) reader.add([...rule.path('verbs'), index], 'config.notAllowed', { place: placeName([...rule.path('verbs'), index]), value: shortText(name), allowed: recordVerbs.join(', ') });
  });
  return recordVerbs.filter((verb) => named.includes(verb));
}

function readWhere(reader: DocumentReader, rule: DocumentFields): Filter | null {
  const given = rule.raw('where');
  if (given === undefined || given === null) return null;
  // What is read from a document is plain data, which is a value; only lists are read-only here.
  const where = readBy(reader, rule.path('where'), () => readFilter(given as Parameters<typeof readFilter>[0])) ?? null;
  // Links to many are not at hand where a single record is judged.
  if (where !== null && asksLinks(where)) reader.add(rule.path('where'), 'config.notAllowed', { place: placeName(rule.path('where')), value: 'linked', allowed: 'and, or, not, eq, ne, lt, le, gt, ge, contains, startsWith, in, isNull, isNotNull' });
  return where;
}

function asksLinks(filter: Filter): boolean {
  if ('attribute' in filter) return filter.op === 'linked';
  return filter.op === 'not' ? asksLinks(filter.of) : filter.of.some(asksLinks);
}

export function parseGroup(document: PlainObject): Read<Group> {
  const reader = new DocumentReader();
  const fields = reader.fields(document, [], [...headerKeys, 'roles']);
  if (fields === undefined) return { body: null, problems: reader.problems };
  const body: Group = { title: readTitle(reader, fields), name: fields.text('name') ?? '', roles: fields.texts('roles') };
  return { body: reader.problems.length === 0 ? body : null, problems: reader.problems };
}

/** What only shows beside the templates: whether the rules fit them. */
export function roleProblems(role: Role, templates: TemplateCatalogue): readonly Problem[] {
  return role.records.flatMap((rule, index): readonly Problem[] => {
    const at = (key: string): string => printPath(['records', index, key]);
    const template = templates.byName(rule.template);
    if (template === undefined) return missing(at('template'), 'Template', rule.template, templates.all().map(({ name }) => name));
    const { owner, where } = rule;
    return [...tried(at('owner'), () => (owner === null ? undefined : checkFilter(template, { op: 'isNotNull', attribute: ownerAttribute(template, owner) }))), ...tried(at('where'), () => (where === null ? undefined : checkFilter(template, where)))];
  });
}

const ownerAttribute = (template: Parameters<typeof queriedAttribute>[0], owner: string): string => queriedAttribute(template, owner).name;

export function groupProblems(group: Group, roleNames: readonly string[]): readonly Problem[] {
  const known = [...builtInRoles.map(({ name }) => name), ...roleNames];
  return group.roles.flatMap((role, index) => (known.includes(role) ? [] : missing(printPath(['roles', index]), 'Role', role, known)));
}

function missing(path: string, kind: string, name: string, names: readonly string[]): readonly Problem[] {
  const reader = new DocumentReader();
  reader.missing([path], kind, shortText(name), names);
  return reader.problems.map((problem) => ({ ...problem, path }));
}

function tried(path: string, check: () => unknown): readonly Problem[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [{ path, code: error.code, parameters: error.parameters }];
  }
}
