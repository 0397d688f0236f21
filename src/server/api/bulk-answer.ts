/** What a bulk call answers: each row's outcome, or the refusal of all with what is wrong row by row. */
import { failure, type FailureData, type Lang, type Problem } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { WriteOutcome } from '../../core/scenario/machine-port.ts';
import type { ValueObject } from '../../core/value.ts';
import type { BulkResult } from '../../engine/bulk-write.ts';
import { failureJson } from './failure-json.ts';
import { good, type Answered } from './handler.ts';

interface Asked {
  mode: 'atomic' | 'each';
  dryRun: boolean;
  matched: number;
  lang: Lang;
  samples: readonly ValueObject[] | null;
}

export interface Counts {
  created: number;
  updated: number;
  unchanged: number;
  refused: number;
}

export function countsOf(outcomes: readonly WriteOutcome[]): Counts {
  const count = (wanted: WriteOutcome['op']): number => outcomes.filter(({ op }) => op === wanted).length;
  return { created: count('created'), updated: count('updated'), unchanged: count('unchanged'), refused: count('refused') };
}

/** Throws `bulk.refused` when a row stands in the way of all. */
export function bulkAnswer({ committed, outcomes, written }: BulkResult, { mode, dryRun, matched, lang, samples }: Asked): Answered {
  const { refused, ...counts } = countsOf(outcomes);
  if (mode === 'atomic' && !dryRun && refused > 0) throw failure('bulk.refused', { refused, rows: outcomes.length }, { problems: refusedRows(outcomes, (row) => `rows[${row}]`) });
  const named = new Set(outcomes.flatMap((outcome) => (outcome.op === 'refused' ? [] : [outcome.id])));
  const cascaded = Map.groupBy(written.filter(({ op, id }) => op === 'deleted' && !named.has(id)), ({ template }) => template);
  return good({
    dryRun,
    committed,
    matched,
    ...counts,
    deleted: outcomes.filter(({ op }) => op === 'deleted').length,
    refused,
    cascaded: [...cascaded].map(([template, records]) => ({ template, count: records.length })),
    rows: outcomes.map((outcome, row) => rowJson(outcome, row, dryRun, lang)),
    ...(samples === null ? {} : { samples }),
  });
}

/** The id of a record that a rehearsal made names nothing. */
export function rowJson(outcome: WriteOutcome, row: number, dryRun: boolean, lang: Lang): ValueObject {
  if (outcome.op === 'refused') return { row, op: 'refused', id: null, version: null, failure: failureJson(outcome.failure, lang) };
  return { row, op: outcome.op, id: dryRun && outcome.op === 'created' ? null : outcome.id, version: outcome.version, failure: null };
}

/** What is wrong, row by row. `placeOf` names a row by its index. */
export function refusedRows(outcomes: readonly WriteOutcome[], placeOf: (row: number) => string): readonly Problem[] {
  const found = outcomes.flatMap((outcome, row) => (outcome.op === 'refused' ? problemsOfRow(outcome.failure, placeOf(row)) : []));
  return found.slice(0, limits.bulkProblems.value);
}

const problemsOfRow = ({ code, parameters, problems = [] }: FailureData, row: string): readonly Problem[] =>
  problems.length === 0 ? [{ path: placeIn(row, parameters['attribute']), code, parameters }] : problems.map((problem) => ({ ...problem, path: placeIn(row, problem.path) }));

const placeIn = (row: string, path: unknown): string => (typeof path === 'string' && path !== '' ? `${row}.${path}` : row);
