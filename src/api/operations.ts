/** Every operation of the REST API. */
import { auditOperations } from './audit.ts';
import { accountOperations } from './accounts.ts';
import { backupOperations } from './backups.ts';
import { bulkOperations } from './bulk.ts';
import { changeOperations } from './changes.ts';
import { configurationOperations } from './configuration.ts';
import { capabilityOperations } from './capabilities.ts';
import { connectionOperations } from './connections.ts';
import { draftOperations } from './drafts.ts';
import { eventOperations } from './events.ts';
import { metadataOperations } from './metadata.ts';
import { instanceOperations } from './instance.ts';
import { importOperations } from './imports.ts';
import { lineOperations } from './lines.ts';
import { jobOperations } from './jobs.ts';
import { messageOperations } from './messages.ts';
import type { Operation } from './operation.ts';
import { fileOperations } from './files.ts';
import { referenceDataOperations } from './reference-data.ts';
import { recordOperations } from './records.ts';
import { restorationOperations } from './restoration.ts';
import { roleOperations } from './roles.ts';
import { routeOperations } from './routes.ts';
import { runOperations } from './runs.ts';
import { savedFilterOperations } from './saved-filters.ts';
import { scenarioOperations } from './scenarios.ts';
import { sessionOperations } from './sessions.ts';
import { sourceOperations } from './sources.ts';
import { templateOperations } from './templates.ts';
import { versionOperations } from './versions.ts';

export const operations = {
  ...recordOperations,
  ...savedFilterOperations,
  ...bulkOperations,
  ...changeOperations,
  ...fileOperations,
  ...templateOperations,
  ...restorationOperations,
  ...messageOperations,
  ...runOperations,
  ...jobOperations,
  ...importOperations,
  ...lineOperations,
  ...scenarioOperations,
  ...routeOperations,
  ...sourceOperations,
  ...connectionOperations,
  ...metadataOperations,
  ...capabilityOperations,
  ...configurationOperations,
  ...referenceDataOperations,
  ...versionOperations,
  ...draftOperations,
  ...accountOperations,
  ...sessionOperations,
  ...roleOperations,
  ...auditOperations,
  ...eventOperations,
  ...instanceOperations,
  ...backupOperations,
};

/** In the order of the documents. */
export const operationList: readonly Operation[] = Object.values(operations);
