/** Whom a change of metadata concerns: the routes that name what changed. Pure. */
import type { RemoteField, RemoteMetadata, RouteUse } from '../sdk/remote-metadata.ts';
import type { MetadataChange } from './metadata-changes.ts';

export interface RouteUses {
  route: string;
  use: RouteUse;
}

export interface Impact {
  route: string;
  /** Where the route names it: `select[0]`, `filter.of[1]`, `request.ИНН`; `set` for the object itself. */
  place: string;
  change: MetadataChange;
}

/** Only what may break: additions concern nobody. `metadata` is the earlier one, by which the routes were made. */
export function impactOf(changes: readonly MetadataChange[], routes: readonly RouteUses[], metadata: RemoteMetadata): readonly Impact[] {
  const relevant = changes.filter(({ effect }) => effect !== 'harmless');
  const enums = new Map(relevant.filter(({ object, kind }) => object === undefined && kind.startsWith('member')).map((change) => [change.name ?? '', change]));
  const objects = new Map(metadata.objects.map((object) => [object.name, object]));
  return routes.flatMap(({ route, use }) => {
    const own = relevant.filter(({ object }) => object === use.object);
    const fields = objects.get(use.object)?.fields ?? [];
    return [
      ...own.filter(({ kind }) => kind === 'objectRemoved' || kind === 'keysChanged').map((change) => ({ route, place: 'set', change })),
      ...use.fields.flatMap(({ path, place, writes }) => [...own.filter((change) => concerns(change, path, writes)), ...membersOf(enums, fields, path)].map((change) => ({ route, place, change }))),
    ];
  });
}

function concerns({ kind, field, name }: MetadataChange, path: string, writes: boolean): boolean {
  // What may no longer be left empty, or is shorter now, hurts only who writes it.
  if (kind === 'nullableChanged' || kind === 'lengthChanged') return writes && field === path;
  if (kind === 'referenceRemoved') return name === path || path.startsWith(`${name}/`);
  return field !== undefined && (field === path || path.startsWith(`${field}/`));
}

/** A member that came or went concerns whoever names a field of that enumeration. */
function membersOf(enums: ReadonlyMap<string, MetadataChange>, fields: readonly RemoteField[], path: string): readonly MetadataChange[] {
  if (enums.size === 0) return [];
  const [head, ...rest] = path.split('/');
  const field = fields.find(({ name }) => name === head);
  if (field === undefined) return [];
  if (rest.length > 0) return membersOf(enums, field.fields ?? [], rest.join('/'));
  const change = enums.get(field.type);
  return change === undefined ? [] : [change];
}
