/** What cloning, merging, deleting and bringing back roles and groups writes, whoever asks for it and by which way. */
import type { Kind, ObjectDocument, PlainObject } from '../configuration/object-document.ts';
import { failure } from '../failure.ts';
import { nearestKnown } from '../nearest-known.ts';
import type { ValueObject } from '../value.ts';
import { rulesIn } from './object-rights.ts';
import { isBuiltInRole, type AccessRules, type Group, type Role } from './role.ts';

export interface RoleChange {
  written: readonly { kind: Kind; name: string; fields: ValueObject }[];
  deleted?: readonly { kind: Kind; name: string }[];
  note: string;
}

type Objects = readonly ObjectDocument[];

/** Of a built-in one too; nobody holds the clone. Throws `role.unknown`, `role.exists`. */
export function clonedRole(objects: Objects, name: string, as: string): RoleChange {
  const rules = rulesIn(objects);
  const { title, permissions } = roleNamed(rules, name);
  if (rules.role(as) !== undefined) throw failure('role.exists', { role: as });
  return { written: [{ kind: 'Role', name: as, fields: documentOf(objects, 'Role', name) ?? { title: { ...title }, permissions } }], note: `role ${name} cloned` };
}

export interface RoleMerge {
  /** Roles that go; those who hold them move to the one that stays between the two changes: nobody is without his rights in between. */
  gone: readonly string[];
  grown: RoleChange;
  shrunk: RoleChange;
}

/** Throws `role.unknown`, `role.builtIn`. */
export function mergedRoles(objects: Objects, into: string, from: readonly string[]): RoleMerge {
  assertOwnRole(into);
  const rules = rulesIn(objects);
  const target = roleNamed(rules, into);
  const others = [...new Set(from)].filter((name) => name !== into).map((name) => roleNamed(rules, name));
  for (const { name } of others) assertOwnRole(name);
  const gone = others.map(({ name }) => name);
  const merged = [target, ...others.filter(({ enabled }) => enabled)];
  const records = merged.flatMap(({ name }) => listIn(documentOf(objects, 'Role', name)?.['records']));
  const role = { ...documentOf(objects, 'Role', into), permissions: [...new Set(merged.flatMap(({ permissions }) => permissions))], ...(records.length === 0 ? {} : { records }) };
  const groups = groupsWith(objects, rules, gone, (roles) => [...new Set(roles.map((one) => (gone.includes(one) ? into : one)))]);
  const note = `roles merged into ${into}`;
  return { gone, grown: { written: [{ kind: 'Role', name: into, fields: role }, ...groups], note }, shrunk: { written: [], deleted: gone.map((name) => ({ kind: 'Role', name })), note } };
}

/** It leaves its groups; who holds it is remembered with the accounts. Throws `role.unknown`, `role.builtIn`. */
export function withoutRole(objects: Objects, name: string): RoleChange {
  assertOwnRole(name);
  const rules = rulesIn(objects);
  roleNamed(rules, name);
  return { written: groupsWith(objects, rules, [name], (roles) => roles.filter((role) => role !== name)), deleted: [{ kind: 'Role', name }], note: `role ${name} deleted` };
}

/** As it was before it was deleted; `document` is what it said last. Throws `role.exists`, `role.neverWas`. */
export function restoredRole(objects: Objects, name: string, document: PlainObject | null): RoleChange {
  if (rulesIn(objects).role(name) !== undefined) throw failure('role.exists', { role: name });
  if (document === null) throw failure('role.neverWas', { role: name.slice(0, 80) });
  return { written: [{ kind: 'Role', name, fields: document }], note: `role ${name} restored` };
}

/** Throws `group.unknown`. */
export function withoutGroup(objects: Objects, name: string): RoleChange {
  groupNamed(rulesIn(objects), name);
  return { written: [], deleted: [{ kind: 'Group', name }], note: `group ${name} deleted` };
}

/** Throws `role.unknown` with the nearest one. */
export function roleNamed(rules: AccessRules, name: string): Role {
  const role = rules.role(name);
  if (role === undefined) throw failure('role.unknown', { name: name.slice(0, 80), nearest: nearestKnown(name, rules.roles().map((one) => one.name)) });
  return role;
}

/** Throws `group.unknown` with the nearest one. */
export function groupNamed(rules: AccessRules, name: string): Group {
  const group = rules.group(name);
  if (group === undefined) throw failure('group.unknown', { name: name.slice(0, 80), nearest: nearestKnown(name, rules.groups().map((one) => one.name)) });
  return group;
}

/** Throws `role.builtIn`. */
export function assertOwnRole(name: string): void {
  if (isBuiltInRole(name)) throw failure('role.builtIn', { role: name });
}

function groupsWith(objects: Objects, rules: AccessRules, roles: readonly string[], changed: (roles: readonly string[]) => readonly string[]): RoleChange['written'] {
  return rules.groups().filter((group) => group.roles.some((role) => roles.includes(role))).map((group) => ({ kind: 'Group', name: group.name, fields: { ...documentOf(objects, 'Group', group.name), roles: changed(group.roles) } }));
}

const documentOf = (objects: Objects, kind: Kind, name: string): PlainObject | undefined => objects.find((object) => object.kind === kind && object.name === name)?.document;

const listIn = (value: PlainObject[string] | undefined): readonly PlainObject[string][] => (Array.isArray(value) ? value : []);
