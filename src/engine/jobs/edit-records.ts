/** Changes the same attributes of every record that meets a condition. */
import { failure } from '../../core/failure.ts';
import type { Filter, RecordQuery } from '../../core/query.ts';
import type { RecordData } from '../../core/template.ts';
import { isObject, type Value, type ValueObject } from '../../core/value.ts';
import type { NewJob } from './job-desk.ts';
import type { JobKind, JobTurn } from './kind.ts';

export const editRecords: JobKind = {
  name: 'editRecords',
  async step(turn) {
    const { template, filter, values } = inputOf(turn.job.input);
    const { records, total } = await nextRecords(turn, template, filter);
    return {
      checkpoint: records.at(-1)?.id ?? turn.checkpoint,
      done: records.length,
      ...(total === undefined ? {} : { total }),
      writes: {
        origin: 'api',
        writes: records.map(({ id }) => ({ op: 'update', template, id, version: null, values })),
        places: records.map(({ id }) => ({ place: id, source: null })),
      },
      ...(records.length < turn.size ? { result: null } : {}),
    };
  },
};

export const editJob = (template: string, filter: Filter | null, values: ValueObject, by: string): NewJob => ({
  kind: editRecords.name,
  subject: template,
  // A filter is plain data of the same make.
  input: { template, filter: filter as Value, values },
  by,
});

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
  if (!isObject(input) || typeof input['template'] !== 'string' || !isObject(input['values'])) throw failure('job.unknownKind', { kind: editRecords.name });
  // Only `editJob` wrote it.
  return { template: input['template'], filter: (input['filter'] ?? null) as Filter | null, values: input['values'] };
}
