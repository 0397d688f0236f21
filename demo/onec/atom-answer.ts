/** Rows as Atom of OData 3, which is what 1C answers with unless JSON is asked for. */
import type { Base } from './base.ts';
import type { AnswerPlace, Listed } from './json-answer.ts';
import { keyPart, linkTo } from './key.ts';
import { bareType, isCollection } from './model.ts';
import { type Field, isRow, type Row, rowsOf, textOf } from './row.ts';
import { referred, shownFields } from './selection.ts';

const feedSpaces = [
  'xmlns="http://www.w3.org/2005/Atom"',
  'xmlns:at="http://purl.org/atompub/tombstones/1.0"',
  'xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices"',
  'xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"',
].join(' ');
const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
const scheme = 'http://schemas.microsoft.com/ado/2007/08/dataservices/scheme';
const media = 'http://schemas.microsoft.com/ado/2007/08/dataservices/mediaresource';
const related = 'http://schemas.microsoft.com/ado/2007/08/dataservices/related';

type Of = Omit<Listed, 'rows' | 'count'>;

/** The namespaces of values outside a feed. */
export const dataSpaces = 'xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"';

export function* atomFeed(place: AnswerPlace, list: Listed, updated: string): Generator<string> {
  if (list.values) return yield* valueList(place, list, list.values);
  yield feedHead(place, list.set, updated);
  if (list.count !== undefined) yield `<m:count>${list.count}</m:count>`;
  for (const row of list.rows) yield `${atomEntry(place, list, row, updated)}\n`;
  yield '</feed>';
}

/** What a virtual table gives are values, not entities: no feed, but a list of elements. */
function* valueList({ base }: AnswerPlace, { shape, selection, rows }: Listed, { name, type }: NonNullable<Listed['values']>): Generator<string> {
  yield `${declaration}<d:${name} ${dataSpaces}>\n`;
  for (const row of rows) yield `<d:element m:type="${xml(type)}">${[...shownFields(row, selection, shape, base)].map(({ name: field, type: of, field: value }) => atomElement(field, of, value, base)).join('')}</d:element>\n`;
  yield `</d:${name}>`;
}

export function feedHead({ root }: AnswerPlace, title: string, updated: string): string {
  return `${declaration}<feed ${feedSpaces} xml:base="${xml(root)}"><id>${xml(`${root}${title}`)}</id><title type="text">${xml(title)}</title><updated>${updated}</updated>\n`;
}

export const atomDocument = (place: AnswerPlace, of: Of, row: Row, updated: string): string => `${declaration}${atomEntry(place, of, row, updated, ` ${feedSpaces} xml:base="${xml(place.root)}"`)}`;

export function atomEntry(place: AnswerPlace, { set, shape, selection }: Of, row: Row, updated: string, attributes = ''): string {
  const self = linkTo(set, shape, row);
  const shown = new Set(selection.expanded.map(({ name }) => name));
  const links = [...new Set([...selection.navigations, ...shown])].map((name) => atomLink(place, { set, shape, selection }, row, name, self, updated));
  const all = [...shownFields(row, selection, shape, place.base)];
  for (const { name, type } of all) if (type === 'Edm.Stream') links.push(`<link rel="${media}/${xml(name)}" title="${xml(name)}" href="${xml(`${self}/${name}`)}"/>`);
  const fields = all.filter(({ type }) => type !== 'Edm.Stream').map(({ name, type, field }) => atomElement(name, type, field, place.base));
  const id = xml(`${place.root}${set}${keyPart(shape, row)}`);
  return `<entry${attributes}><id>${id}</id><category term="${xml(`${place.base.model.namespace}.${shape.name}`)}" scheme="${scheme}"/><title/><updated>${updated}</updated><author/><link rel="edit" href="${xml(self)}" title="edit-link"/>${links.join('')}<content type="application/xml"><m:properties>${fields.join('')}</m:properties></content></entry>`;
}

function atomLink(place: AnswerPlace, { shape, selection }: Of, row: Row, name: string, self: string, updated: string): string {
  const found = referred(row, shape, name, place.base);
  const expansion = found && selection.expanded.find((each) => each.name === name && each.shape.name === found.shape.name);
  const inline = found && expansion ? `<m:inline>${atomEntry(place, { set: found.set, shape: found.shape, selection: expansion.selection }, found.row, updated)}</m:inline>` : '';
  return `<link rel="${related}/${xml(name)}" type="application/atom+xml;type=entry" title="${xml(name)}" href="${xml(`${self}/${name}`)}">${inline}</link>`;
}

/** `spaces` are declared where an element stands alone. */
export function atomElement(name: string, type: string, field: Field, base: Base, spaces = ''): string {
  const shape = base.model.complexes.get(bareType(type));
  const inner = (row: Row): string => Object.entries(row).map(([key, value]) => atomElement(key, shape?.properties.get(key)?.type ?? 'Edm.String', value, base)).join('');
  if (isCollection(type)) return `<d:${name}${spaces} m:type="${xml(type)}">${rowsOf(field).map((row) => `<d:element m:type="${xml(type.slice(11, -1))}">${inner(row)}</d:element>`).join('')}</d:${name}>`;
  if (isRow(field)) return `<d:${name}${spaces} m:type="${xml(type)}">${inner(field)}</d:${name}>`;
  const text = textOf(field);
  return text === '' ? `<d:${name}${spaces}/>` : `<d:${name}${spaces}>${xml(text)}</d:${name}>`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#13;' };

/** Control characters stay as they are: XML forbids them, and 1C sends them all the same. */
export const xml = (text: string): string => text.replaceAll(/[&<>"\r]/gu, (sign) => entities[sign] ?? sign);
