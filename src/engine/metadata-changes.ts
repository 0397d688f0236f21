/** What became of a remote system's metadata: object by object, field by field. Pure. */
import type { RemoteField, RemoteFunction, RemoteMetadata, RemoteObject } from '../sdk/remote-metadata.ts';

export type ChangeKind =
  | 'objectAdded' | 'objectRemoved' | 'keysChanged'
  | 'fieldAdded' | 'fieldRemoved' | 'typeChanged' | 'nullableChanged' | 'lengthChanged' | 'precisionChanged' | 'leadsToChanged'
  | 'memberAdded' | 'memberRemoved'
  | 'referenceAdded' | 'referenceRemoved'
  | 'functionAdded' | 'functionRemoved' | 'parametersChanged';

/** `broken`: what names it fails. `risky`: what was right may be refused, cut or read wrongly. `harmless`: what worked works on. */
export type ChangeEffect = 'broken' | 'risky' | 'harmless';

export interface MetadataChange {
  kind: ChangeKind;
  effect: ChangeEffect;
  /** Absent for an enumeration and for a function of the system itself. */
  object?: string;
  /** A path, `Goods/Price` inside a table part. */
  field?: string;
  /** Of a function, a reference, an enumeration or one of its members. */
  name?: string;
  from?: string;
  to?: string;
}

/** In the order of names. */
export function metadataChanges(before: RemoteMetadata, after: RemoteMetadata): readonly MetadataChange[] {
  const objects = pairs(before.objects, after.objects, (object) => object.name).flatMap(([old, now]) => {
    if (old === undefined) return [{ kind: 'objectAdded' as const, effect: 'harmless' as const, object: now?.name ?? '' }];
    if (now === undefined) return [{ kind: 'objectRemoved' as const, effect: 'broken' as const, object: old.name }];
    return objectChanges(old, now);
  });
  return [...objects, ...enumChanges(before, after), ...functionChanges(before, after)];
}

/** Both of each name, in its order; one of them may be missing. */
function pairs<T>(before: readonly T[], after: readonly T[], nameOf: (item: T) => string): readonly (readonly [T | undefined, T | undefined])[] {
  const old = new Map(before.map((item) => [nameOf(item), item]));
  const now = new Map(after.map((item) => [nameOf(item), item]));
  return [...new Set([...old.keys(), ...now.keys()])].sort().map((name) => [old.get(name), now.get(name)] as const);
}

function objectChanges(old: RemoteObject, now: RemoteObject): readonly MetadataChange[] {
  const object = now.name;
  const keys: MetadataChange[] = old.keys.join() === now.keys.join() ? [] : [{ kind: 'keysChanged', effect: 'broken', object, from: old.keys.join(', '), to: now.keys.join(', ') }];
  const references = pairs(old.references, now.references, ({ name }) => name).flatMap(([one, other]): MetadataChange[] => {
    if (one === undefined) return [{ kind: 'referenceAdded', effect: 'harmless', object, name: other?.name ?? '' }];
    return other === undefined ? [{ kind: 'referenceRemoved', effect: 'broken', object, name: one.name }] : [];
  });
  return [...keys, ...fieldChanges(object, '', old.fields, now.fields), ...references];
}

function fieldChanges(object: string, above: string, old: readonly RemoteField[], now: readonly RemoteField[]): readonly MetadataChange[] {
  // Types are shared: most objects have the very fields that they had.
  if (old === now) return [];
  return pairs(old, now, ({ name }) => name).flatMap(([one, other]): readonly MetadataChange[] => {
    if (one === undefined) return [{ kind: 'fieldAdded', effect: 'harmless', object, field: above + (other?.name ?? ''), to: other === undefined ? '' : typeOf(other) }];
    const field = above + one.name;
    if (other === undefined) return [{ kind: 'fieldRemoved', effect: 'broken', object, field, from: typeOf(one) }];
    const changes = facetChanges(object, field, one, other);
    return [...changes, ...fieldChanges(object, `${field}/`, one.fields ?? [], other.fields ?? [])];
  });
}

const typeOf = ({ type, many }: RemoteField): string => (many ? `Collection(${type})` : type);

/** Numbers that hold every value of the one are in its list. */
const wider: Readonly<Record<string, readonly string[]>> = {
  'Edm.Byte': ['Edm.Int16', 'Edm.Int32', 'Edm.Int64', 'Edm.Decimal', 'Edm.Double'],
  'Edm.Int16': ['Edm.Int32', 'Edm.Int64', 'Edm.Decimal', 'Edm.Double'],
  'Edm.Int32': ['Edm.Int64', 'Edm.Decimal', 'Edm.Double'],
  'Edm.Int64': ['Edm.Decimal'],
  'Edm.Single': ['Edm.Double'],
};

function facetChanges(object: string, field: string, one: RemoteField, other: RemoteField): readonly MetadataChange[] {
  const changes: MetadataChange[] = [];
  const note = (kind: ChangeKind, narrowed: boolean, from: string, to: string): void => void changes.push({ kind, effect: narrowed ? 'risky' : 'harmless', object, field, from, to });
  const [was, is] = [typeOf(one), typeOf(other)];
  if (was !== is) note('typeChanged', !(wider[was]?.includes(is) ?? false), was, is);
  else if (one.role !== other.role) note('typeChanged', true, `${was} (${one.role})`, `${is} (${other.role})`);
  if (one.nullable !== other.nullable) note('nullableChanged', !other.nullable, String(one.nullable), String(other.nullable));
  if (one.maxLength !== other.maxLength) note('lengthChanged', (other.maxLength ?? Infinity) < (one.maxLength ?? Infinity), shown(one.maxLength), shown(other.maxLength));
  if (one.precision !== other.precision || one.scale !== other.scale) {
    note('precisionChanged', (other.precision ?? Infinity) < (one.precision ?? Infinity) || (other.scale ?? Infinity) < (one.scale ?? Infinity), `${shown(one.precision)}, ${shown(one.scale)}`, `${shown(other.precision)}, ${shown(other.scale)}`);
  }
  const [led, leads] = [one.leadsTo ?? [], other.leadsTo ?? []];
  if (led.toSorted().join() !== leads.toSorted().join()) note('leadsToChanged', led.some((name) => !leads.includes(name)), led.join(', '), leads.join(', '));
  return changes;
}

const shown = (value: number | undefined): string => (value === undefined ? '∞' : String(value));

function enumChanges(before: RemoteMetadata, after: RemoteMetadata): readonly MetadataChange[] {
  return pairs(before.enums, after.enums, ({ name }) => name).flatMap(([old, now]) => {
    const [had, has] = [old?.members ?? [], now?.members ?? []];
    return [
      ...had.filter((member) => !has.includes(member)).map((member): MetadataChange => ({ kind: 'memberRemoved', effect: 'risky', name: old?.name ?? '', from: member })),
      ...has.filter((member) => !had.includes(member)).map((member): MetadataChange => ({ kind: 'memberAdded', effect: 'risky', name: now?.name ?? '', to: member })),
    ];
  });
}

function functionChanges(before: RemoteMetadata, after: RemoteMetadata): readonly MetadataChange[] {
  const nameOf = ({ object = '', name }: RemoteFunction): string => `${object}/${name}`;
  const signature = ({ parameters, returns = '' }: RemoteFunction): string => `(${parameters.map(({ name, type }) => `${name}: ${type}`).join(', ')})${returns === '' ? '' : `: ${returns}`}`;
  return pairs(before.functions, after.functions, nameOf).flatMap(([old, now]): MetadataChange[] => {
    const { object, name = '' } = now ?? old ?? {};
    const place = { name, ...(object === undefined ? {} : { object }) };
    if (old === undefined) return [{ kind: 'functionAdded', effect: 'harmless', ...place }];
    if (now === undefined) return [{ kind: 'functionRemoved', effect: 'broken', ...place }];
    return signature(old) === signature(now) ? [] : [{ kind: 'parametersChanged', effect: 'risky', ...place, from: signature(old), to: signature(now) }];
  });
}
