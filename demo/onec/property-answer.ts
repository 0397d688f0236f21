/** One property of an entity by its own address: `…/Description`, its bare `$value`, the bytes of a stream. */
import { type Answer, type Format, jsonType, xmlType } from './answer.ts';
import { atomElement, dataSpaces } from './atom-answer.ts';
import { type AnswerPlace, jsonField } from './json-answer.ts';
import { membersOf, type Property } from './model.ts';
import { Refusal } from './refusal.ts';
import { type Row, textOf } from './row.ts';

export interface AskedProperty {
  property: Property;
  row: Row;
  /** Segments of the path behind the property. */
  further: readonly { name: string }[];
}

export function propertyAnswer(place: AnswerPlace, format: Format, { property, row, further }: AskedProperty): Answer {
  const { name, type } = property;
  const [next, ...beyond] = further;
  if (beyond.length > 0 || (next && next.name !== '$value')) throw new Refusal(6, next?.name);
  if (type === 'Edm.Stream') return streamAnswer(name, row);
  const field = row[name] ?? '';
  if (next) return valueAnswer(place, property, row);
  if (format.kind === 'atom') return { status: 200, type: xmlType, body: `<?xml version="1.0" encoding="UTF-8"?>\n${atomElement(name, type, field, place.base, ` ${dataSpaces}`)}` };
  const head = format.detail === 'nometadata' ? '' : `"odata.metadata":${JSON.stringify(`${place.root}$metadata#${type}`)},`;
  return { status: 200, type: jsonType(format.detail), body: `{${head}"value":${jsonField(field, type, place.base)}}` };
}

function valueAnswer({ base }: AnswerPlace, property: Property, row: Row): Answer {
  const { name, type } = property;
  if (!type.startsWith('Edm.') && !membersOf(base.model, property)) throw new Refusal(6, '$value');
  const text = textOf(row[name]);
  if (type === 'Edm.Binary') return { status: 200, type: 'application/octet-stream', body: Buffer.from(text, 'base64') };
  return { status: 200, type: 'text/plain;charset=utf-8', body: text };
}

/** The bytes are kept beside the stream, and so is what they are. */
function streamAnswer(name: string, row: Row): Answer {
  const data = textOf(row[`${name}_Base64Data`]);
  if (data === '') return { status: 204, type: '', body: '' };
  return { status: 200, type: textOf(row[`${name}_Type`]) || 'application/octet-stream', body: Buffer.from(data, 'base64') };
}
