/**
 * What SAP's mock server itself does otherwise than OData says, so that it cannot judge filters with it. Each is shown by a
 * question to the server, so that one that is mended there is noticed here.
 */
import { isObject, type ValueObject } from '../../src/sdk/index.ts';
import type { EdmProperty } from '../../src/connectors/odata/edm.ts';
import type { Document } from './random-filter.ts';

export interface MockFault {
  reason: string;
  /** A question to the rows of tests/odata/shop-data, and what the server says: a status, or a count of rows that is wrong. */
  shows: { version: 'v2' | 'v4'; filter: string; says: 'refused' | number; right: number }[];
  /** Whether a condition on one field needs what is at fault. */
  touches: (leaf: Document, property: EdmProperty | undefined, dialect: string) => boolean;
}

const valuesOf = ({ value }: Document): readonly unknown[] => (Array.isArray(value) ? value : [value]);
const isNumber = (property: EdmProperty | undefined): boolean => /^Edm\.(?:Byte|SByte|Int\d+|Decimal|Double|Single)$/.test(property?.type ?? '');

export const mockFaults: Readonly<Record<string, MockFault>> = {
  nothing: {
    reason: 'null is a value like others to it: "eq null" finds no row, and a row with null fits comparisons and contains',
    shows: [{ version: 'v4', filter: 'Name eq null', says: 0, right: 9 }, { version: 'v4', filter: "contains(Name,'_')", says: 15, right: 6 }],
    touches: ({ op, value }) => op === 'isNull' || op === 'isNotNull' || valuesOf({ value }).includes(null),
  },
  quotes: {
    reason: 'a doubled quote, a double quote or a backslash inside a literal is a syntax error to it',
    shows: [{ version: 'v4', filter: "Name eq 'O''Neil & Sons'", says: 'refused', right: 2 }, { version: 'v4', filter: "Name ne '\"'", says: 'refused', right: 60 }],
    touches: (leaf) => valuesOf(leaf).some((value) => typeof value === 'string' && /['"\\]/.test(value)),
  },
  listOfNumbers: {
    reason: '"in" over numbers ends in an exception of its own',
    shows: [{ version: 'v4', filter: 'Stock in (32,21)', says: 'refused', right: 3 }],
    touches: ({ op }, property, dialect) => op === 'in' && dialect === 'v4' && (isNumber(property) || property?.type === 'Edm.DateTimeOffset' || property?.type === 'Edm.Date'),
  },
  constants: {
    reason: 'a comparison of two constants, by which a list of nothing is said, is a syntax error to it',
    shows: [{ version: 'v4', filter: '1 eq 2', says: 'refused', right: 0 }],
    touches: ({ op, value }) => op === 'in' && Array.isArray(value) && value.length === 0,
  },
  decimalSuffix: {
    reason: 'a decimal of V2 is written with M, which it takes for a syntax error where the number has a fraction',
    shows: [{ version: 'v2', filter: 'Price gt 5.17M', says: 'refused', right: 50 }],
    touches: (_, property, dialect) => dialect === 'v2' && property?.type === 'Edm.Decimal',
  },
  flags: {
    reason: 'a condition on a flag other than "eq" is answered as if it were another',
    shows: [{ version: 'v4', filter: 'Sold ne true', says: 20, right: 40 }],
    touches: ({ op }, property) => property?.type === 'Edm.Boolean' && op !== 'eq',
  },
  negation: {
    reason: '"not" beside another condition is passed over',
    shows: [{ version: 'v4', filter: "(Stock ge 0) and (not (Sold eq true))", says: 18, right: 27 }],
    touches: ({ op }) => op === 'not',
  },
  values: {
    reason: 'a value of a collection cannot be named by its variable alone',
    shows: [{ version: 'v4', filter: "Tags/any(r0: r0 eq 'м6')", says: 'refused', right: 3 }],
    touches: ({ field }) => field === '$this',
  },
  conversions: {
    reason: 'what was converted to a number is compared as a text',
    shows: [{ version: 'v4', filter: 'cast(Stock,Edm.Decimal) gt 3', says: 34, right: 42 }],
    touches: ({ type }, _, dialect) => type !== undefined && dialect === 'v4',
  },
  offsets: {
    reason: 'a moment of V2 with an offset is never equal to its own literal (seen with SAP\'s test service: ours has no such field)',
    shows: [],
    touches: (_, property, dialect) => dialect === 'v2' && property?.type === 'Edm.DateTimeOffset',
  },
  madeUpValues: {
    reason: 'it makes up texts for enumerations, dates, times and small numbers that are none',
    shows: [],
    touches: (_, property) => property !== undefined && !/^Edm\.(?:String|Boolean|Guid|Int16|Int32|Int64|Decimal|Double|DateTime|DateTimeOffset)$/.test(property.type),
  },
};

/** The faults that a filter would meet. */
export function faultsOf(document: Document, properties: ReadonlyMap<string, EdmProperty>, dialect: string): string[] {
  const { op, of, field } = document;
  if (op === 'not') return ['negation'];
  if (op === 'and' || op === 'or' || op === 'any' || op === 'all') return (Array.isArray(of) ? of : [of]).flatMap((inner: Document) => faultsOf(inner, properties, dialect));
  const property = properties.get(String(field));
  return Object.entries(mockFaults).filter(([, { touches }]) => touches(document, property, dialect)).map(([name]) => name);
}

/** Fields that a filter looks at. */
export function fieldsIn(document: Document): string[] {
  const { of, field } = document;
  return [...(typeof field === 'string' ? [field] : []), ...(of === undefined ? [] : (Array.isArray(of) ? of : [of]).flatMap(fieldsIn))];
}

/** Its comparisons with null are its own, so a row with one cannot be judged by it. */
export const hasAll = (row: ValueObject, fields: readonly string[]): boolean => isObject(row) && fields.every((field) => row[field] !== null && row[field] !== undefined);
