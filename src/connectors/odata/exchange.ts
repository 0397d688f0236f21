/** What every operation shares: its call, the request under its hooks, and the receipt of an answer. */
import { failure, isObject, type Failure, type HttpAnswer, type OutgoingCall, type Receipt, type Value, type ValueObject } from '../../sdk/index.ts';
import { answerFailure } from './answer-failure.ts';
import { asRead } from './as-read.ts';
import type { CallNotes } from './call-notes.ts';
import type { EntitySet } from './edm.ts';
import type { ExchangeTurns } from './exchange-turns.ts';
import type { ReferenceBook } from './reference-book.ts';
import { readServiceError } from './service-error.ts';
import type { Described, Service, ServiceAnswer, ServiceContext, ServiceRequest } from './service.ts';

export interface Work {
  context: ServiceContext;
  service: Service;
  described: Described;
  call: OutgoingCall;
  /** Attributes of the message. */
  message: ValueObject;
  /** Rows that were seen to be there, of all calls over this connection. */
  references: ReferenceBook;
  turns: ExchangeTurns;
  notes: CallNotes;
  signal: AbortSignal;
}

export interface Target {
  /** Set or function, for messages. */
  name: string;
  /** Row, for messages; empty when none is meant. */
  key: string;
  /** Whether a repeat of the request does no harm. */
  repeatable: boolean;
}

export const targetOf = (set: EntitySet, key: string, repeatable: boolean): Target => ({ name: set.name, key, repeatable });

/**
 * Performs the one request of the call that counts: the hooks of the engine are around it. A reading, and what is told to do no
 * more than one, has no effect that nobody knows of: without an answer it was too slow, or the link broke.
 */
export function perform({ context, service, described, call, signal }: Work, request: ServiceRequest, reads = request.method === 'GET'): Promise<ServiceAnswer> {
  const run = (): Promise<ServiceAnswer> => service.request(described, { ...request, beforeBytes: () => call.beforeBytes(), afterBytes: () => call.afterBytes() }, signal);
  return reads ? asRead(context, service.root.href, Math.min(request.timeoutMs ?? Infinity, context.properties.timeoutMs), signal, run) : run();
}

/** The receipt of a refusal, or undefined when the service did what it was asked. */
export function refusal({ context, described }: Work, target: Target, { http, text, value }: ServiceAnswer): Receipt | undefined {
  const place = { connection: context.name, dialect: described.dialect, set: target.name, key: target.key, repeatable: target.repeatable, nowMs: context.clock.wallMs() };
  const refused = answerFailure(place, http, text, value);
  if (refused !== undefined) {
    // Nobody knows what a broken gateway hid: that is not an answer of the service.
    if (refused.code === 'connection.unknownOutcome') throw refused;
    const error = readServiceError(text, value);
    return errorReceipt(refused, http, { status: http.status, code: error?.code ?? null, message: error?.message ?? null, body: keptBody(text) });
  }
  if (http.bodyFailure === undefined) return undefined;
  const { code, parameters, cause } = http.bodyFailure;
  return errorReceipt(failure(code, parameters, { cause, ...again(target) }), http, null);
}

/** Characters of a refusal that are kept for a person; beyond it there are stacks of calls. */
const bodyCharacters = 65_536;

/** The whole refusal, with its control characters made visible; secrets were taken out when it came. */
const keptBody = (text: string): string => text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g, (character) => `<${character.charCodeAt(0).toString(16).padStart(2, '0')}>`).slice(0, bodyCharacters);

/** An answer of 2xx whose body is not what was asked for. Once a service has acted, only a harmless request is repeated. */
export const malformed = ({ context }: Work, target: Target, { http, problem }: ServiceAnswer, detail: string): Receipt =>
  errorReceipt(failure('connection.malformedResponse', { connection: context.name, address: http.url, detail: problem ?? detail }, again(target)), http, null);

export const okReceipt = (response: Value, { status, headers }: HttpAnswer): Receipt => ({ kind: 'ok', response, status, headers });

/** A refusal that the operation itself has told apart. */
export const refusedReceipt = (refused: Failure, http: HttpAnswer): Receipt => errorReceipt(refused, http, { status: http.status });

export const errorReceipt = (refused: Failure, { status, headers }: Pick<HttpAnswer, 'status' | 'headers'>, response: Value): Receipt => ({ kind: 'error', failure: refused, response, status, headers });

const again = ({ repeatable }: Target): { next?: { kind: 'retry' } } => (repeatable ? { next: { kind: 'retry' } } : {});

/** The object below an attribute of the message; an absent one is empty. */
export function objectAt(work: Work, attribute: string): ValueObject {
  const value: Value | undefined = Object.hasOwn(work.message, attribute) ? work.message[attribute] : undefined;
  if (value === undefined || value === null) return {};
  if (isObject(value)) return value;
  throw failure('connection.valueWrongType', { connection: work.context.name, attribute, expected: 'object', actual: Array.isArray(value) ? 'array' : typeof value });
}
