/** What the handlers work with. */
import type { AccountDirectory } from '../../core/account.ts';
import type { AuditTrail } from '../../core/audit.ts';
import type { Backups } from '../../core/backup.ts';
import type { ChangeLog } from '../../core/change-log.ts';
import type { ConfigurationStore } from '../../core/configuration/configuration-store.ts';
import type { Finding, SourceDocument } from '../../core/configuration/object-document.ts';
import type { ConfigurationSource } from '../../core/configuration/published.ts';
import type { Payload } from '../../core/effect-set.ts';
import type { FileStore } from '../../core/file-store.ts';
import type { InstanceGate } from '../../core/instance.ts';
import type { Journal } from '../../core/journal.ts';
import type { Clock } from '../../core/ports.ts';
import type { SavedFilterStore } from '../../core/saved-filter.ts';
import type { RecordClearing } from '../../core/record-clearing.ts';
import type { SigningKeyDirectory } from '../../core/signing-key.ts';
import type { SessionDirectory } from '../../core/session.ts';
import type { SignInFailures } from '../../core/sign-in-failures.ts';
import type { SecretVault } from '../../core/secret-vault.ts';
import type { RecordTransfers } from '../../core/reference-data/record-transfer.ts';
import type { ApplyContext } from '../../engine/apply-configuration.ts';
import type { CapabilityDesk } from '../../engine/capability-desk.ts';
import type { ConnectionDesk } from '../../engine/connection-desk.ts';
import type { MetadataDesk } from '../../engine/metadata-desk.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ConnectorRegistry } from '../../sdk/connector.ts';
import type { PasswordRules } from '../password-rules.ts';
import type { SessionDesk } from '../session-desk.ts';

export interface ApiParts {
  engine: Engine;
  journal: Journal;
  changeLog: ChangeLog;
  /** Table files, which are taken piece by piece. */
  tables: { storeStream(pieces: AsyncIterable<Uint8Array>): Promise<Payload>; payloadPart(payload: Payload, offset: number, length: number): Promise<Uint8Array> };
  payloadBytes: (payload: Payload) => Promise<Uint8Array>;
  clearing: RecordClearing;
  transfers: RecordTransfers;
  configuration: ConfigurationSource;
  configurationStore: ConfigurationStore;
  apply: ApplyContext;
  /** Reads one document of text; `file` is its name in findings. */
  readDocument: (file: string, bytes: Uint8Array) => { document: SourceDocument | null; findings: readonly Finding[] };
  files: FileStore;
  connectors: ConnectorRegistry;
  desk: ConnectionDesk;
  metadata: MetadataDesk;
  capabilities: CapabilityDesk;
  vault: SecretVault;
  accounts: AccountDirectory;
  signingKeys: SigningKeyDirectory;
  savedFilters: SavedFilterStore;
  sessions: SessionDirectory;
  signInFailures: SignInFailures;
  sessionDesk: SessionDesk;
  passwords: PasswordRules;
  auditTrail: AuditTrail;
  /** Of this node; others are told by the store. */
  forgetSignIns: () => void;
  backups: Backups;
  /** Told when sessions, tokens or accounts changed, on any node. */
  onAccessChange: (listener: () => void) => () => void;
  instance: InstanceGate;
  /** Other nodes look again, and this one goes to work. */
  tellInstance: () => Promise<void>;
  clock: Clock;
  /** How long a call that publishes waits for the job that converts the values, before it answers 202. */
  publicationWaitMs: number;
  /** Where the platform is reached from outside, without a trailing slash. */
  baseUrl: () => string;
}
