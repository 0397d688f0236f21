/** Which single records a run may use in the name of its initiator. What he may not see is as if it were not there. */
import type { RecordVerb } from '../access/role.ts';
import { failure } from '../failure.ts';
import { matches } from '../filter.ts';
import type { Filter } from '../query.ts';
import type { LinkAttribute, RecordData, Template } from '../template.ts';
import { exists, recordNow } from './held-records.ts';
import { forbidden, permit, templateById, type Run } from './run.ts';
import type { Held } from './run-state.ts';

/** Throws `run.recordGone` for a record that is not there or not to be seen, `access.forbidden` for one that may only be seen. */
export function demandRecord(run: Run, template: Template, id: string, verb: RecordVerb): void {
  const wanted = permit(run, template, verb);
  if (wanted === null) return;
  const held = recordNow(run, template, id);
  if (!exists(held)) throw failure('run.recordGone', { template: template.name, id });
  if (allows(template, wanted, held)) return;
  if (verb !== 'read' && allows(template, permit(run, template, 'read'), held)) throw forbidden(run, template, verb);
  throw failure('run.recordGone', { template: template.name, id });
}

/** Whether the run may see it; of what `permit` gave for reading. */
export const isVisible = (run: Run, template: Template, id: string, readable: Filter | null): boolean => readable === null || allows(template, readable, recordNow(run, template, id));

/** Judged by what is committed, not by what the run has made of it; the run's own records are its own. */
const allows = (template: Template, filter: Filter | null, { base }: Held): boolean => filter === null || base === null || matches(template, filter, base);

/** What was written has to be within the right it was written by, or one could put records out of one's own reach, or into another's. */
export function assertWithin(run: Run, template: Template, id: string, verb: 'create' | 'edit'): void {
  const filter = permit(run, template, verb);
  if (filter !== null && !matches(template, filter, writtenData(run, template, id))) throw forbidden(run, template, verb);
}

function writtenData(run: Run, template: Template, id: string): RecordData {
  const { base, values } = recordNow(run, template, id);
  const { startedAt, initiator } = run.state.identity;
  const fresh: RecordData = { id, template: template.id, version: 1, createdAt: startedAt, createdBy: initiator, changedAt: startedAt, changedBy: initiator, archived: false, origin: '', values, links: {} };
  return base === null ? fresh : { ...base, values };
}

/** To link to a record one has to see it: else a link would tell what is there. */
export function demandLinked(run: Run, attribute: LinkAttribute, ids: readonly string[]): void {
  const target = templateById(run, attribute.target);
  for (const id of ids) demandRecord(run, target, id, 'read');
}
