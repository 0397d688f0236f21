/** In what the dialects differ, as data. */
import type { Dialect } from './edm.ts';

export interface DialectRules {
  /** For a person. */
  title: string;
  /** Whether literals carry their type: `guid'…'`, `datetime'…'`. */
  typedLiterals: boolean;
  /** Sent with every request. */
  headers: Readonly<Record<string, string>>;
  accept: string;
  /** How a part of a row is written. */
  patch: 'PATCH' | 'MERGE';
  /** The parameter that asks for the number of all rows. */
  count: readonly [name: string, value: string];
  contains: 'contains' | 'substringof';
  /** Conditions on rows inside a row. */
  lambda: boolean;
  inList: boolean;
  like: boolean;
  /** Int64 and Decimal travel as JSON texts. */
  textNumbers: readonly string[];
  /** Dates travel as `/Date(ms)/`. */
  ticks: boolean;
  /** What one address may carry after the question mark unless the connection says otherwise. */
  queryBytes: number;
  /** A change without a version would create the row that it does not find. */
  patchCreates: boolean;
}

const v2: DialectRules = {
  title: 'OData V2', typedLiterals: true, headers: { dataserviceversion: '2.0', maxdataserviceversion: '2.0' }, accept: 'application/json', patch: 'MERGE',
  count: ['$inlinecount', 'allpages'], contains: 'substringof', lambda: false, inList: false, like: false, textNumbers: ['Edm.Int64', 'Edm.Decimal'], ticks: true, queryBytes: 8_000, patchCreates: false,
};

const v3: DialectRules = {
  ...v2, title: 'OData V3', headers: { dataserviceversion: '3.0', maxdataserviceversion: '3.0' }, accept: 'application/json;odata=minimalmetadata', patch: 'PATCH', lambda: true, ticks: false,
};

export const dialectRules: Readonly<Record<Dialect, DialectRules>> = {
  v2,
  sap: { ...v2, title: 'OData V2 (SAP Gateway)' },
  v3,
  // IIS before 1C takes 2048 bytes of query; whole numbers carry no suffix.
  '1c': { ...v3, title: '1C:Enterprise (OData V3)', headers: {}, accept: 'application/json;odata=nometadata', textNumbers: ['Edm.Int64'], like: true, queryBytes: 2_000 },
  v4: {
    title: 'OData V4', typedLiterals: false, headers: { 'odata-version': '4.0', 'odata-maxversion': '4.01' }, accept: 'application/json;odata.metadata=minimal', patch: 'PATCH',
    count: ['$count', 'true'], contains: 'contains', lambda: true, inList: true, like: false, textNumbers: [], ticks: false, queryBytes: 8_000, patchCreates: true,
  },
};
