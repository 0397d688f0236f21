/**
 * The published configuration that a node works with: one immutable snapshot per revision.
 * Runs keep the snapshot they began on, so old and new versions work side by side.
 */
import type { AccessRules } from '../access/role.ts';
import type { FailureData, Lang } from '../failure.ts';
import type { RetentionDays } from '../effect-set.ts';
import type { Schedule } from '../schedule.ts';
import type { SchemaTree } from '../message-schema.ts';
import type { Template, TemplateCatalogue } from '../template.ts';
import type { ScenarioDocument } from '../scenario/document.ts';
import type { ValueObject } from '../value.ts';

export type Title = Readonly<Partial<Record<Lang, string>>>;

export interface PublishedConnection {
  id: string;
  name: string;
  version: number;
  title: Title;
  /** Name of the connector. */
  type: string;
  enabled: boolean;
  /** Values of the connector's spec for the active environment; secrets are `{secret: name}` references. */
  properties: ValueObject;
  /** Kinds of address that this connection may dial though they are refused by default. */
  allow: readonly string[];
  limits: { concurrency: number; perSecond: number | null };
  log: 'full' | 'errors' | 'off';
  /** Changes whenever an open connection has to be opened anew: its document, environment, an address or a secret it uses changed. */
  stamp: string;
}

export interface RetryPolicy {
  /** Attempts in all, the first included. */
  attempts: number;
  firstMs: number;
  maxMs: number;
}

export interface PublishedRoute {
  id: string;
  name: string;
  version: number;
  title: Title;
  /** System name of the connection. */
  connection: string;
  operation: string;
  direction: 'in' | 'out';
  enabled: boolean;
  /** Values of the operation's route spec. */
  properties: ValueObject;
  /** Expressions over the message (their texts, without the leading `=`). */
  keys: { idempotency: string | null; order: string | null; business: Readonly<Record<string, string>> };
  request: SchemaTree;
  response: SchemaTree;
  /** `status` null: 400 for a refused message, 422 for a failed run. */
  errorResponse: { status: number | null; tree: SchemaTree; body: unknown } | null;
  /** Rows that turn what arrived into what the scenario sees; null when the names are the same. */
  mapping: readonly MappingRow[] | null;
  reply: 'afterRun' | 'ack';
  onUnknown: 'repeat' | 'verify' | 'park' | null;
  retry: RetryPolicy;
  /** What a failing head of an order key does to those behind it. */
  orderPolicy: 'park' | 'block';
  /** When a row source reads; null: only when somebody asks, and for all other routes. */
  schedule: Schedule | null;
  retentionDays: RetentionDays;
  /** Who counts as the initiator of a run. */
  initiator: 'caller' | 'system' | { account: string };
}

export interface MappingRow {
  target: string;
  /** A path or, with a leading `=`, an expression. */
  source?: string;
  conversion?: string;
  default?: unknown;
  onMissing?: 'leave' | 'null' | 'fail';
}

export interface PublishedScenario {
  id: string;
  name: string;
  version: number;
  title: Title;
  enabled: boolean;
  document: ScenarioDocument;
}

export interface Configuration {
  revision: number;
  connection(name: string): PublishedConnection | undefined;
  route(name: string): PublishedRoute | undefined;
  scenario(name: string): PublishedScenario | undefined;
  connections(): readonly PublishedConnection[];
  routes(): readonly PublishedRoute[];
  /** In the order of system names. */
  scenarios(): readonly PublishedScenario[];
  templates: TemplateCatalogue;
  access: AccessRules;
  template(name: string): Template | undefined;
  /** Objects that are stored but cannot be used, and why. */
  broken: readonly { kind: string; name: string; failure: FailureData }[];
}

/** Gives the newest snapshot and says when it changes. */
export interface ConfigurationSource {
  current(): Configuration;
  /** What a past revision said; kept for a while. Throws `config.unknownRevision`. */
  at(revision: number): Promise<Configuration>;
  onChange(listener: (configuration: Configuration) => void): () => void;
  /** Re-reads until the snapshot has at least this revision. */
  atLeast(revision: number, signal?: AbortSignal): Promise<Configuration>;
}
