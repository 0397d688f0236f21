/** Publishes what has many values to convert: expand, convert page by page, catch up with those who write, switch. */
import { failure } from '../../core/failure.ts';
import { publicationKind, type JobProblem, type JobRow } from '../../core/job.ts';
import { limits } from '../../core/limits.ts';
import type { ChangePosition, ConversionPlace, Publishing } from '../../core/publishing.ts';
import type { LostValue } from '../../core/conversion-write.ts';
import { isObject, type Value, type ValueObject } from '../../core/value.ts';
import type { JobKind, JobStep, JobTurn } from './kind.ts';

interface Checkpoint {
  phase: 'convert' | 'followUp' | 'tighten' | 'switch';
  position: ChangePosition;
  place: ConversionPlace;
  /** Values that were lost, and of which something went. */
  lost: number;
  changed: number;
}

export const publishConfigurationKind = (publishing: Publishing): JobKind => ({
  name: publicationKind,
  abandoned: () => publishing.removeLeftovers(),
  async step(turn) {
    const { job, waitsFor } = turn;
    waitsFor({ kind: 'records', about: job.subject ?? '*' });
    const checkpoint = checkpointOf(turn.checkpoint);
    // Its columns went when it was cancelled or failed: it begins again.
    if (checkpoint === null || !(await publishing.stands(job.id))) return begin(publishing, job);
    switch (checkpoint.phase) {
      case 'convert':
        return convert(publishing, turn, checkpoint);
      case 'followUp':
        return followUp(publishing, turn, checkpoint);
      case 'tighten':
        await publishing.tighten(job.id, turn.signal);
        return { checkpoint: valueOf({ ...checkpoint, phase: 'switch' }), done: 0 };
      case 'switch':
        return switchOver(publishing, turn, checkpoint);
      default:
        return checkpoint.phase satisfies never;
    }
  },
});

async function begin(publishing: Publishing, job: JobRow): Promise<JobStep> {
  const { position, records } = await publishing.prepare(job.id);
  const checkpoint: Checkpoint = { phase: 'convert', position, place: { pass: 0, after: '00000000-0000-0000-0000-000000000000' }, lost: 0, changed: 0 };
  return { checkpoint: valueOf(checkpoint), done: 0 - job.done, total: records, untold: 0 - job.failed };
}

async function convert(publishing: Publishing, { job, size }: JobTurn, checkpoint: Checkpoint): Promise<JobStep> {
  const page = await publishing.page(job.id, checkpoint.place, Math.min(limits.conversionRows.value, size * 2));
  const next: Checkpoint = { ...checkpoint, ...(page.next === null ? { phase: 'followUp' } : { place: page.next }), lost: checkpoint.lost + page.lost.length, changed: checkpoint.changed + page.changed };
  return { checkpoint: valueOf(next), done: page.records, ...told(page.lost, checkpoint.lost), effects: { conversions: page.write === null ? [] : [page.write] } };
}

/** First without the indexes, which make writing slower; they are built when hardly anything is left. */
async function followUp(publishing: Publishing, { job }: JobTurn, checkpoint: Checkpoint): Promise<JobStep> {
  const changed = await publishing.changed(job.id, checkpoint.position, limits.conversionRows.value);
  const next: Checkpoint = { ...checkpoint, phase: changed.caughtUp ? 'tighten' : 'followUp', position: changed.position, lost: checkpoint.lost + changed.lost.length };
  return { checkpoint: valueOf(next), done: 0, ...told(changed.lost, checkpoint.lost), effects: { conversions: changed.writes } };
}

/** What is left then is converted in the same commit while writers wait. */
async function switchOver(publishing: Publishing, { job }: JobTurn, checkpoint: Checkpoint): Promise<JobStep> {
  const changed = await publishing.changed(job.id, checkpoint.position, limits.conversionRows.value);
  if (!changed.caughtUp) {
    const next: Checkpoint = { ...checkpoint, position: changed.position, lost: checkpoint.lost + changed.lost.length };
    return { checkpoint: valueOf(next), done: 0, ...told(changed.lost, checkpoint.lost), effects: { conversions: changed.writes } };
  }
  return { checkpoint: valueOf(checkpoint), done: 0, effects: { publication: { job: job.id, position: checkpoint.position } }, result: { lost: checkpoint.lost, changed: checkpoint.changed } };
}

/** Some are named; of a table full of them nobody wants to read all. */
function told(lost: readonly LostValue[], before: number): Pick<JobStep, 'problems' | 'untold'> {
  const named = lost.slice(0, Math.max(0, limits.conversionProblems.value - before));
  const problems: readonly JobProblem[] = named.map(({ record, attribute, value, to }) => ({ place: record, source: value, failure: failure('template.valueLost', { attribute, value, to }).toData() }));
  return { problems, untold: lost.length - named.length };
}

const valueOf = ({ phase, position, place, lost, changed }: Checkpoint): ValueObject => ({ phase, position: { ...position }, place: { ...place }, lost, changed });

/** Reads what `valueOf` wrote. */
function checkpointOf(value: Value): Checkpoint | null {
  if (!isObject(value)) return null;
  const { phase, position, place, lost, changed } = value;
  if (phase !== 'convert' && phase !== 'followUp' && phase !== 'tighten' && phase !== 'switch') return null;
  if (!isObject(position) || !isObject(place)) return null;
  return { phase, position: { xid: textIn(position, 'xid'), seq: textIn(position, 'seq') }, place: { pass: Number(place['pass']), after: textIn(place, 'after') }, lost: Number(lost), changed: Number(changed) };
}

function textIn(object: ValueObject, key: string): string {
  const value = object[key];
  if (typeof value !== 'string') throw new Error(`the checkpoint of a publication has no ${key}`);
  return value;
}
