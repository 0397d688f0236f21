/** Records from a table file: each row is created, or changed by its key. */
import { failure, Failure } from '../../core/failure.ts';
import { checkValues } from '../../core/record-values.ts';
import { cellValue } from '../../core/import/cell-value.ts';
import type { ImportColumn } from '../../core/import/import-plan.ts';
import type { JobProblem } from '../../core/job.ts';
import { limits } from '../../core/limits.ts';
import type { Payload } from '../../core/payload.ts';
import type { DirectWrite } from '../../core/scenario/machine-port.ts';
import { attributeNamed, templateNamed } from '../../core/template-catalogue.ts';
import type { Template } from '../../core/template.ts';
import { brokenValidations } from '../../core/validation.ts';
import { isObject, type Value, type ValueObject } from '../../core/value.ts';
import type { NewJob } from '../jobs/job-desk.ts';
import type { JobKind, JobStep, JobTurn } from '../jobs/kind.ts';
import { LinkKeys } from './link-keys.ts';
import { KnownKeys, keyText, type Key } from './known-keys.ts';
import { readRows, type ReadPart, type RowsRead, type TableRow } from './table-rows.ts';

export interface ImportInput {
  template: string;
  separator: string;
  columns: readonly (ImportColumn | null)[];
  /** Attributes of the key; none: each row is a new record. */
  by: readonly string[];
  zone: string;
  /** Nothing is written: what would be is counted. */
  dryRun: boolean;
  fileBytes: number;
}

/** `first`: where the rows behind the headers begin. */
export const importJob = (input: ImportInput, file: Payload, first: number, by: string): NewJob => ({
  kind: 'importRecords',
  subject: input.template,
  input: { ...input, columns: input.columns.map((column) => (column === null ? null : { ...column })) },
  file,
  checkpoint: { offset: first, row: 2, creates: 0, updates: 0, samples: [] },
  by,
});

export interface ImportPorts {
  readonly payloadPart: (payload: Payload, offset: number, length: number) => Promise<Uint8Array>;
  readonly newId: () => string;
}

export function importRecords({ payloadPart, newId }: ImportPorts): JobKind {
  return {
    name: 'importRecords',
    async step(turn) {
      const { file } = turn.job;
      if (file === null) throw failure('import.empty', {});
      turn.waitsFor({ kind: 'file', about: turn.job.subject ?? '' });
      return importStep(turn, (offset, length) => payloadPart(file, offset, length), newId);
    },
  };
}

async function importStep(turn: JobTurn, read: ReadPart, newId: () => string): Promise<JobStep> {
  const input = inputOf(turn.job.input);
  const at = placeOf(turn.checkpoint);
  const template = templateNamed(turn.configuration.templates, input.template);
  const taken = await readRows(read, { ...at, most: turn.size, separator: input.separator, fileBytes: input.fileBytes });
  const links = await LinkKeys.load(turn, template, input.columns, taken.rows);
  const checked = taken.rows.map((row) => checkedRow(row, input, template, links));
  const { rows, end, next, isLast } = upToRepeat(checked, taken);
  const keys = await KnownKeys.load(turn, input.template, input.by, rows.flatMap(({ key }) => (key === null ? [] : [key])));
  const problems: JobProblem[] = [];
  const good: Good[] = [];
  for (const { row, values, key, problem } of rows) {
    const found = problem ?? attempted(() => good.push({ row, values, id: key === null ? null : keys.idOf(input.template, key) }));
    if (found !== null) problems.push({ place: String(row.number), source: row.source, failure: found.toData() });
  }
  const base = { done: rows.length, problems, ...(turn.job.total === null ? { total: estimate(input.fileBytes, end, next - 2) } : {}) };
  const place = { ...at, offset: end, row: next };
  if (input.dryRun) return dryStep(good, { ...base, checkpoint: place }, isLast);
  return {
    ...base,
    checkpoint: place,
    writes: {
      origin: 'import',
      writes: good.map(({ values, id }): DirectWrite => (id === null ? { op: 'create', template: input.template, id: newId(), values } : { op: 'update', template: input.template, id, version: null, values })),
      places: good.map(({ row }) => ({ place: String(row.number), source: row.source })),
    },
    ...(isLast ? { result: { rows: next - 2 } } : {}),
  };
}

interface Good {
  row: TableRow;
  values: ValueObject;
  /** Of the record that it changes; null: it becomes a new one. */
  id: string | null;
}

interface CheckedRow {
  row: TableRow;
  values: ValueObject;
  key: Key | null;
  problem: Failure | null;
}

function checkedRow(row: TableRow, input: ImportInput, template: Template, links: LinkKeys): CheckedRow {
  let values: ValueObject = {};
  let key: Key | null = null;
  const problem = attempted(() => {
    ({ values, key } = valuesOf(row, input, template, links));
  });
  return { row, values, key, problem };
}

function attempted(work: () => unknown): Failure | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/** A key that comes again ends the set: the next one finds the record that this one makes. */
function upToRepeat(rows: readonly CheckedRow[], taken: RowsRead): Pick<RowsRead, 'end' | 'next' | 'isLast'> & { rows: readonly CheckedRow[] } {
  const seen = new Set<string>();
  for (const [index, { row, key }] of rows.entries()) {
    const text = key === null ? null : keyText(key);
    if (text !== null && seen.has(text)) {
      const before = rows[index - 1];
      if (before !== undefined) return { rows: rows.slice(0, index), end: before.row.end, next: row.number, isLast: false };
    }
    if (text !== null) seen.add(text);
  }
  return { rows, end: taken.end, next: taken.next, isLast: taken.isLast };
}

/** By the length of the rows so far; the end says it exactly. */
const estimate = (fileBytes: number, end: number, rows: number): number => Math.max(rows, Math.round((fileBytes / Math.max(1, end)) * rows));

/** Throws what is wrong with the row, all of it. */
function valuesOf(row: TableRow, { columns, zone, by }: ImportInput, template: Template, links: LinkKeys): { values: ValueObject; key: Key | null } {
  if (row.problem !== null) throw Failure.from(row.problem);
  if (row.cells.length !== columns.length) throw failure('import.cells', { found: row.cells.length, expected: columns.length });
  const values: Record<string, Value> = Object.create(null);
  columns.forEach((column, index) => {
    const attribute = column === null ? undefined : attributeNamed(template, column.attribute);
    if (column === null || attribute === undefined) return;
    const cell = row.cells[index] ?? '';
    values[attribute.name] = column.key === null ? cellValue(attribute, cell, zone) : links.idOf(column, cell);
  });
  const { problems, scalars } = checkValues(template, values, by.length === 0 ? 'create' : 'update');
  if (problems.length > 0) throw failure('run.values', { path: `row ${row.number}`, template: template.name }, { problems });
  const broken = by.length === 0 ? brokenValidations(template, (name) => scalars[name]) : [];
  if (broken.length > 0) throw failure('run.values', { path: `row ${row.number}`, template: template.name }, { problems: broken });
  for (const attribute of by) if ((scalars[attribute] ?? null) === null) throw failure('run.keyMissing', { template: template.name, attribute });
  return { values, key: by.length === 0 ? null : by.map((attribute) => scalars[attribute] ?? null) };
}

interface Place {
  offset: number;
  row: number;
  creates: number;
  updates: number;
  samples: readonly Value[];
}

function dryStep(good: readonly Good[], { checkpoint, ...step }: Omit<JobStep, 'checkpoint'> & { checkpoint: Place }, isLast: boolean): JobStep {
  const updates = checkpoint.updates + good.filter(({ id }) => id !== null).length;
  const creates = checkpoint.creates + good.filter(({ id }) => id === null).length;
  const samples = [...checkpoint.samples, ...good.map(({ row, values }) => ({ row: row.number, values }))].slice(0, limits.importSamples.value);
  return { ...step, checkpoint: { ...checkpoint, creates, updates, samples }, ...(isLast ? { result: { rows: checkpoint.row - 2, creates, updates, samples } } : {}) };
}

function placeOf(checkpoint: Value): Place {
  if (!isObject(checkpoint)) throw new Error('an import begins at a place of its file');
  const { offset, row, creates, updates, samples } = checkpoint;
  return { offset: Number(offset), row: Number(row), creates: Number(creates), updates: Number(updates), samples: Array.isArray(samples) ? samples : [] };
}

/** Only `importJob` wrote it. */
const inputOf = (input: Value): ImportInput => input as unknown as ImportInput;
