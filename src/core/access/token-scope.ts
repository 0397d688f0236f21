/**
 * What a token is good for: words like `records:read:Order`, or permissions of before. They only ever take away from what
 * its account may: a scope that the account has no right for opens nothing.
 */
import { inOrder, isPermission, permissions, withBrought, type Permission } from './permission.ts';
import { opensAllRecords, type Rights } from './rights.ts';
import type { RecordRule, RecordVerb } from './role.ts';

/** What may be named object by object, and which objects those are. */
export const objectScopes = {
  'records:read': 'Template',
  'records:write': 'Template',
  'messages:send': 'Route',
  'scenarios:run': 'Scenario',
  'connections:run': 'Connection',
} as const;

type ObjectScopeWord = keyof typeof objectScopes;

export type TokenScope =
  /** `*`: all that the account may. */
  | { kind: 'all' }
  /** One permission, as a word (`configuration:read`) or by its name. */
  | { kind: 'permission'; permission: Permission; named: boolean }
  /** `object` is a system name, or `*`. */
  | { kind: 'object'; word: ObjectScopeWord; object: string };

const verbs: Readonly<Record<string, string>> = { read: 'view', write: 'edit', run: 'run', publish: 'publish', grant: 'grant' };

/** Words for whole permissions, such as `audit:read`. */
export const wholeScopes: readonly string[] = permissions.flatMap((permission) => {
  const word = scopeWord(permission);
  return word === permission || Object.hasOwn(objectScopes, word) ? [] : [word];
});

/** Null for what is no scope; that its object exists is not looked at. */
export function parseScope(text: string): TokenScope | null {
  if (text === '*') return { kind: 'all' };
  if (isPermission(text)) return { kind: 'permission', permission: text, named: true };
  const [resource = '', verb = '', ...object] = text.split(':');
  const word = `${resource}:${verb}`;
  if (isObjectScope(word)) return object.length > 1 || object[0] === '' ? null : { kind: 'object', word, object: object[0] ?? '*' };
  const permission = `${resource}.${verbs[verb] ?? ''}`;
  return object.length === 0 && isPermission(permission) ? { kind: 'permission', permission, named: false } : null;
}

const isObjectScope = (word: string): word is ObjectScopeWord => Object.hasOwn(objectScopes, word);

/** What is left of an account's rights. */
export interface Narrowed {
  may: ReadonlySet<Permission>;
  records: readonly RecordRule[];
  /** Single objects for which a permission holds that does not hold for all. */
  objects: ReadonlyMap<Permission, ReadonlySet<string>>;
  /** Routes that take its messages. */
  routes: 'all' | ReadonlySet<string>;
}

export function narrowed(scopes: readonly TokenScope[], rights: Rights): Narrowed {
  const may = new Set<Permission>();
  const records: RecordRule[] = [];
  const objects = new Map<Permission, Set<string>>();
  const routes = new Set<string>();
  for (const scope of scopes) {
    switch (scope.kind) {
      case 'all':
        for (const permission of permissions) may.add(permission);
        records.push(...rights.records);
        routes.add('*');
        break;
      case 'permission':
        for (const permission of withBrought([scope.permission])) may.add(permission);
        if (scope.named && scope.permission === 'api.call') routes.add('*');
        else if (!scope.named) may.add('api.call');
        break;
      case 'object':
        may.add('api.call');
        addObject(scope);
        break;
      default:
        scope satisfies never;
    }
  }
  return {
    may: new Set([...may].filter((permission) => rights.permissions.has(permission))),
    records,
    objects,
    routes: routes.has('*') ? 'all' : routes,
  };

  function addObject({ word, object }: Extract<TokenScope, { kind: 'object' }>): void {
    switch (word) {
      case 'messages:send':
        routes.add(object);
        break;
      case 'records:read':
        if (object === '*') for (const permission of withBrought(['records.view'])) may.add(permission);
        records.push(...rulesWithin(rights, object, ['read']));
        break;
      case 'records:write':
        if (object === '*') for (const permission of withBrought(['records.edit'])) may.add(permission);
        records.push(...rulesWithin(rights, object, ['read', 'create', 'edit', 'delete']));
        break;
      case 'scenarios:run':
      case 'connections:run': {
        const permission = word === 'scenarios:run' ? 'scenarios.run' : 'connections.run';
        if (object === '*') for (const brought of withBrought([permission])) may.add(brought);
        else if (rights.permissions.has(permission)) objects.set(permission, (objects.get(permission) ?? new Set()).add(object));
        break;
      }
      default:
        word satisfies never;
    }
  }
}

/** What the account's own rules, or its right to all records, leave of these verbs on a template; on every one for `*`. */
function rulesWithin(rights: Rights, template: string, wanted: readonly RecordVerb[]): readonly RecordRule[] {
  const whole = wanted.filter((verb) => opensAllRecords(rights.permissions, verb));
  const bounded = rights.records.filter((rule) => template === '*' || rule.template === template).flatMap((rule) => {
    const left = wanted.filter((verb) => rule.verbs.includes(verb) || (verb === 'read' && (rule.verbs.includes('edit') || rule.verbs.includes('delete'))));
    return left.length === 0 ? [] : [{ ...rule, verbs: left }];
  });
  // Of all templates the permission itself says so.
  return whole.length === 0 || template === '*' ? bounded : [...bounded, { template, verbs: whole, owner: null, where: null }];
}

/** All that an account may now, as scopes: its permissions, and the templates that its roles open without one. */
export function scopesOf(rights: Rights): readonly string[] {
  const whole = { read: opensAllRecords(rights.permissions, 'read'), write: opensAllRecords(rights.permissions, 'edit') };
  const objects = rights.records.flatMap(({ template, verbs: opened }) => {
    if (opened.some((verb) => verb !== 'read')) return whole.write ? [] : [`records:write:${template}`];
    return whole.read ? [] : [`records:read:${template}`];
  });
  return [...new Set([...inOrder(rights.permissions), ...objects])];
}

/** The word for one permission, as a person writes it. */
export function scopeWord(permission: Permission): string {
  const word = Object.keys(verbs).find((one) => verbs[one] === permission.split('.')[1]);
  return word === undefined ? permission : `${permission.split('.')[0]}:${word}`;
}

/** Whether the account has nothing that this scope could open. */
export function isBeyond(scope: TokenScope, rights: Rights): boolean {
  if (scope.kind === 'all') return false;
  if (scope.kind === 'permission') return !rights.permissions.has(scope.permission);
  const { may, records, objects } = narrowed([scope], rights);
  switch (scope.word) {
    case 'messages:send':
      return !may.has('api.call');
    case 'records:read':
    case 'records:write':
      return records.length === 0 && !may.has(scope.word === 'records:read' ? 'records.view' : 'records.edit');
    case 'scenarios:run':
    case 'connections:run':
      return objects.size === 0 && !may.has(scope.word === 'scenarios:run' ? 'scenarios.run' : 'connections.run');
    default:
      return scope.word satisfies never;
  }
}
