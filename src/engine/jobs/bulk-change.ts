/** Does the same to every record that meets a condition. */
import { failure } from '../../core/failure.ts';
import type { Filter, RecordQuery } from '../../core/query.ts';
import type { DirectWrite } from '../../core/scenario/machine-port.ts';
import type { RecordData } from '../../core/template.ts';
import { isObject, type Value, type ValueObject } from '../../core/value.ts';
import type { NewJob } from './job-desk.ts';
import type { JobKind, JobTurn } from './kind.ts';

/** What is done to each record; the name of the job says it. */
export type BulkChange = { name: 'editRecords'; values: ValueObject } | { name: 'deleteRecords' | 'archiveRecords' | 'restoreRecords' };

export const bulkChangeKinds: readonly JobKind[] = (['editRecords', 'deleteRecords', 'archiveRecords', 'restoreRecords'] as const).map((name) => ({
  name,
  async step(turn) {
    const { template, filter, values } = inputOf(turn.job.input);
    const { records, total } = await nextRecords(turn, template, filter);
    const change: BulkChange = name === 'editRecords' ? { name, values } : { name };
    return {
      checkpoint: records.at(-1)?.id ?? turn.checkpoint,
      done: records.length,
      ...(total === undefined ? {} : { total }),
      writes: {
        origin: 'api',
        writes: records.map(({ id }) => writeOf(change, template, id)),
        places: records.map(({ id }) => ({ place: id, source: null })),
      },
      ...(records.length < turn.size ? { result: null } : {}),
    };
  },
}));

export const bulkChangeJob = (change: BulkChange, template: string, filter: Filter | null, by: string): NewJob => ({
  kind: change.name,
  subject: template,
  // A filter is plain data of the same make.
  input: { template, filter: filter as Value, values: change.name === 'editRecords' ? change.values : {} },
  by,
});

/** The same in one call. */
export function writeOf(change: BulkChange, template: string, id: string): DirectWrite {
  switch (change.name) {
    case 'editRecords':
      return { op: 'update', template, id, version: null, values: change.values };
    case 'deleteRecords':
      return { op: 'delete', template, id, version: null };
    case 'archiveRecords':
    case 'restoreRecords':
      return { op: 'archive', template, id, version: null, archived: change.name === 'archiveRecords' };
    default:
      return change satisfies never;
  }
}

/** In the order of ids, behind the last one: what the job changes may leave the condition, and is not met again. */
export async function nextRecords({ checkpoint, size, read, waitsFor }: JobTurn, template: string, filter: Filter | null): Promise<{ records: readonly RecordData[]; total: number | undefined }> {
  waitsFor({ kind: 'records', about: template });
  const conditions: Filter[] = [...(filter === null ? [] : [filter]), ...(typeof checkpoint === 'string' ? [{ op: 'gt', attribute: 'id', value: checkpoint } as const] : [])];
  const query: RecordQuery = { template, sort: [], limit: size, count: checkpoint === null, ...(conditions.length === 0 ? {} : { filter: { op: 'and', of: conditions } }) };
  const page = await read({ kind: 'query', query });
  if (page.kind !== 'page') throw new Error(`a query was answered with ${page.kind}`);
  return { records: page.records, total: page.count };
}

function inputOf(input: Value): { template: string; filter: Filter | null; values: ValueObject } {
  if (!isObject(input) || typeof input['template'] !== 'string' || !isObject(input['values'])) throw failure('job.unknownKind', { kind: 'editRecords' });
  // Only `bulkChangeJob` wrote it.
  return { template: input['template'], filter: (input['filter'] ?? null) as Filter | null, values: input['values'] };
}
