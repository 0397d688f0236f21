/** Values of messages as PostgreSQL's texts and back, without losing a digit. Pure. */
import { Decimal, failure, isObject, parseJson, printJson, type Value } from '../../sdk/index.ts';

export interface Column {
  name: string;
  /** Name of the type in pg_catalog, like `numeric` or `_int4`. */
  type: string;
  array: boolean;
  nullable: boolean;
  hasDefault: boolean;
}

/** The text that is bound for a value; `column` is absent in custom statements, where the server infers the type. */
export function toParameter(connection: string, attribute: string, value: Value, column?: Column): string | null {
  if (value === null) return null;
  if (column !== undefined && (column.type === 'json' || column.type === 'jsonb')) return plainText(connection, attribute, printJson(value));
  if (column?.type === 'bytea' && typeof value === 'string') return `\\x${Buffer.from(value, 'base64').toString('hex')}`;
  if (Array.isArray(value) && (column === undefined || column.array)) return arrayText(connection, attribute, value);
  if (isObject(value) && column === undefined) return plainText(connection, attribute, printJson(value));
  return scalarText(connection, attribute, value);
}

function scalarText(connection: string, attribute: string, value: Value): string {
  if (typeof value === 'string') return plainText(connection, attribute, value);
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (value instanceof Decimal && value.isFinite()) return value.toFixed();
  throw failure('connection.valueWrongType', { connection, attribute, expected: 'scalar', actual: Array.isArray(value) ? 'array' : isObject(value) ? 'object' : 'not a number' });
}

function plainText(connection: string, attribute: string, text: string): string {
  if (text.includes('\0')) throw failure('connection.nulInText', { connection, attribute });
  return text;
}

function arrayText(connection: string, attribute: string, list: readonly Value[]): string {
  const items = list.map((item) => {
    if (item === null) return 'NULL';
    if (Array.isArray(item)) return arrayText(connection, attribute, item);
    const text = isObject(item) ? printJson(item) : scalarText(connection, attribute, item);
    return `"${text.replace(/[\\"]/g, '\\$&')}"`;
  });
  return `{${items.join(',')}}`;
}

/** Type numbers of pg_catalog, which never change. */
const oid = { bool: 16, bytea: 17, int8: 20, int2: 21, int4: 23, oid: 26, json: 114, float4: 700, float8: 701, timestamp: 1114, timestamptz: 1184, numeric: 1700, jsonb: 3802 } as const;

const elementOf: ReadonlyMap<number, number> = new Map([
  [1000, oid.bool], [1016, oid.int8], [1005, oid.int2], [1007, oid.int4], [1021, oid.float4], [1022, oid.float8], [1231, oid.numeric],
  [1115, oid.timestamp], [1185, oid.timestamptz], [1009, 25], [1015, 25], [2951, 25], [1182, 25], [1183, 25], [1001, oid.bytea], [199, oid.json], [3807, oid.jsonb],
]);

/** Reads one text of a row. numeric, int8 and oid become Decimals, times ISO texts, bytes base64; what is not known stays text. */
export function fromText(type: number, text: string | null): Value {
  if (text === null) return null;
  const element = elementOf.get(type);
  if (element !== undefined) return readArray(text, (item) => fromText(element, item));
  switch (type) {
    case oid.bool: return text === 't';
    case oid.int2:
    case oid.int4: return Number(text);
    case oid.int8:
    case oid.oid: return new Decimal(text);
    case oid.numeric: return Number.isNaN(Number(text)) || /inf/i.test(text) ? text : new Decimal(text);
    case oid.float4:
    case oid.float8: return floatValue(text);
    case oid.json:
    case oid.jsonb: return parseJson(text);
    case oid.timestamp: return text.replace(' ', 'T');
    case oid.timestamptz: return text.replace(' ', 'T').replace(/\+00$/, 'Z');
    case oid.bytea: return Buffer.from(text.replace(/^\\x/, ''), 'hex').toString('base64');
    default: return text;
  }
}

/** NaN and infinities have no number in JSON and stay the words that PostgreSQL uses. */
function floatValue(text: string): Value {
  const number = Number(text);
  if (!Number.isFinite(number)) return text;
  return text.replace(/e.*$/i, '').replace(/^-?0*\.?0*|\D/g, '').length > 15 ? new Decimal(text) : number;
}

/** Reads `{a,"b \"c\"",NULL,{…}}`; bounds before the braces (`[0:2]={…}`) are dropped. */
function readArray(text: string, read: (item: string | null) => Value): Value {
  const body = text.slice(text.indexOf('{'));
  let at = 0;
  const list = (): Value[] => {
    const items: Value[] = [];
    at++;
    while (at < body.length && body[at] !== '}') {
      if (body[at] === ',') at++;
      items.push(body[at] === '{' ? list() : item());
    }
    at++;
    return items;
  };
  const item = (): Value => {
    if (body[at] !== '"') {
      const bare = /[^,}]*/y;
      bare.lastIndex = at;
      const word = bare.exec(body)?.[0] ?? '';
      at += word.length;
      return read(word === 'NULL' ? null : word);
    }
    const quoted = /"((?:[^"\\]|\\[\s\S])*)"/y;
    quoted.lastIndex = at;
    const found = quoted.exec(body);
    at += found?.[0].length ?? body.length;
    return read((found?.[1] ?? '').replace(/\\([\s\S])/g, '$1'));
  };
  return body === '{}' ? [] : list();
}
