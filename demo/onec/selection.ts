/** What of a row is shown: `$select` and `$expand`. */
import type { Base } from './base.ts';
import { bareType, isCollection, isComposite, isServed, type Property, type Shape } from './model.ts';
import type { Quirks } from './quirks.ts';
import { Refusal } from './refusal.ts';
import { type Field, type Row, textOf } from './row.ts';

export interface Selection {
  properties: readonly Property[];
  /** Fields of a table part, where only some are wanted. */
  partFields: ReadonlyMap<string, ReadonlySet<string>>;
  /** Names of fields whose presentation is shown. */
  presentations: readonly string[];
  navigations: readonly string[];
  expanded: readonly Expansion[];
}

export interface Expansion {
  name: string;
  shape: Shape;
  selection: Selection;
}

const presentationEnd = '____Presentation';
const expandDepth = 4;

export function wholeSelection(shape: Shape): Selection {
  return { properties: [...shape.properties.values()], partFields: new Map(), presentations: [], navigations: [...shape.navigations.keys()], expanded: [] };
}

export function selectionOf(shape: Shape, select: string | undefined, expand: string | undefined, base: Base, quirks: Quirks): Selection {
  const names = select === undefined || select.trim() === '' ? undefined : select.split(',').map((name) => name.trim());
  const chosen = names ? chosenOf(shape, names) : wholeSelection(shape);
  const strange = chosen.properties.find(({ type }) => !isServed(base.model, type));
  if (strange) throw new Refusal(0, `${strange.name}: ${strange.type}`);
  return { ...chosen, expanded: expansionsOf(shape, names, expand, base, quirks) };
}

function chosenOf(shape: Shape, names: readonly string[]): Selection {
  const wanted = new Set<string>();
  const partFields = new Map<string, Set<string>>();
  const presentations: string[] = [];
  for (const name of names) {
    const [first = '', second] = name.split('/');
    if (name === '*' || name === '**') {
      for (const { name: each, type } of shape.properties.values()) if (name === '*' || !isCollection(type)) wanted.add(each);
    } else if (name.endsWith(presentationEnd)) {
      presentations.push(...presented(shape, name.slice(0, -presentationEnd.length)));
    } else {
      wanted.add(first);
      if (second !== undefined) partFields.set(first, (partFields.get(first) ?? new Set()).add(second));
    }
  }
  const unknown = [...wanted].find((name) => !shape.properties.has(name) && !shape.navigations.has(name));
  if (unknown !== undefined) throw new Refusal(10, unknown);
  return {
    properties: [...shape.properties.values()].filter(({ name }) => wanted.has(name)),
    navigations: [...shape.navigations.keys()].filter((name) => wanted.has(name)),
    partFields, presentations, expanded: [],
  };
}

function presented(shape: Shape, name: string): string[] {
  if (name === '*') return [...shape.navigations.keys(), ...[...shape.properties.values()].filter((property) => isComposite(shape, property)).map((property) => property.name)];
  if (name === 'Ref' || shape.navigations.has(name) || shape.properties.has(name)) return [name];
  throw new Refusal(10, `${name}${presentationEnd}`);
}

/** A navigation that `$select` leaves out is left out here as well, and nobody is told. */
function expansionsOf(shape: Shape, select: readonly string[] | undefined, expand: string | undefined, base: Base, quirks: Quirks): Expansion[] {
  if (expand === undefined || expand.trim() === '') return [];
  const paths = expand.split(',').map((path) => path.trim().split('/'));
  const first = [...new Set(paths.map(([name = '']) => name))];
  const shown = first.filter((name) => !select || !quirks.expandNeedsSelect || select.includes('*') || select.some((wanted) => wanted.split('/')[0] === name));
  return shown.flatMap((name) => {
    const deeper = paths.filter((path) => path[0] === name && path.length > 1).map((path) => path.slice(1));
    if (deeper.some((path) => path.length >= expandDepth)) throw new Refusal(14, expand);
    const property = shape.properties.get(name);
    if (property && isComposite(shape, property)) return deeper.map(([type = '', ...rest]) => expansion(name, type, rest.length > 0 ? [rest] : [], base, quirks));
    const target = shape.navigations.get(name)?.target;
    if (target === undefined) throw new Refusal(10, name);
    return [expansion(name, target, deeper, base, quirks)];
  });
}

function expansion(name: string, target: string, deeper: readonly (readonly string[])[], base: Base, quirks: Quirks): Expansion {
  const shape = base.model.entities.get(target);
  if (!shape) throw new Refusal(8, target);
  const inner = deeper.length === 0 ? undefined : deeper.map((path) => path.join('/')).join(',');
  return { name, shape, selection: selectionOf(shape, undefined, inner, base, quirks) };
}

export interface ShownField {
  name: string;
  type: string;
  field: Field;
}

export function* shownFields(row: Row, { properties, partFields, presentations }: Selection, shape: Shape, base: Base): Generator<ShownField> {
  for (const { name, type } of properties) {
    const only = partFields.get(name);
    const field = row[name] ?? '';
    yield { name, type, field: only && Array.isArray(field) ? field.map((inner) => Object.fromEntries(Object.entries(inner).filter(([key]) => only.has(key)))) : field };
  }
  for (const name of presentations) yield { name: `${name}${presentationEnd}`, type: 'Edm.String', field: presentationOf(row, shape, name, base) };
}

/** What 1C shows for a reference: the description of a catalog's item, kind, number and date of a document. */
export function presentationOf(row: Row, shape: Shape, name: string, base: Base): string {
  if (name === 'Ref' || name === 'Ref_Key') return ownPresentation(row, shape);
  const plain = name.endsWith('_Key') ? name.slice(0, -4) : name;
  const found = referred(row, shape, plain, base);
  return found ? ownPresentation(found.row, found.shape) : textOf(row[plain]);
}

/** The row that a navigation or a composite field leads to. */
export function referred(row: Row, shape: Shape, name: string, base: Base): { set: string; row: Row; shape: Shape } | undefined {
  const composite = shape.properties.has(`${name}_Type`) && shape.properties.has(name);
  const target = composite ? bareType(textOf(row[`${name}_Type`])) : shape.navigations.get(name)?.target;
  const role = target === undefined ? undefined : base.role(target);
  if (role?.kind !== 'object') return undefined;
  const found = base.find(role.set, { Ref_Key: textOf(row[composite ? name : `${name}_Key`]) });
  return found && { set: role.set, row: found, shape: role.shape };
}

function ownPresentation(row: Row, shape: Shape): string {
  if (shape.properties.has('Description')) return textOf(row['Description']);
  return `${shape.name.slice(shape.name.indexOf('_') + 1)} ${textOf(row['Number'])} от ${textOf(row['Date'])}`;
}
