/** Changes of attributes as the API shows them. */
import type { RecordChanges } from '../../core/change-log.ts';
import { Decimal } from '../../core/decimal.ts';
import { isFileType } from '../../core/file.ts';
import type { Attribute, LinkAttribute, Template } from '../../core/template.ts';
import { isObject, type Value, type ValueObject } from '../../core/value.ts';

export interface Names {
  /** By template: titles of the records that the reader may see; null when the template is gone. */
  records: ReadonlyMap<string, ReadonlyMap<string, string | null> | null>;
  accounts: ReadonlyMap<string, string | null>;
  /** Title of a role; null when it is gone. */
  role: (name: string) => string | null;
  /** Whether he sees all records of the template: what is not among the titles is gone then, else it may be hidden. */
  open: (template: string) => boolean;
}

export function attributeJson(template: Template, change: RecordChanges, names: Names): readonly ValueObject[] {
  const own = change.attributes.map((id) => ownJson(attributeOf(template, id), id, change.values[id], names));
  const byRelation = Map.groupBy(change.links, ({ relation, side }) => `${relation} ${side}`);
  return [...own, ...[...byRelation.values()].flatMap((links) => linksJson(template, links, names))];
}

/** Records and accounts whose names are wanted. */
export function linksIn(template: Template, changes: readonly RecordChanges[]): { records: ReadonlyMap<string, ReadonlySet<string>>; accounts: ReadonlySet<string> } {
  const records = new Map<string, Set<string>>();
  const accounts = new Set<string>();
  const want = (target: string, id: Value | undefined): void => {
    if (typeof id === 'string') records.set(target, (records.get(target) ?? new Set()).add(id));
  };
  for (const { values, links } of changes) {
    for (const [id, sides] of Object.entries(values)) {
      const attribute = attributeOf(template, id);
      for (const value of Array.isArray(sides) ? (sides as readonly Value[]) : []) {
        if (attribute?.kind === 'link') want(attribute.target, value);
        else if (attribute?.type === 'account' && typeof value === 'string') accounts.add(value);
      }
    }
    for (const { relation, side, other } of links) {
      const attribute = linkOf(template, relation, side);
      if (attribute !== undefined) want(attribute.target, other ?? undefined);
    }
  }
  return { records, accounts };
}

const attributeOf = ({ attributes, hidden }: Template, id: string): Attribute | undefined => [...attributes, ...(hidden ?? [])].find((attribute) => attribute.id === id);

const linkOf = ({ attributes, hidden }: Template, relation: string, side: 'owner' | 'other'): LinkAttribute | undefined =>
  [...attributes, ...(hidden ?? [])].find((attribute): attribute is LinkAttribute => attribute.kind === 'link' && attribute.relation.id === relation && attribute.side === side);

function ownJson(attribute: Attribute | undefined, id: string, logged: Value | undefined, names: Names): ValueObject {
  const name = attribute?.name ?? id;
  const sides: readonly Value[] | null = Array.isArray(logged) ? (logged as readonly Value[]) : null;
  const to = sides?.at(-1);
  if (sides === null || to === undefined) return { attribute: name, logged: false };
  const shown = (value: Value): Value => shownValue(attribute, value, names);
  const isCut = sides.some((value) => isObject(value) && 'start' in value);
  return { attribute: name, logged: true, ...(sides.length > 1 ? { from: shown(sides[0] ?? null) } : {}), to: shown(to), ...(isCut ? { cut: true } : {}) };
}

function shownValue(attribute: Attribute | undefined, value: Value, names: Names): Value {
  if (isObject(value) && typeof value['start'] === 'string') return `${value['start']}…`;
  if (attribute === undefined || value === null) return value;
  if (attribute.kind === 'link') return typeof value === 'string' ? recordJson(attribute.target, value, names) : value;
  if (attribute.type === 'number') return typeof value === 'string' ? new Decimal(value) : value;
  if (attribute.type === 'account') return typeof value === 'string' ? { id: value, title: names.accounts.get(value) ?? null } : value;
  if (attribute.type === 'role') return Array.isArray(value) ? (value as readonly Value[]).map((one) => roleJson(one, names)) : roleJson(value, names);
  if (isFileType(attribute.type) && Array.isArray(value)) return attribute.kind === 'scalar' && attribute.multiple === true ? value : ((value as readonly Value[])[0] ?? null);
  return value;
}

const roleJson = (value: Value, { role }: Names): Value => (typeof value === 'string' ? { id: value, title: role(value) } : value);

function recordJson(target: string, id: string, { records, open }: Names): ValueObject {
  const titles = records.get(target);
  if (titles?.has(id) === true) return { id, title: titles.get(id) ?? null };
  return open(target) ? { id, title: null } : { hidden: true };
}

/** A link that is not logged is only said to have changed. */
function linksJson(template: Template, links: RecordChanges['links'], names: Names): readonly ValueObject[] {
  const [first] = links;
  const attribute = first === undefined ? undefined : linkOf(template, first.relation, first.side);
  if (attribute === undefined) return [];
  if (attribute.logChanges !== true || links.some(({ other }) => other === null)) return [{ attribute: attribute.name, logged: false }];
  const of = (op: 'link' | 'unlink'): readonly Value[] => links.flatMap((link) => (link.op === op && link.other !== null ? [recordJson(attribute.target, link.other, names)] : []));
  return [{ attribute: attribute.name, logged: true, added: of('link'), removed: of('unlink') }];
}
