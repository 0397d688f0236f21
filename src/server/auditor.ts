/** Puts on record what requests did and were refused. Refusals of strangers are counted, so that nobody fills the log. */
import type { FastifyRequest } from 'fastify';
import type { Operation } from '../api/operation.ts';
import type { Actor, AuditEvent, AuditTrail } from '../core/audit.ts';
import type { PlainObject } from '../core/configuration/object-document.ts';
import { catalogue } from '../core/errors.ts';
import type { Failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import type { Clock, Log } from '../core/ports.ts';
import type { Authenticated } from './authentication.ts';
import { parseAuthorization } from './sign-in.ts';
import { isSigned, parseSigned } from './signature.ts';

export interface AuditorParts {
  trail: AuditTrail;
  clock: Clock;
  log: Log;
}

interface Counted {
  event: AuditEvent;
  count: number;
  until: number;
}

const refusals = new Set(['access.unauthenticated', 'access.signatureDate', 'access.keyExpired', 'access.tokenExpired', 'access.slowDown', 'access.crossSite', 'access.forbidden', 'access.scope', 'access.objectsForbidden', 'access.grantTooWide', 'access.notOver', 'access.signatureUsed', 'access.csrf', 'access.passwordChange', 'access.sessionEnded', 'account.wrongPassword']);

export class Auditor {
  readonly #parts: AuditorParts;
  readonly #counted = new Map<string, Counted>();

  constructor(parts: AuditorParts) {
    this.#parts = parts;
  }

  /** A change that nobody recorded in its own transaction. */
  async done(actor: Actor, operation: Operation, params: unknown): Promise<void> {
    await this.#parts.trail.record({ ...about(actor, operation.id, operation.tag, nameIn(params)), outcome: 'done', code: null });
  }

  /** Not waited for: whoever is refused need not learn how busy the log is. */
  refused(actor: Actor, action: string, kind: string, name: string | null, { code, parameters }: Failure): void {
    const outcome = refusals.has(code) ? 'refused' : 'failed';
    const lacking = parameters['permission'] ?? parameters['lacking'] ?? parameters['scope'];
    const changes: PlainObject | null = typeof lacking === 'string' ? { lacking } : null;
    const event: AuditEvent = { ...about(actor, action, kind, name), changes, outcome, code };
    if (actor.account === null || catalogue[code].status === 429) this.#count(event);
    else this.#write(event);
  }

  /** What was counted is written when its minute is over, by whatever comes next, and at the end. */
  flush(all = false): void {
    const now = this.#parts.clock.monotonicMs();
    for (const [key, { event, count, until }] of this.#counted) {
      if (!all && until > now) continue;
      this.#counted.delete(key);
      if (count > 0) this.#write({ ...event, count });
    }
  }

  #count(event: AuditEvent): void {
    this.flush();
    const { actor, action, code } = event;
    const key = JSON.stringify([actor.name, actor.address, action, code]);
    const known = this.#counted.get(key);
    if (known !== undefined) known.count += 1;
    else if (this.#counted.size < limits.strangersCounted.value) {
      this.#counted.set(key, { event, count: 0, until: this.#parts.clock.monotonicMs() + 60_000 });
      this.#write(event);
    }
  }

  #write(event: AuditEvent): void {
    const { trail, log } = this.#parts;
    trail.record(event).catch((error: unknown) => log.error('audit.lost', { action: event.action, actor: event.actor.name, error: String(error) }));
  }
}

const about = (actor: Actor, action: string, kind: string, name: string | null): AuditEvent => ({ actor, action, kind, name, changes: null, outcome: 'done', code: null, count: 1 });

/** The object that an address names. */
export function nameIn(params: unknown): string | null {
  const texts = Object.values((params ?? {}) as Readonly<Record<string, string>>);
  return texts.length === 0 ? null : texts.join('/').slice(0, 200);
}

export const actorOf = ({ caller, via }: Authenticated, request: FastifyRequest): Actor => ({ account: caller.account.id, name: caller.account.name, via, address: request.ip, request: request.id });

/** Somebody of whom only his claim is known. */
export function claimed(request: FastifyRequest): Actor {
  const { authorization = '' } = request.headers;
  const credentials = parseAuthorization(authorization);
  const via = isSigned(authorization) ? 'hmac' : (credentials?.kind ?? 'none');
  const name = via === 'hmac' ? (parseSigned(authorization)?.credential ?? '?') : credentials?.kind === 'basic' ? credentials.name : via === 'bearer' ? 'token' : 'anonymous';
  return { account: null, name: name.slice(0, 64), via, address: request.ip, request: request.id };
}
