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

/** The first record that may not be saved as it is now. Putting away and deleting change no values, so they are always possible. */
export function brokenRecord(run: Run): BrokenRecord | null {
  for (const { template: templateId, id } of run.state.touched) {
    const held = heldRecord(run.state, templateId, id);
    const template = templateById(run, templateId);
    if (held === undefined || !exists(held) || !hasValidations(template) || !isSaved(held)) continue;
    const problems = brokenValidations(template, (name) => held.values[name]);
    const path = run.state.changedAt[`${templateId}/${id}`] ?? '';
    if (problems.length > 0) return { path, failure: failure('run.values', { path, template: template.name }, { problems }) };
  }
  return null;
}

/** Throws what `brokenRecord` finds. */
export function assertKept(run: Run): void {
  const broken = brokenRecord(run);
  if (broken !== null) throw broken.failure;
}

const isSaved = (held: NonNullable<ReturnType<typeof heldRecord>>): boolean => held.base === null || Object.entries(held.values).some(([name, value]) => !sameScalar(value, held.base?.values[name] ?? null));
