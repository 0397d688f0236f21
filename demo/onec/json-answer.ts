/** Rows as JSON of OData 3: light, as 1C writes it, with much or little of the metadata. */
import type { Base } from './base.ts';
import { keyPart, linkTo } from './key.ts';
import { bareType, isCollection, type Shape } from './model.ts';
import { type Field, isRow, type Row, rowsOf, textOf } from './row.ts';
import { referred, type Selection, shownFields } from './selection.ts';

export type Detail = 'nometadata' | 'minimalmetadata' | 'fullmetadata';

export interface AnswerPlace {
  /** The address of the service with a slash at its end. */
  root: string;
  base: Base;
}

export interface Listed {
  set: string;
  shape: Shape;
  selection: Selection;
  rows: Iterable<Row>;
  count: number | undefined;
  /** Rows of a virtual table are plain values of this type: they have no address and are in no set. */
  values?: { name: string; type: string };
}

export function* jsonList(place: AnswerPlace, list: Listed, detail: Detail): Generator<string> {
  const head = detail === 'nometadata' ? [] : [`"odata.metadata":${JSON.stringify(`${place.root}$metadata#${list.values ? `Collection(${list.values.type})` : list.set}`)}`];
  if (list.count !== undefined) head.push(`"odata.count":"${list.count}"`);
  yield `{${[...head, '"value":['].join(',')}`;
  let comma = '';
  for (const row of list.rows) {
    yield `${comma}\n${entity(place, list, row, detail, []).join('')}`;
    comma = ',';
  }
  yield ']}';
}

export function jsonEntity(place: AnswerPlace, of: Omit<Listed, 'rows' | 'count'>, row: Row, detail: Detail): string {
  const head = detail === 'nometadata' ? [] : [`"odata.metadata":${JSON.stringify(`${place.root}$metadata#${of.set}/@Element`)}`];
  return entity(place, of, row, detail, head).join('');
}

function entity(place: AnswerPlace, { set, shape, selection, values }: Omit<Listed, 'rows' | 'count'>, row: Row, detail: Detail, head: readonly string[]): string[] {
  const self = linkTo(set, shape, row);
  const parts = [...head];
  if (detail === 'fullmetadata' && values) parts.push(pair('odata.type', values.type));
  else if (detail === 'fullmetadata') parts.push(pair('odata.type', `${place.base.model.namespace}.${shape.name}`), pair('odata.id', `${place.root}${set}${keyPart(shape, row)}`), pair('odata.editLink', self));
  for (const { name, type, field } of shownFields(row, selection, shape, place.base)) {
    if (type === 'Edm.Stream') {
      if (detail !== 'nometadata') parts.push(pair(`${name}@odata.mediaReadLink`, `${self}/${name}`));
      continue;
    }
    if (detail === 'fullmetadata' && needsType(type)) parts.push(pair(`${name}@odata.type`, type));
    parts.push(`${JSON.stringify(name)}:${jsonField(field, type, place.base)}`);
  }
  const shown = new Map(selection.expanded.map((expansion) => [expansion.name, expansion]));
  for (const name of new Set([...selection.navigations, ...shown.keys()])) {
    if (detail !== 'nometadata') parts.push(pair(`${name}@navigationLinkUrl`, `${self}/${name}`));
    if (shown.has(name)) parts.push(`${JSON.stringify(name)}:${expandedJson(place, name, selection, shape, row, detail)}`);
  }
  return ['{', parts.join(','), '}'];
}

function expandedJson(place: AnswerPlace, name: string, selection: Selection, shape: Shape, row: Row, detail: Detail): string {
  const found = referred(row, shape, name, place.base);
  const expansion = found && selection.expanded.find((each) => each.name === name && each.shape.name === found.shape.name);
  return found && expansion ? entity(place, { set: found.set, shape: found.shape, selection: expansion.selection }, found.row, detail, []).join('') : 'null';
}

const pair = (name: string, text: string): string => `${JSON.stringify(name)}:${JSON.stringify(text)}`;
const needsType = (type: string): boolean => ['Edm.Guid', 'Edm.DateTime', 'Edm.Int64', 'Edm.Binary'].includes(type);

export function jsonField(field: Field, type: string, base: Base): string {
  const shape = base.model.complexes.get(bareType(type));
  if (isCollection(type)) return `[${rowsOf(field).map((row) => jsonComplex(row, shape, base)).join(',')}]`;
  if (isRow(field)) return jsonComplex(field, shape, base);
  switch (type) {
    case 'Edm.Boolean': return textOf(field) === 'true' ? 'true' : 'false';
    // The longest whole numbers are text, because a reader's doubles would not hold them.
    case 'Edm.Int16': case 'Edm.Int32': case 'Edm.Double': return textOf(field) || '0';
    default: return JSON.stringify(textOf(field));
  }
}

function jsonComplex(row: Row, shape: Shape | undefined, base: Base): string {
  return `{${Object.entries(row).map(([name, field]) => `${JSON.stringify(name)}:${jsonField(field, shape?.properties.get(name)?.type ?? 'Edm.String', base)}`).join(',')}}`;
}
