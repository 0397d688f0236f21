/**
 * Finds out who calls. A password check costs tens of milliseconds on purpose, so a success is remembered for a minute
 * under a keyed hash; a change of the account drops it. Failures slow their sender down.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { hash as hashPassword, verify } from '@node-rs/argon2';
import type { AccountDirectory, Caller, Permission } from '../core/account.ts';
import { failure, type Failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports.ts';
import { SlowDown } from './slow-down.ts';

export interface SignIn {
  /** Of an Authorization header; null when there is none. Throws `access.unauthenticated`, `access.slowDown`. */
  caller(authorization: string | undefined, address: string): Promise<Caller | null>;
  /** Forgets remembered successes of an account. */
  forget(account: string): void;
}

interface Remembered {
  caller: Caller;
  until: number;
}

export function createSignIn({ accounts, clock }: { accounts: AccountDirectory; clock: Clock }): SignIn {
  const key = randomBytes(32);
  const remembered = new Map<string, Remembered>();
  const slowDown = new SlowDown(clock);
  let absent: Promise<string> | null = null;

  return {
    async caller(authorization, address) {
      if (authorization === undefined) return null;
      const known = fresh(authorization);
      if (known !== null) return known;
      const credentials = parseAuthorization(authorization);
      if (credentials === null) throw unauthenticated();
      const who = credentials.kind === 'basic' ? `${address} ${credentials.name}` : address;
      slowDown.assertMay(who);
      const caller = credentials.kind === 'basic' ? await byPassword(credentials.name, credentials.password) : await byToken(credentials.token);
      if (caller === null) {
        slowDown.failed(who);
        throw unauthenticated();
      }
      slowDown.succeeded(who);
      remember(authorization, caller);
      return caller;
    },
    forget(account) {
      for (const [digest, { caller }] of remembered) if (caller.account.id === account) remembered.delete(digest);
    },
  };

  /** The hash of a password that nobody has. */
  function absentHash(): Promise<string> {
    absent ??= hashPassword(randomBytes(16).toString('hex'));
    return absent;
  }

  function digestOf(authorization: string): string {
    return createHmac('sha256', key).update(authorization).digest('base64');
  }

  function fresh(authorization: string): Caller | null {
    const found = remembered.get(digestOf(authorization));
    return found !== undefined && found.until > clock.monotonicMs() ? found.caller : null;
  }

  function remember(authorization: string, caller: Caller): void {
    const now = clock.monotonicMs();
    if (remembered.size >= limits.rememberedSignIns.value) {
      for (const [digest, { until }] of remembered) if (until <= now) remembered.delete(digest);
      const oldest = remembered.keys().next();
      if (remembered.size >= limits.rememberedSignIns.value && oldest.done !== true) remembered.delete(oldest.value);
    }
    remembered.set(digestOf(authorization), { caller, until: now + limits.signInRememberedMs.value });
  }

  async function byPassword(name: string, password: string): Promise<Caller | null> {
    const found = await accounts.byName(name);
    // An unknown name costs as much as a wrong password, so that names cannot be guessed by time.
    const good = await verify(found?.passwordHash ?? (await absentHash()), password).catch(() => false);
    return good && found !== null && found.account.enabled ? { account: found.account, may: new Set(found.account.permissions) } : null;
  }

  async function byToken(token: string): Promise<Caller | null> {
    const found = await accounts.byTokenHash(tokenHash(token));
    if (found === null) return null;
    return { account: found.account, may: new Set(found.token.scopes.filter((scope) => found.account.permissions.includes(scope))) };
  }
}

export const newPasswordHash = (password: string): Promise<string> => hashPassword(password);

/** What is stored of a token. Tokens are 32 random bytes, so a plain hash is enough. */
export const tokenHash = (token: string): Uint8Array => createHash('sha256').update(token).digest();

export const newToken = (): string => `zvn_${randomBytes(32).toString('base64url')}`;

export const newPassword = (): string => randomBytes(15).toString('base64url');

/** Compares without telling by time where two texts differ. */
export function sameText(one: string, other: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(one), hash(other));
}

type Credentials = { kind: 'basic'; name: string; password: string } | { kind: 'bearer'; token: string };

export function parseAuthorization(header: string): Credentials | null {
  const bearer = /^Bearer +([\w.~+/=-]{1,512}) *$/i.exec(header);
  if (bearer?.[1] !== undefined) return { kind: 'bearer', token: bearer[1] };
  const basic = /^Basic +([A-Za-z0-9+/=_-]{1,1024}) *$/i.exec(header);
  if (basic?.[1] === undefined) return null;
  const text = Buffer.from(basic[1], 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? null : { kind: 'basic', name: text.slice(0, colon), password: text.slice(colon + 1) };
}

const unauthenticated = (): Failure => failure('access.unauthenticated');

/** Throws `access.forbidden`, naming the account and what it lacks. */
export function assertMay(caller: Caller, permission: Permission): void {
  if (!caller.may.has(permission)) throw failure('access.forbidden', { account: caller.account.name, permission });
}
