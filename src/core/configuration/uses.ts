/** Which objects name which: read from the documents, so that it also works for objects with errors. */
import { isPlainObject, type Kind, type ObjectDocument, type Plain } from './object-document.ts';

/** Keys whose text is the name of an object, by the kind of the document they stand in. */
const namingKeys: Readonly<Record<Kind, Readonly<Record<string, Kind>>>> = {
  Template: { template: 'Template' },
  Connection: {},
  Route: { connection: 'Connection' },
  Scenario: { template: 'Template', route: 'Route', scenario: 'Scenario', message: 'Route', created: 'Template', changed: 'Template', deleted: 'Template', manual: 'Template' },
  Role: { template: 'Template' },
  Group: { roles: 'Role' },
};

/** The objects that name `object`, in the order given. */
export function usesOf(object: { kind: Kind; name: string }, among: readonly ObjectDocument[]): readonly ObjectDocument[] {
  return among.filter((candidate) => !(candidate.kind === object.kind && candidate.name === object.name) && names(candidate.document, namingKeys[candidate.kind], object));
}

function names(value: Plain, keys: Readonly<Record<string, Kind>>, object: { kind: Kind; name: string }): boolean {
  if (Array.isArray(value)) return value.some((item: Plain) => names(item, keys, object));
  if (!isPlainObject(value)) return false;
  return Object.entries(value).some(([key, item]) => {
    const named = Object.hasOwn(keys, key) && keys[key] === object.kind && (item === object.name || (Array.isArray(item) && item.includes(object.name)));
    return named || names(item, keys, object);
  });
}
