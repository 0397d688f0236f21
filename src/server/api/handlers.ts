/** All handlers of the REST API. */
import { auditHandlers } from './audit.ts';
import { accountHandlers } from './accounts.ts';
import { backupHandlers } from './backups.ts';
import { bulkHandlers } from './bulk.ts';
import { changeHandlers } from './changes.ts';
import { configurationHandlers } from './configuration.ts';
import { connectionHandlers } from './connections.ts';
import { draftHandlers } from './drafts.ts';
import { eventHandlers } from './events.ts';
import { fileHandlers } from './files.ts';
import type { Handler } from './handler.ts';
import { capabilityHandlers } from './capabilities.ts';
import { metadataHandlers } from './metadata.ts';
import { instanceHandlers } from './instance.ts';
import { importHandlers } from './imports.ts';
import { lineHandlers } from './lines.ts';
import { jobHandlers } from './jobs.ts';
import { messageHandlers } from './messages.ts';
import type { ApiParts } from './parts.ts';
import { referenceDataHandlers } from './reference-data.ts';
import { recordHandlers } from './records.ts';
import { restorationHandlers } from './restoration.ts';
import { roleHandlers } from './roles.ts';
import { routeHandlers } from './routes.ts';
import { runHandlers } from './runs.ts';
import { savedFilterHandlers } from './saved-filters.ts';
import { scenarioHandlers } from './scenarios.ts';
import { sessionHandlers } from './sessions.ts';
import { sourceHandlers } from './sources.ts';
import { templateHandlers } from './templates.ts';
import { versionHandlers } from './versions.ts';

export const apiHandlers = (parts: ApiParts): readonly Handler[] => [
  ...recordHandlers(parts),
  ...savedFilterHandlers(parts),
  ...bulkHandlers(parts),
  ...changeHandlers(parts),
  ...fileHandlers(parts),
  ...templateHandlers(parts),
  ...restorationHandlers(parts),
  ...messageHandlers(parts),
  ...runHandlers(parts),
  ...jobHandlers(parts),
  ...importHandlers(parts),
  ...lineHandlers(parts),
  ...scenarioHandlers(parts),
  ...routeHandlers(parts),
  ...sourceHandlers(parts),
  ...connectionHandlers(parts),
  ...metadataHandlers(parts),
  ...capabilityHandlers(parts),
  ...configurationHandlers(parts),
  ...referenceDataHandlers(parts),
  ...versionHandlers(parts),
  ...draftHandlers(parts),
  ...accountHandlers(parts),
  ...instanceHandlers(parts),
  ...backupHandlers(parts),
  ...sessionHandlers(parts),
  ...roleHandlers(parts),
  ...auditHandlers(parts),
  ...eventHandlers({ feed: parts.engine.feed, clock: parts.clock, onAccessChange: parts.onAccessChange }),
];
