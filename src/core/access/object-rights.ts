/**
 * What publishing a plan asks of whoever publishes it, object by object. A person who may edit the configuration
 * gets no right by it that he does not have: not by a role, not by SQL, not in the name of another account or the system.
 */
import type { ConnectorCatalogue } from '../configuration/connector-catalogue.ts';
import { isPlainObject, type Kind, type ObjectDocument, type Plain } from '../configuration/object-document.ts';
import { parseGroup, parseRole } from '../configuration/role-document.ts';
import { beyond, rightsOf, type Grants, type Rights } from './rights.ts';
import { accessRules, type AccessRules } from './role.ts';
import type { Permission } from './permission.ts';

export interface PlannedChanges {
  /** Created or changed; with the paths of what changes, when it was there before. */
  written: readonly (ObjectDocument & { details?: readonly { path: string }[] })[];
  deleted: readonly ObjectDocument[];
  /** All that will be there afterwards. */
  after: readonly ObjectDocument[];
  /** Templates that go together with their records. */
  hidden: readonly string[];
}

export interface Publisher {
  rights: Rights;
  /** His account, and all that it may: a token has less. */
  account: Grants;
  own: Rights;
  /** Rights of accounts that routes name as their initiator; null for one that does not exist. */
  accounts: ReadonlyMap<string, Rights | null>;
  connectors: ConnectorCatalogue;
}

export interface ObjectRefusal {
  kind: Kind;
  name: string;
  /** Permissions, or record rights as `Template: verb`. */
  lacking: readonly string[];
}

const editing: Readonly<Record<Kind, Permission>> = {
  Template: 'templates.edit',
  Connection: 'connections.edit',
  Route: 'connections.edit',
  Scenario: 'scenarios.edit',
  Role: 'roles.edit',
  Group: 'roles.edit',
};

const viewing: Readonly<Record<Kind, Permission>> = {
  Template: 'templates.view',
  Connection: 'connections.view',
  Route: 'connections.view',
  Scenario: 'scenarios.view',
  Role: 'roles.view',
  Group: 'roles.view',
};

export const rightToEdit = (kind: Kind): Permission => editing[kind];

export const rightToView = (kind: Kind): Permission => viewing[kind];

export const mayView = (may: ReadonlySet<Permission>, kind: Kind): boolean => may.has(viewing[kind]);

export function refusedObjects(changes: PlannedChanges, publisher: Publisher): readonly ObjectRefusal[] {
  if (publisher.rights.administrator) return [];
  const { permissions } = publisher.rights;
  const rules = rulesIn(changes.after);
  const all: readonly PlannedChanges['written'][number][] = [...changes.written, ...changes.deleted];
  const refusals = all.map((object): ObjectRefusal => {
    const isWritten = changes.written.includes(object);
    const needed = [editing[object.kind], ...(isWritten && hasCode(object, changes, publisher.connectors) ? ['code.edit' as const] : []), ...(isWritten && movesSecrets(object) ? ['secrets.edit' as const] : []), ...(changes.hidden.includes(object.name) && object.kind === 'Template' ? ['records.edit' as const] : [])];
    const lacking = [...needed.filter((permission) => !permissions.has(permission)), ...(isWritten ? borrowed(object, changes, publisher, rules) : [])];
    return { kind: object.kind, name: object.name, lacking: [...new Set(lacking)] };
  });
  return refusals.filter(({ lacking }) => lacking.length > 0);
}

/** Accounts that routes of these documents act as. */
export const initiatorsIn = (objects: readonly ObjectDocument[]): readonly string[] => [...new Set(objects.flatMap((object) => initiatorAccount(object) ?? []))];

function initiatorAccount({ kind, document }: ObjectDocument): string | null {
  const initiator = kind === 'Route' ? document['initiator'] : undefined;
  return isPlainObject(initiator) && typeof initiator['account'] === 'string' ? initiator['account'] : null;
}

/** The roles and groups that these documents describe; what is wrong with one costs it alone. */
export function rulesIn(objects: readonly ObjectDocument[]): AccessRules {
  const read = <Body>(kind: Kind, parse: (document: ObjectDocument['document']) => { body: Body | null }): readonly Body[] =>
    objects.flatMap((object) => (object.kind === kind ? (parse(object.document).body ?? []) : []));
  return accessRules(read('Role', parseRole), read('Group', parseGroup));
}

/** Rights that the object would give or use, beyond those of the publisher. */
function borrowed(object: ObjectDocument, changes: PlannedChanges, publisher: Publisher, rules: AccessRules): readonly string[] {
  switch (object.kind) {
    case 'Role':
    case 'Group': {
      const given = rightsOf(object.kind === 'Role' ? { permissions: [], roles: [object.name], groups: [] } : { permissions: [], roles: [], groups: [object.name] }, rules);
      if (!publisher.rights.permissions.has('roles.grant') || isForAdministrators(object, rules)) return beyond(given, publisher.rights);
      // Who may give others what he does not have, gives himself nothing: not by a role that he holds, either.
      const gained = beyond(rightsOf(publisher.account, rules), publisher.own);
      return beyond(given, publisher.own).filter((one) => gained.includes(one));
    }
    case 'Route':
      return borrowedByRoute(object, publisher);
    case 'Scenario': {
      const own = object.document['runAs'] === 'system' ? asSystem(publisher) : [];
      const route = changes.after.find(({ kind, name }) => kind === 'Route' && name === routeOf(object));
      return [...own, ...(route === undefined ? [] : borrowedByRoute(route, publisher))];
    }
    case 'Template':
    case 'Connection':
      return [];
    default:
      return object.kind satisfies never;
  }
}

function isForAdministrators(object: ObjectDocument, rules: AccessRules): boolean {
  return object.kind === 'Group' && rightsOf({ permissions: [], roles: [], groups: [object.name] }, rules).administrator;
}

function borrowedByRoute(route: ObjectDocument, publisher: Publisher): readonly string[] {
  if (route.document['initiator'] === 'system') return asSystem(publisher);
  const account = initiatorAccount(route);
  if (account === null) return [];
  const theirs = publisher.accounts.get(account) ?? null;
  // Whoever makes the account later would lend its rights without knowing.
  if (theirs === null) return publisher.rights.permissions.has('roles.grant') ? [] : ['roles.grant'];
  return beyond(theirs, publisher.rights);
}

/** The system reads and writes every record. */
const asSystem = ({ rights }: Publisher): readonly string[] => (rights.permissions.has('records.edit') ? [] : ['records.edit']);

function routeOf({ document }: ObjectDocument): Plain | undefined {
  const on = document['on'];
  return isPlainObject(on) ? on['message'] : undefined;
}

const harmless = /^(?:title|description|enabled|limits|log)(?:$|[.[])/;

/** A connection that holds secrets and leads to another address than before would hand them over there. */
function movesSecrets({ kind, document, details }: PlannedChanges['written'][number]): boolean {
  if (kind !== 'Connection' || !JSON.stringify(document).includes('${secret:')) return false;
  return details === undefined || details.some(({ path }) => !harmless.test(path));
}

function hasCode(object: ObjectDocument, { after }: PlannedChanges, connectors: ConnectorCatalogue): boolean {
  if (object.kind !== 'Route') return false;
  const { properties } = object.document;
  const connection = after.find(({ kind, name }) => kind === 'Connection' && name === object.document['connection']);
  const code = connectors.get(textOf(connection?.document['type']))?.operations[textOf(object.document['operation'])]?.code ?? [];
  return isPlainObject(properties) && code.some((property) => Object.hasOwn(properties, property));
}

const textOf = (value: Plain | undefined): string => (typeof value === 'string' ? value : '');
