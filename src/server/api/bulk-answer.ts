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

/** Throws `bulk.refused` when a row stands in the way of all. */
export function bulkAnswer({ committed, outcomes, written }: BulkResult, { mode, dryRun, matched, lang, samples }: Asked): Answered {
  const refused = outcomes.filter(({ op }) => op === 'refused').length;
  if (mode === 'atomic' && !dryRun && refused > 0) throw failure('bulk.refused', { refused, rows: outcomes.length }, { problems: problemsOf(outcomes) });
  const count = (wanted: WriteOutcome['op']): number => outcomes.filter(({ op }) => op === wanted).length;
  const named = new Set(outcomes.flatMap((outcome) => (outcome.op === 'refused' ? [] : [outcome.id])));
  const cascaded = Map.groupBy(written.filter(({ op, id }) => op === 'deleted' && !named.has(id)), ({ template }) => template);
  return good({
    dryRun,
    committed,
    matched,
    created: count('created'),
    updated: count('updated'),
    unchanged: count('unchanged'),
    deleted: count('deleted'),
    refused,
    cascaded: [...cascaded].map(([template, records]) => ({ template, count: records.length })),
    rows: outcomes.map((outcome, row) => rowJson(outcome, row, dryRun, lang)),
    ...(samples === null ? {} : { samples }),
  });
}

/** The id of a record that a rehearsal made names nothing. */
function rowJson(outcome: WriteOutcome, row: number, dryRun: boolean, lang: Lang): ValueObject {
  if (outcome.op === 'refused') return { row, op: 'refused', id: null, version: null, failure: failureJson(outcome.failure, lang) };
  return { row, op: outcome.op, id: dryRun && outcome.op === 'created' ? null : outcome.id, version: outcome.version, failure: null };
}

function problemsOf(outcomes: readonly WriteOutcome[]): readonly Problem[] {
  const found = outcomes.flatMap((outcome, row) => (outcome.op === 'refused' ? problemsOfRow(outcome.failure, row) : []));
  return found.slice(0, limits.bulkProblems.value);
}

const problemsOfRow = ({ code, parameters, problems = [] }: FailureData, row: number): readonly Problem[] =>
  problems.length === 0 ? [{ path: placeOf(row, parameters['attribute']), code, parameters }] : problems.map((problem) => ({ ...problem, path: placeOf(row, problem.path) }));

const placeOf = (row: number, path: unknown): string => (typeof path === 'string' && path !== '' ? `rows[${row}].${path}` : `rows[${row}]`);
