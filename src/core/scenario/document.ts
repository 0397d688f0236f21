/**
 * A scenario as it is written: one trigger and a tree of steps.
 * In every place for a value, a text that begins with `=` is an expression, any other value a literal.
 */
import type { Archived } from '../query.ts';

export interface ScenarioDocument {
  name: string;
  on: Trigger;
  runAs: 'system' | 'initiator';
  steps: readonly Step[];
}

export type Trigger =
  | { kind: 'message'; route: string; as: string }
  | { kind: 'record'; change: 'created' | 'changed' | 'deleted'; template: string; attributes: readonly string[]; when: 'before' | 'after' }
  /** Started by a person on a record, or on none. */
  | { kind: 'manual'; template: string | null }
  /** Started by an API call with arguments, or called by another scenario. */
  | { kind: 'api' };

export type OnError = 'rollback' | 'continue' | 'handle';

interface StepBase {
  /** Shown in traces; made from the kind when absent. */
  name?: string;
  onError: OnError;
  /** Records that this step reads must not have changed when the run is committed. */
  lock: boolean;
  /** Steps run after a failure when `onError` is `handle`; the failure is the variable `error`. */
  handle?: readonly Step[];
}

/** A value tree of the document: literals and `=` expressions. The text `==x` stands for `=x`. */
export type ValueSource = unknown;

export type Step = StepBase &
  (
    | { kind: 'create'; template: string; set: Readonly<Record<string, ValueSource>>; link?: { attribute: string; op: 'add' | 'replace' }; as?: string; steps: readonly Step[] }
    | { kind: 'upsert'; template: string; by: Readonly<Record<string, ValueSource>>; set: Readonly<Record<string, ValueSource>>; as?: string; steps: readonly Step[] }
    | { kind: 'find'; template: string; where?: ValueSource; sort: readonly { attribute: string; descending: boolean }[]; limit: number; one: boolean; links: readonly string[]; archived: Archived; as: string }
    | { kind: 'set'; record?: ValueSource; values: Readonly<Record<string, ValueSource>>; add: Readonly<Record<string, ValueSource>>; exclude: Readonly<Record<string, ValueSource>>; clear: readonly string[] }
    | { kind: 'delete'; record?: ValueSource }
    | { kind: 'archive'; record?: ValueSource; restore: boolean }
    | { kind: 'clone'; template: string; of: ValueSource; depth: number; set: Readonly<Record<string, ValueSource>>; as?: string; steps: readonly Step[] }
    | { kind: 'context'; template: string; of: ValueSource; as?: string; steps: readonly Step[] }
    | { kind: 'variables'; set: string; op: 'add' | 'replace' | 'exclude'; values: Readonly<Record<string, ValueSource>> }
    | { kind: 'send'; route: string; message: ValueSource; response?: string; error?: string; key?: ValueSource }
    | { kind: 'validate'; that: ValueSource; else: ValueSource }
    | { kind: 'conditions'; mode: 'all' | 'first'; cases: readonly { name?: string; when: ValueSource; steps: readonly Step[] }[]; else: readonly Step[] }
    | { kind: 'forEach'; in: ValueSource; as: string; steps: readonly Step[] }
    | { kind: 'repeat'; times: ValueSource; as: string; steps: readonly Step[] }
    | { kind: 'try'; steps: readonly Step[] }
    | { kind: 'call'; scenario: string; with: Readonly<Record<string, ValueSource>>; as?: string }
    | { kind: 'return'; slot: 'response' | 'errorResponse'; body: ValueSource; status?: number }
    | { kind: 'stop' }
  );
