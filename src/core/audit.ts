/** Who did or was refused what, when and from where. Rows are only ever added; retention alone takes them away. */
import type { PlainObject } from './configuration/object-document.ts';

export const auditOutcomes = ['done', 'refused', 'failed'] as const;

/** Who acts, and how it is known. */
export interface Actor {
  /** Id of the account; null when nobody is shown to be there, and for commands. */
  account: string | null;
  name: string;
  via: 'basic' | 'bearer' | 'hmac' | 'session' | 'none' | 'command';
  address: string | null;
  /** Number of the request, as its answer and the log have it. */
  request: string | null;
}

export const commandActor = (name: string): Actor => ({ account: null, name, via: 'command', address: null, request: null });

export interface AuditEvent {
  actor: Actor;
  /** The operation of the API, or what a command does. */
  action: string;
  kind: string | null;
  name: string | null;
  /** Before and after by name; never a secret. */
  changes: PlainObject | null;
  outcome: (typeof auditOutcomes)[number];
  /** Of the failure. */
  code: string | null;
  /** How many like it within a minute this row stands for. */
  count: number;
}

/** Of a change that was made. */
export const auditOf = (actor: Actor, action: string, kind: string, name: string, changes: PlainObject | null): AuditEvent => ({ actor, action, kind, name, changes, outcome: 'done', code: null, count: 1 });

export interface AuditRow extends AuditEvent {
  id: string;
  at: string;
}

export interface AuditQuery {
  from?: string;
  to?: string;
  actor?: string;
  action?: string;
  kind?: string;
  name?: string;
  outcome?: AuditEvent['outcome'];
  limit: number;
  cursor?: string;
}

export interface AuditTrail {
  record(event: AuditEvent): Promise<void>;
  /** Newest first. Throws `store.cursor` for a cursor that is none. */
  page(query: AuditQuery): Promise<{ rows: readonly AuditRow[]; cursor: string | null }>;
}
