/** Rules of attributes at the end of a run or of a guarded step: what is to be saved has to keep them. */
import { failure, type Failure } from '../failure.ts';
import { brokenValidations, hasValidations } from '../validation.ts';
import { exists, heldRecord, sameScalar } from './held-records.ts';
import { templateById, type Run } from './run.ts';

export interface BrokenRecord {
  /** Of the step that changed the record last. */
  path: string;
  failure: Failure;
}

/**
 * The first record that may not be saved as it is now, of those that steps below `within` changed last. Putting away and
 * deleting change no values, so they are always possible.
 */
export function brokenRecord(run: Run, within = ''): BrokenRecord | null {
  for (const { template: templateId, id } of run.state.touched) {
    const template = templateById(run, templateId);
    if (!hasValidations(template)) continue;
    const path = run.state.changedAt[`${templateId}/${id}`] ?? '';
    const held = heldRecord(run.state, templateId, id);
    if (held === undefined || !path.startsWith(within) || !exists(held) || !isSaved(held)) continue;
    const problems = brokenValidations(template, (name) => held.values[name]);
    if (problems.length > 0) return { path, failure: failure('run.values', { path, template: template.name }, { problems }) };
  }
  return null;
}

/** Of writes that are taken apart, what the last one, its triggers included, has left broken before the next one begins. */
export function brokenWrite(run: Run): BrokenRecord | null {
  const { apart, scope } = run.state;
  const index = (apart?.length ?? 0) - 1;
  const last = apart?.[index];
  return last === undefined || 'refused' in last || scope.position !== index + 1 ? null : brokenRecord(run, `writes[${index}].`);
}

/** Throws what `brokenRecord` finds. */
export function assertKept(run: Run): void {
  const broken = brokenRecord(run);
  if (broken !== null) throw broken.failure;
}

const isSaved = (held: NonNullable<ReturnType<typeof heldRecord>>): boolean => held.base === null || Object.entries(held.values).some(([name, value]) => !sameScalar(value, held.base?.values[name] ?? null));
