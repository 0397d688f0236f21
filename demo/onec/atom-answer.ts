/** Rows as Atom of OData 3, which is what 1C answers with unless JSON is asked for. */
import type { Base } from './base.ts';
import type { AnswerPlace, Listed } from './json-answer.ts';
import { keyPart, linkTo } from './key.ts';
import { bareType, isCollection } from './model.ts';
import { type Field, isRow, type Row, rowsOf, textOf } from './row.ts';
import { referred, shownFields } from './selection.ts';

const spaces = [
  'xmlns="http://www.w3.org/2005/Atom"',
  'xmlns:at="http://purl.org/atompub/tombstones/1.0"',
  'xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices"',
  'xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"',
].join(' ');
const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
const scheme = 'http://schemas.microsoft.com/ado/2007/08/dataservices/scheme';
const related = 'http://schemas.microsoft.com/ado/2007/08/dataservices/related';

type Of = Omit<Listed, 'rows' | 'count'>;

export function* atomFeed(place: AnswerPlace, list: Listed, updated: string): Generator<string> {
  yield feedHead(place, list.set, updated);
  if (list.count !== undefined) yield `<m:count>${list.count}</m:count>`;
  for (const row of list.rows) yield `${atomEntry(place, list, row, updated)}\n`;
  yield '</feed>';
}

export function feedHead({ root }: AnswerPlace, title: string, updated: string): string {
  return `${declaration}<feed ${spaces} xml:base="${xml(root)}"><id>${xml(`${root}${title}`)}</id><title type="text">${xml(title)}</title><updated>${updated}</updated>\n`;
}

export const atomDocument = (place: AnswerPlace, of: Of, row: Row, updated: string): string => `${declaration}${atomEntry(place, of, row, updated, ` ${spaces} xml:base="${xml(place.root)}"`)}`;

export function atomEntry(place: AnswerPlace, { set, shape, selection }: Of, row: Row, updated: string, attributes = ''): string {
  const self = linkTo(set, shape, row);
  const shown = new Set(selection.expanded.map(({ name }) => name));
  const links = [...new Set([...selection.navigations, ...shown])].map((name) => atomLink(place, { set, shape, selection }, row, name, self, updated));
  const fields = [...shownFields(row, selection, shape, place.base)].filter(({ type }) => type !== 'Edm.Stream').map(({ name, type, field }) => element(name, type, field, place.base));
  const id = xml(`${place.root}${set}${keyPart(shape, row)}`);
  return `<entry${attributes}><id>${id}</id><category term="${xml(`${place.base.model.namespace}.${shape.name}`)}" scheme="${scheme}"/><title/><updated>${updated}</updated><author/><link rel="edit" href="${xml(self)}" title="edit-link"/>${links.join('')}<content type="application/xml"><m:properties>${fields.join('')}</m:properties></content></entry>`;
}

function atomLink(place: AnswerPlace, { shape, selection }: Of, row: Row, name: string, self: string, updated: string): string {
  const found = referred(row, shape, name, place.base);
  const expansion = found && selection.expanded.find((each) => each.name === name && each.shape.name === found.shape.name);
  const inline = found && expansion ? `<m:inline>${atomEntry(place, { set: found.set, shape: found.shape, selection: expansion.selection }, found.row, updated)}</m:inline>` : '';
  return `<link rel="${related}/${xml(name)}" type="application/atom+xml;type=entry" title="${xml(name)}" href="${xml(`${self}/${name}`)}">${inline}</link>`;
}

function element(name: string, type: string, field: Field, base: Base): string {
  const shape = base.model.complexes.get(bareType(type));
  const inner = (row: Row): string => Object.entries(row).map(([key, value]) => element(key, shape?.properties.get(key)?.type ?? 'Edm.String', value, base)).join('');
  if (isCollection(type)) return `<d:${name} m:type="${xml(type)}">${rowsOf(field).map((row) => `<d:element m:type="${xml(type.slice(11, -1))}">${inner(row)}</d:element>`).join('')}</d:${name}>`;
  if (isRow(field)) return `<d:${name} m:type="${xml(type)}">${inner(field)}</d:${name}>`;
  const text = textOf(field);
  return text === '' ? `<d:${name}/>` : `<d:${name}>${xml(text)}</d:${name}>`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#13;' };

/** Control characters stay as they are: XML forbids them, and 1C sends them all the same. */
export const xml = (text: string): string => text.replaceAll(/[&<>"\r]/gu, (sign) => entities[sign] ?? sign);
