/** Emptying a template: all its records go, archived ones included, with what they own through `deleteLinked`. */
import type { Template, TemplateCatalogue } from './template.ts';

export interface RecordClearing {
  /** How many records of which template would go, this one first. Nothing is changed. */
  preview(templates: TemplateCatalogue, template: Template): Promise<readonly ClearedCount[]>;
  /** Ids of records that may go next: those that others of the same template do not name come first; without those that the job has found to be in the way. */
  next(template: Template, job: string, limit: number): Promise<readonly string[]>;
}

export interface ClearedCount {
  /** System name. */
  template: string;
  count: number;
}
