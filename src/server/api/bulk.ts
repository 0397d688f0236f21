/** Many records by one call. */
import { bulkOperations } from '../../api/bulk.ts';
import type { Caller } from '../../core/account.ts';
import { failure, type Lang } from '../../core/failure.ts';
import { checkFilter } from '../../core/filter.ts';
import { limits } from '../../core/limits.ts';
import type { Filter } from '../../core/query.ts';
import { readFilter } from '../../core/read-filter.ts';
import { checkValues } from '../../core/record-values.ts';
import type { RunResult } from '../../core/scenario/machine-port.ts';
import type { RecordData, Template } from '../../core/template.ts';
import type { Value, ValueObject } from '../../core/value.ts';
import { bulkChangeJob, writeOf, type BulkChange } from '../../engine/jobs/bulk-change.ts';
import { assertMay } from '../sign-in.ts';
import { bulkAnswer } from './bulk-answer.ts';
import { createdRows, changedRows, upsertedRows, type BulkRows } from './bulk-rows.ts';
import { handle, type Answered, type Handler } from './handler.ts';
import { begun } from './jobs.ts';
import type { ApiParts } from './parts.ts';
import { RecordDesk } from './record-desk.ts';
import { recordJson } from './record-json.ts';

interface Ways {
  mode?: 'atomic' | 'each';
  dryRun?: boolean;
}

interface Choice extends Ways {
  ids?: string[];
  filter?: Value;
  all?: boolean;
  archived?: 'without' | 'with' | 'only';
  expected?: number;
  job?: boolean;
  problemBudget?: number | null;
}

interface Asker {
  caller: Caller;
  lang: Lang;
}

/** What else is to be seen before the commit. */
type Accept = (written: RunResult['written']) => void;

export function bulkHandlers({ engine, configuration }: ApiParts): readonly Handler[] {
  const desk = new RecordDesk(engine, configuration);

  const writeRows = async ({ writes, refused }: BulkRows, ways: Ways, { caller, lang }: Asker, more: { matched?: number; samples?: readonly RecordData[]; accept?: Accept } = {}): Promise<Answered> => {
    const { mode = 'atomic', dryRun = false } = ways;
    const { matched = writes.length, samples, accept } = more;
    const result = await engine.writeMany({ writes, refused, mode, dryRun, by: caller.account.id, origin: 'api', ...(accept === undefined ? {} : { accept }) });
    return bulkAnswer(result, { mode, dryRun, matched, lang, samples: samples?.map(recordJson) ?? null });
  };

  /** Does one thing to all records that were chosen. */
  const changeChosen = async (template: Template, change: BulkChange, choice: Choice, asker: Asker, accept?: Accept): Promise<Answered> => {
    const { ids, filter, all, dryRun } = choice;
    if ([ids !== undefined, filter !== undefined, all === true].filter(Boolean).length !== 1) throw failure('http.exactlyOne', { fields: ['ids', 'filter', 'all'] });
    const noted = accept === undefined ? {} : { accept };
    if (ids !== undefined) {
      demandFew(ids.length);
      return writeRows({ writes: ids.map((id) => writeOf(change, template.name, id.toLowerCase())), refused: new Map() }, choice, asker, noted);
    }
    const condition = filter === undefined ? null : checkFilter(template, readFilter(filter));
    const archived = choice.archived ?? (change.name === 'restoreRecords' ? 'only' : 'without');
    const { records, count } = await desk.matching(asker.caller, template, condition, archived, limits.bulkRecords.value);
    demandAgreed(change, choice, count);
    if (choice.job === true && dryRun !== true) return queued(template, change, condition, archived, choice, asker);
    if (dryRun !== true) demandFew(count);
    const samples = dryRun === true ? { samples: records.slice(0, limits.bulkSamples.value) } : {};
    return writeRows({ writes: records.map(({ id }) => writeOf(change, template.name, id)), refused: new Map() }, choice, asker, { matched: count, ...samples, ...noted });
  };

  /** Jobs read all records, whatever the caller may see: he needs the whole right. */
  const queued = async (template: Template, change: BulkChange, condition: Filter | null, archived: 'without' | 'with' | 'only', { problemBudget }: Choice, { caller, lang }: Asker): Promise<Answered> => {
    assertMay(caller, 'records.edit');
    const kept: readonly Filter[] = archived === 'with' ? [] : [{ op: 'eq', attribute: '_archived', value: archived === 'only' }];
    const filter: Filter = { op: 'and', of: [...(condition === null ? [] : [condition]), ...kept] };
    const job = bulkChangeJob(change, template.name, checkFilter(template, filter), caller.account.id);
    return begun(engine.jobs, await engine.jobs.start({ ...job, ...(problemBudget === undefined ? {} : { problemBudget }) }), lang);
  };

  return [
    handle(bulkOperations.createRecords, async ({ params, body, caller, lang }) => {
      demandFew(body.rows.length);
      return writeRows(createdRows(desk.named(params.template), body.rows), body, { caller, lang });
    }),

    handle(bulkOperations.upsertRecords, async ({ params, body, caller, lang }) => {
      demandFew(body.rows.length);
      return writeRows(upsertedRows(desk.named(params.template), body.by, body.rows), body, { caller, lang });
    }),

    handle(bulkOperations.changeRecords, async ({ params, body, caller, lang }) => {
      const template = desk.named(params.template);
      const { rows, values } = body;
      if ((rows === undefined) === (values === undefined)) throw failure('http.exactlyOne', { fields: ['values', 'rows'] });
      if (rows === undefined) return changeChosen(template, { name: 'editRecords', values: checkedChange(template, values ?? {}) }, body, { caller, lang });
      for (const field of ['ids', 'filter', 'all'] as const) if (body[field] !== undefined) throw failure('http.exactlyOne', { fields: ['rows', field] });
      demandFew(rows.length);
      return writeRows(changedRows(template, rows), body, { caller, lang });
    }),

    handle(bulkOperations.deleteRecords, async ({ params, body, caller, lang }) => {
      const { expectedTotal } = body;
      const accept: Accept = (written) => {
        const actual = written.filter(({ op }) => op === 'deleted').length;
        if (expectedTotal !== undefined && actual !== expectedTotal) throw failure('record.deletionChanged', { expected: expectedTotal, actual });
      };
      return changeChosen(desk.named(params.template), { name: 'deleteRecords' }, body, { caller, lang }, accept);
    }),

    handle(bulkOperations.archiveRecords, async ({ params, body, caller, lang }) => changeChosen(desk.named(params.template), { name: 'archiveRecords' }, body, { caller, lang })),

    handle(bulkOperations.restoreRecords, async ({ params, body, caller, lang }) => changeChosen(desk.named(params.template), { name: 'restoreRecords' }, body, { caller, lang })),
  ];
}

function demandFew(count: number): void {
  const limit = limits.bulkRecords.value;
  if (count > limit) throw failure('bulk.tooMany', { count, limit });
}

/** What deletes by a condition has to know how many there are. */
function demandAgreed(change: BulkChange, { expected, dryRun }: Choice, count: number): void {
  if (dryRun === true) return;
  if (expected === undefined && change.name === 'deleteRecords') throw failure('bulk.expectedMissing', { count });
  if (expected !== undefined && expected !== count) throw failure('bulk.countChanged', { expected, actual: count });
}

/** What is wrong with values that all get alike is told once. */
function checkedChange(template: Template, values: ValueObject): ValueObject {
  const { problems } = checkValues(template, values, 'update');
  // Names of accounts and contents of files are for the run to understand.
  const own = problems.filter(({ code }) => code === 'record.unknownAttribute' || code === 'record.systemAttribute' || code === 'record.calculated');
  if (own.length > 0) throw failure('run.values', { path: 'values', template: template.name }, { problems: own });
  return values;
}
