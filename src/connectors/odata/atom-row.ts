/** Rows of Atom in the form that JSON has them, so that everything after is the same for both. Pure. */
import { Decimal, type Value, type ValueObject } from '../../sdk/index.ts';
import { AtomProblem, createAtomReader, type AtomEntry, type AtomProperty } from './atom.ts';
import type { EdmModel, StructuredType } from './edm.ts';

const chunkBytes = 64 * 1024;

/** Whether an answer is Atom, by what it says of itself or by how it begins. */
export const isAtomAnswer = (contentType: string, head: string): boolean =>
  /\batom\+xml\b/i.test(contentType) || (/\bxml\b/i.test(contentType) && /^\uFEFF?\s*(?:<\?xml[^>]*>\s*)?<(?:\w+:)?(?:feed|entry)[\s>]/.test(head));

/** A feed as a list with its count and next link, an entry as a row. Throws an AtomProblem. */
export function readAtom(model: EdmModel, body: Uint8Array): Value {
  const rows: Value[] = [];
  const reader = createAtomReader({ entry: (entry) => void rows.push(atomRow(model, entry)) });
  for (const text of decoded(body)) reader.write(text);
  const { kind, count, next } = reader.close();
  if (kind === 'entry') return rows[0] ?? null;
  return { value: rows, ...(count === undefined ? {} : { 'odata.count': count }), ...(next === undefined ? {} : { 'odata.nextLink': next }) };
}

function* decoded(body: Uint8Array): Generator<string> {
  const decode = atomDecoder();
  for (let start = 0; start < body.length; start += chunkBytes) yield decode(body.subarray(start, start + chunkBytes));
  yield decode(undefined);
}

/** Bytes piece by piece into text, undefined at the end. Throws an AtomProblem where they are not UTF-8, in which all of Atom travels here. */
export function atomDecoder(): (piece: Uint8Array | undefined) => string {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return (piece) => {
    try {
      return decoder.decode(piece, { stream: piece !== undefined });
    } catch (cause) {
      throw new AtomProblem('malformed', `not UTF-8 (${cause instanceof Error ? cause.message : ''})`);
    }
  };
}

/** Throws an AtomProblem that names the field whose text is not of its type. */
export function atomRow(model: EdmModel, entry: AtomEntry, known?: StructuredType): ValueObject {
  const type = model.types.get(entry.type) ?? known;
  const row = objectOf(model, type, entry.properties, '');
  for (const [name, value] of entry.inlined) row[name] = value === null ? null : 'type' in value ? atomRow(model, value) : value.map((each) => atomRow(model, each));
  if (entry.etag !== undefined) row['odata.etag'] = entry.etag;
  return row;
}

function objectOf(model: EdmModel, type: StructuredType | undefined, properties: readonly AtomProperty[], path: string): Record<string, Value> {
  const row: Record<string, Value> = Object.create(null);
  for (const property of properties) {
    if (Object.hasOwn(row, property.name)) throw new AtomProblem('malformed', `${path}${property.name}: twice in one row`);
    row[property.name] = valueOf(model, type, property, path);
  }
  return row;
}

function valueOf(model: EdmModel, owner: StructuredType | undefined, property: AtomProperty, path: string): Value {
  if (property.empty) return null;
  const declared = owner?.properties.get(property.name);
  const told = /^(?:Collection|Bag)\((.*)\)$/.exec(property.type ?? '');
  const place = `${path}${property.name}`;
  const itemType = told?.[1] ?? (told === null && property.type !== undefined ? property.type : declared?.type);
  if (told !== null || declared?.collection === true) return property.children.map((item, index) => itemOf(model, item.type ?? itemType, item, `${place}[${index}]`));
  return itemOf(model, itemType, property, place);
}

function itemOf(model: EdmModel, typeName: string | undefined, item: AtomProperty, place: string): Value {
  if (item.empty) return null;
  const type = typeName === undefined ? undefined : model.types.get(typeName);
  if (type !== undefined || item.children.length > 0) return objectOf(model, type, item.children, `${place}.`);
  return scalarOf(typeName ?? 'Edm.String', item.text, place);
}

/** Only what JSON would not write as text; the rest is read where the rows of JSON are. */
function scalarOf(type: string, text: string, place: string): Value {
  switch (type) {
    case 'Edm.Boolean':
      if (text === 'true' || text === '1') return true;
      if (text === 'false' || text === '0') return false;
      break;
    case 'Edm.Byte':
    case 'Edm.SByte':
    case 'Edm.Int16':
    case 'Edm.Int32':
      if (/^\s*[+-]?\d{1,10}\s*$/.test(text)) return Number(text);
      break;
    case 'Edm.Int64':
      if (/^\s*[+-]?\d{1,20}\s*$/.test(text)) return text.trim();
      break;
    case 'Edm.Single':
    case 'Edm.Double':
    case 'Edm.Decimal':
      if (/^\s*[+-]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:[eE][+-]?\d{1,3})?\s*$/.test(text)) return exact(text.trim());
      // What a service has for "no number" is kept for people to see.
      if (type !== 'Edm.Decimal' && /^(?:NaN|-?INF)$/.test(text)) return text;
      break;
    default: return text;
  }
  if (text.trim() === '') return null;
  throw new AtomProblem('malformed', `${place}: "${text.slice(0, 40)}", ${type}`);
}

const exact = (text: string): Value => {
  const number = new Decimal(text);
  return number.precision() > 15 ? number : number.toNumber();
};
