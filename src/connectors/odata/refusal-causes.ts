/** Why 1C may have refused a row: looked up after the refusal, because its own text often says no more than "not written". */
import { Failure, failure, isObject, type Receipt, type Value, type ValueObject } from '../../sdk/index.ts';
import type { EntitySet } from './edm.ts';
import { readPage } from './envelope.ts';
import type { Work } from './exchange.ts';
import { keyText } from './key.ts';
import { printLiteral } from './literal.ts';
import { printQuery } from './query-string.ts';
import { findReferences } from './references.ts';
import { readRow } from './row.ts';
import { readBeside } from './side-reading.ts';

/** How 1C calls the standard fields to people. */
const standardFields: Readonly<Record<string, string>> = { 'код': 'Code', code: 'Code', 'номер': 'Number', number: 'Number', 'наименование': 'Description', description: 'Description' };

const sampleRows = 20;

/** The same refusal, with what was found; whatever goes wrong with looking leaves it as it was. */
export async function withCauses(work: Work, set: EntitySet, sent: ValueObject, whole: boolean, receipt: Receipt): Promise<Receipt> {
  if (receipt.kind === 'ok') return receipt;
  try {
    switch (receipt.failure.code) {
      case 'odata.notUnique': return { ...receipt, failure: await withExisting(work, set, receipt.failure) };
      case 'odata.notWritten': return { ...receipt, failure: await withLacks(work, set, sent, whole, receipt.failure) };
      default: return receipt;
    }
  } catch (error) {
    if (!(error instanceof Failure) && !work.signal.aborted) throw error;
    return receipt;
  }
}

/** The row that has the value already: its key and name. */
async function withExisting(work: Work, set: EntitySet, refused: Failure): Promise<Failure> {
  const { context, described } = work;
  const told = String(refused.parameters['field']);
  const field = set.type.properties.has(told) ? told : (standardFields[told.toLowerCase()] ?? '');
  const property = set.type.properties.get(field);
  if (property === undefined) return refused;
  const literal = printLiteral({ connection: context.name, dialect: described.dialect, field }, property.type, String(refused.parameters['value']));
  const [row] = await rowsOf(work, set, [['$filter', `${field} eq ${literal}`], ['$top', '1']]);
  if (row === undefined) return refused;
  const name = typeof row['Description'] === 'string' ? row['Description'] : typeof row['Number'] === 'string' ? row['Number'] : '';
  return failure('odata.notUnique', { ...refused.parameters, existing: `${keyText(set, row)}${name === '' ? '' : ` «${name}»`}` }, { next: refused.next, cause: refused });
}

/** Fields that rows of the set have and this one lacks, and references to nothing. */
async function withLacks(work: Work, set: EntitySet, sent: ValueObject, whole: boolean, refused: Failure): Promise<Failure> {
  const { broken } = await findReferences(work, work.references, set.type, sent);
  const rows = whole ? await rowsOf(work, set, [['$top', String(sampleRows)]]) : [];
  const usual = [...set.type.properties.values()].filter(({ name, role }) => !set.type.keys.includes(name) && !madeByOnec.includes(name) && role.kind !== 'version' && rows.length > 2 && rows.every((row) => !isBlank(row[name])));
  const unfilled = usual.filter(({ name }) => isBlank(sent[name])).map(({ name }) => name);
  return failure('odata.notWritten', {
    ...refused.parameters, unfilled: unfilled.join(', ') || '–', broken: broken.map(({ field, target, sent: key }) => `${field} → ${target} ${key}`).join(', ') || '–',
  }, { next: refused.next, cause: refused });
}

const madeByOnec: readonly string[] = ['Code', 'Number', 'Date', 'DataVersion'];

function isBlank(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === false || value === 0) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'string' && (value.trim() === '' || value.startsWith('0001-01-01') || value === '00000000-0000-0000-0000-000000000000');
}

async function rowsOf(work: Work, set: EntitySet, parts: readonly (readonly [string, string])[]): Promise<readonly ValueObject[]> {
  const path = encodeURIComponent(set.name) + printQuery(work.context.name, work.described, parts);
  const { answer, refused } = await readBeside(work, set.name, path);
  if (refused !== undefined || answer.value === undefined) return [];
  return (readPage(answer.value)?.rows ?? []).filter(isObject).map((row) => readRow(work.described.model, set.type, row));
}
