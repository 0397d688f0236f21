/** The body of a write, JSON or Atom, as plain names and values; numbers keep their digits. */
import { SaxesParser, type SaxesTagNS } from 'saxes';
import { Decimal } from '../../src/core/decimal.ts';
import { parseJson } from '../../src/core/json.ts';
import type { Value } from '../../src/core/value.ts';
import { Refusal } from './refusal.ts';

export type BodyValue = string | boolean | null | number | BodyValue[] | BodyObject;
export interface BodyObject {
  [name: string]: BodyValue;
}

export function readBody(bytes: Uint8Array, contentType: string): BodyObject {
  const text = Buffer.from(bytes).toString('utf8');
  const isJson = contentType.includes('json') || (!contentType.includes('xml') && /^\s*\{/.test(text));
  const value = isJson ? readJson(bytes) : readAtom(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Refusal(2);
  return value;
}

function readJson(bytes: Uint8Array): BodyValue {
  try {
    return plain(parseJson(bytes));
  } catch (cause) {
    throw new Refusal(2, cause instanceof Error ? cause.message : '');
  }
}

/** Long numbers become text with all digits; a field's type decides what they are. */
function plain(value: Value): BodyValue {
  if (value instanceof Decimal) return value.toFixed();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

interface OpenElement {
  name: string;
  list: boolean;
  nothing: boolean;
  text: string;
  children: [string, BodyValue][];
}

const dataSpace = 'http://schemas.microsoft.com/ado/2007/08/dataservices';
const metadataSpace = 'http://schemas.microsoft.com/ado/2007/08/dataservices/metadata';

/** Only what stands in `m:properties` counts. */
function readAtom(text: string): BodyObject {
  const parser = new SaxesParser({ xmlns: true });
  const open: OpenElement[] = [];
  let result: BodyObject | undefined;
  parser.on('error', (error) => {
    throw new Refusal(2, error.message);
  });
  parser.on('doctype', () => {
    throw new Refusal(2, 'DOCTYPE');
  });
  parser.on('opentag', (tag) => {
    if (open.length > 0 || isProperties(tag)) open.push(openOf(tag));
  });
  const add = (piece: string): void => {
    const last = open.at(-1);
    if (last) last.text += piece;
  };
  parser.on('text', add);
  parser.on('cdata', add);
  parser.on('closetag', () => {
    const closed = open.pop();
    if (!closed) return;
    const parent = open.at(-1);
    if (parent) parent.children.push([closed.name, valueOf(closed)]);
    else result = Object.fromEntries(closed.children);
  });
  parser.write(text).close();
  if (!result) throw new Refusal(2, 'm:properties');
  return result;
}

const isProperties = (tag: SaxesTagNS): boolean => tag.uri === metadataSpace && tag.local === 'properties';

function openOf(tag: SaxesTagNS): OpenElement {
  if (tag.uri !== dataSpace && tag.uri !== metadataSpace) throw new Refusal(2, tag.name);
  const attribute = (name: string): string => Object.values(tag.attributes).find(({ uri, local }) => uri === metadataSpace && local === name)?.value ?? '';
  return { name: tag.local, list: attribute('type').startsWith('Collection('), nothing: attribute('null') === 'true', text: '', children: [] };
}

function valueOf({ list, nothing, text, children }: OpenElement): BodyValue {
  if (nothing) return null;
  if (list) return children.map(([, value]) => value);
  return children.length > 0 ? Object.fromEntries(children) : text;
}
