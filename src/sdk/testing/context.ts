/** What a connector gets, made from a document the way the engine makes it; for tests. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GuardedKind } from '../../core/guarded-kinds.ts';
import type { Clock, Log } from '../../core/ports.ts';
import type { ConnectionContext, ConnectorDefinition, OpenConnection, OutgoingCall, Receipt } from '../connector.ts';
import { createDialer, type DialerOptions } from '../dial.ts';
import { parseSpec } from '../spec-parse.ts';
import type { SpecFields, SpecValues } from '../spec.ts';
import type { ValueObject, Value } from '../../core/value.ts';

export const realClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};

export interface KeptLog extends Log {
  lines: string[];
}

export function keepLog(): KeptLog {
  const lines: string[] = [];
  const keep = (level: string) => (event: string, fields?: Readonly<Record<string, unknown>>): void => void lines.push(`${level} ${event} ${JSON.stringify(fields ?? {})}`);
  return { lines, debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
}

export interface ContextOptions {
  name?: string;
  allow?: readonly GuardedKind[];
  resolve?: DialerOptions['resolve'];
  log?: Log;
  ownDatabase?: ConnectionContext<unknown>['ownDatabase'];
}

/** Properties are a document whose secrets are `Secret`s. Loopback is allowed unless told. */
export function contextOf<C extends SpecFields>(definition: ConnectorDefinition<C>, properties: Readonly<Record<string, unknown>>, options: ContextOptions = {}): ConnectionContext<SpecValues<C>> {
  const name = options.name ?? 'subject';
  return {
    name,
    properties: parseSpec(definition.connection, properties, `connection ${name}`, { openSecret: () => undefined }),
    dial: createDialer({ connection: name, allow: options.allow ?? ['loopback'], ...(options.resolve === undefined ? {} : { resolve: options.resolve }) }),
    clock: realClock,
    log: options.log ?? keepLog(),
    ...(options.ownDatabase === undefined ? {} : { ownDatabase: options.ownDatabase }),
  };
}

export interface Sample {
  operation: string;
  properties: Readonly<Record<string, unknown>>;
  request: Value;
  effectId?: string;
}

/** A call as the engine makes it; each has an effect id of its own unless told. */
export function callOf(sample: Sample, hooks: Partial<Pick<OutgoingCall, 'beforeBytes' | 'afterBytes'>> = {}): OutgoingCall {
  return {
    operation: sample.operation,
    // A document of a test is plain JSON, which is what properties are.
    properties: sample.properties as ValueObject,
    request: sample.request,
    effectId: sample.effectId ?? randomUUID(),
    beforeBytes: hooks.beforeBytes ?? ((): void => undefined),
    afterBytes: hooks.afterBytes ?? ((): void => undefined),
  };
}

/** Sends one call and gives the receipt, or the failure that was thrown. */
export async function sendOnce(open: OpenConnection, call: OutgoingCall, signal: AbortSignal = new AbortController().signal): Promise<Receipt> {
  if (open.send === undefined) throw new Error('this connector does not send');
  return open.send(call, signal);
}
