/**
 * The one catalogue of failure codes. Each area keeps its own file under `errors/`;
 * `docs/reference/errors.md` is generated from here.
 */
import { accessErrors } from './errors/access.ts';
import { backupErrors } from './errors/backup.ts';
import { bulkErrors } from './errors/bulk.ts';
import { configurationErrors } from './errors/configuration.ts';
import { connectionErrors } from './errors/connection.ts';
import { engineErrors } from './errors/engine.ts';
import { expressionErrors } from './errors/expression.ts';
import { importErrors } from './errors/import.ts';
import { jobErrors } from './errors/job.ts';
import { messageErrors } from './errors/message.ts';
import { odataErrors } from './errors/odata.ts';
import { referenceErrors } from './errors/reference.ts';
import { recordErrors } from './errors/record.ts';
import { runErrors } from './errors/run.ts';
import { savedFilterErrors } from './errors/saved-filter.ts';
import { sourceErrors } from './errors/source.ts';
import { specErrors } from './errors/spec.ts';
import { serverErrors } from './errors/server.ts';
import { storeErrors } from './errors/store.ts';
import { templateErrors } from './errors/template.ts';
import type { ErrorEntry } from './errors/entry.ts';

export const catalogue = {
  ...accessErrors,
  ...backupErrors,
  ...bulkErrors,
  ...configurationErrors,
  ...connectionErrors,
  ...engineErrors,
  ...expressionErrors,
  ...importErrors,
  ...jobErrors,
  ...messageErrors,
  ...odataErrors,
  ...referenceErrors,
  ...recordErrors,
  ...runErrors,
  ...savedFilterErrors,
  ...sourceErrors,
  ...specErrors,
  ...serverErrors,
  ...storeErrors,
  ...templateErrors,
} satisfies Record<string, ErrorEntry> as Record<FailureCode, ErrorEntry>;

export type FailureCode =
  | keyof typeof accessErrors
  | keyof typeof backupErrors
  | keyof typeof bulkErrors
  | keyof typeof configurationErrors
  | keyof typeof connectionErrors
  | keyof typeof engineErrors
  | keyof typeof expressionErrors
  | keyof typeof importErrors
  | keyof typeof jobErrors
  | keyof typeof messageErrors
  | keyof typeof odataErrors
  | keyof typeof referenceErrors
  | keyof typeof recordErrors
  | keyof typeof runErrors
  | keyof typeof savedFilterErrors
  | keyof typeof sourceErrors
  | keyof typeof specErrors
  | keyof typeof serverErrors
  | keyof typeof storeErrors
  | keyof typeof templateErrors;
