/** Deletes all records of a template, with what they own. No scenario is told of it. */
import { failure } from '../../core/failure.ts';
import type { RecordClearing } from '../../core/record-clearing.ts';
import { templateNamed } from '../../core/template-catalogue.ts';
import type { NewJob } from './job-desk.ts';
import type { JobKind } from './kind.ts';

export const clearTemplateKind = (clearing: RecordClearing): JobKind => ({
  name: 'clearTemplate',
  async step({ job, configuration, size, waitsFor }) {
    if (job.subject === null) throw failure('job.unknownKind', { kind: job.kind });
    const template = templateNamed(configuration.templates, job.subject);
    waitsFor({ kind: 'records', about: template.name });
    // What is gone is gone, so what is left says where to go on.
    const ids = await clearing.next(template, job.id, size);
    if (ids.length === 0) return { checkpoint: null, done: 0, result: null };
    return {
      checkpoint: null,
      done: ids.length,
      writes: { origin: 'api', writes: ids.map((id) => ({ op: 'delete', template: template.name, id, version: null })), places: ids.map((id) => ({ place: id, source: null })) },
    };
  },
});

export const clearTemplateJob = (template: string, total: number, by: string): NewJob => ({ kind: 'clearTemplate', subject: template, input: null, total, triggers: false, by });
