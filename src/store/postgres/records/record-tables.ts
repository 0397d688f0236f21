import type { RecordTables } from '../record-tables.ts';
import { isKeyLookup } from './key-lookup.ts';
import { constraintMeaning } from './physical-names.ts';
import { readRecords } from './read.ts';
import { mayScan } from './slow-query.ts';
import { recordStatements } from './statements.ts';

/** The record tables as the commit sees them. */
export const recordTables: RecordTables = { statements: recordStatements, read: readRecords, isKeyLookup, mayScan, constraintMeaning };
