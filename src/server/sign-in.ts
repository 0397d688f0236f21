/**
 * Finds out who calls. A password check costs tens of milliseconds on purpose, so a success is remembered for a minute
 * under a keyed hash; a change of any account drops what is remembered. Failures slow down whoever causes them.
 */
import { createHash, hash as hashOnce, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Permission } from '../core/access/permission.ts';
import { recordAccess, type RecordAccess } from '../core/access/record-access.ts';
import { rightsOf, type Rights } from '../core/access/rights.ts';
import { narrowed, parseScope, scopeWord } from '../core/access/token-scope.ts';
import type { AccessRules, RecordVerb } from '../core/access/role.ts';
import type { Account, AccountDirectory, Caller } from '../core/account.ts';
import { failure, type Failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports.ts';
import { checkPassword, newPasswordHash } from './password-hash.ts';
import type { SignInGuard } from './sign-in-guard.ts';
import { Turns } from './turns.ts';

export interface SignIn {
  /** Of an Authorization header; null when there is none. Throws `access.unauthenticated`, `access.slowDown`, `access.busy`. */
  caller(authorization: string | undefined, address: string): Promise<Caller | null>;
  /** Of an account that shows its password. Throws as `caller` does. */
  byPassword(name: string, password: string, address: string): Promise<Account>;
  /** Forgets remembered successes: an account or a token has changed. */
  forget(): void;
}

/** Who it is, and for how long at most that may be remembered. */
interface Found {
  account: Account;
  /** Of the token; null without one. */
  scopes: readonly string[] | null;
  validMs: number;
  /** What follows from the roles as they were; made anew when they change. */
  known?: { rules: AccessRules; caller: Caller };
}

interface Remembered {
  found: Found;
  until: number;
}

export interface SignInParts {
  accounts: AccountDirectory;
  guard: SignInGuard;
  /** Of the newest configuration. */
  rules: () => AccessRules;
  clock: Clock;
}

export function createSignIn({ accounts, guard, rules, clock }: SignInParts): SignIn {
  const key = randomBytes(32).toString('hex');
  let remembered = new Map<string, Remembered>();
  /** The same credentials at the same time are checked once. */
  const underWay = new Map<string, Promise<Found | null>>();
  const turns = new Turns(limits.passwordChecks.value, limits.passwordChecksWaiting.value, () => failure('access.busy', {}, { next: { kind: 'retryAfter', ms: 1_000 } }));
  let absent: Promise<string> | null = null;

  return {
    async caller(authorization, address) {
      if (authorization === undefined) return null;
      // With the address: what is remembered for one sender must not answer the guesses of another.
      const digest = hashOnce('sha256', `${key}${address} ${authorization}`, 'base64');
      const known = remembered.get(digest);
      if (known !== undefined && known.until > clock.monotonicMs()) return callerOf(known.found);
      const credentials = parseAuthorization(authorization);
      if (credentials === null) throw unauthenticated();
      // A change while this check is under way drops the map it would be remembered in.
      const memory = remembered;
      const found = await proven(credentials, digest, address);
      remember(memory, digest, found);
      return callerOf(found);
    },
    async byPassword(name, password, address) {
      // A text with NUL cannot be stored, so nobody has such a name or password.
      if (`${name}${password}`.includes('\0')) throw unauthenticated();
      const digest = hashOnce('sha256', `${key}${JSON.stringify([address, name, password])}`, 'base64');
      return (await proven({ kind: 'basic', name, password }, digest, address)).account;
    },
    forget() {
      remembered = new Map();
      underWay.clear();
    },
  };

  async function proven(credentials: Credentials, digest: string, address: string): Promise<Found> {
    const found = await once(digest, () => check(credentials, address));
    if (found === null) throw unauthenticated();
    return found;
  }

  function once(digest: string, work: () => Promise<Found | null>): Promise<Found | null> {
    const running = underWay.get(digest);
    if (running !== undefined) return running;
    const started = work().finally(() => {
      if (underWay.get(digest) === started) underWay.delete(digest);
    });
    underWay.set(digest, started);
    return started;
  }

  /** Passwords are asked for in turn and counted before the next: many guesses at once get no further than one after another. */
  function check(credentials: Credentials, address: string): Promise<Found | null> {
    if (credentials.kind === 'bearer') return byToken(credentials.token, address);
    const { name, password } = credentials;
    return turns.take(() => guard.attempt({ name, address }, () => byPassword(name, password)));
  }

  function callerOf(found: Found): Caller {
    const current = rules();
    if (found.known?.rules !== current) {
      const rights = rightsOf(found.account, current);
      const { scopes } = found;
      const left = scopes === null ? undefined : narrowed(scopes.flatMap((scope) => parseScope(scope) ?? []), rights);
      found.known = { rules: current, caller: { account: found.account, rights, may: left?.may ?? rights.permissions, ...(left === undefined ? {} : { narrowed: left }) } };
    }
    return found.known.caller;
  }

  function remember(memory: Map<string, Remembered>, digest: string, found: Found): void {
    const now = clock.monotonicMs();
    if (memory.size >= limits.rememberedSignIns.value) {
      for (const [other, { until }] of memory) if (until <= now) memory.delete(other);
      const oldest = memory.keys().next();
      if (memory.size >= limits.rememberedSignIns.value && oldest.done !== true) memory.delete(oldest.value);
    }
    memory.set(digest, { found, until: now + Math.min(found.validMs, limits.signInRememberedMs.value) });
  }

  /** The hash of a password that nobody has. */
  function absentHash(): Promise<string> {
    absent ??= newPasswordHash(randomBytes(16).toString('hex'));
    return absent;
  }

  async function byPassword(name: string, password: string): Promise<Found | null> {
    const found = await accounts.byName(name);
    // An unknown name costs as much as a wrong password, so that names cannot be guessed by time.
    const verdict = await checkPassword(found?.passwordHash ?? (await absentHash()), password);
    if (verdict === 'wrong' || found === null || !found.account.enabled) return null;
    // When it fails, the hash is as good as it was.
    if (verdict === 'weaklyKept') await accounts.strengthenHash(found.account.id, found.passwordHash, await newPasswordHash(password)).catch(() => undefined);
    return { account: found.account, scopes: null, validMs: Number.POSITIVE_INFINITY };
  }

  /**
   * Nobody guesses 32 random bytes, so one that is right is never made to wait for what others at its address did wrong:
   * a program with an old token or password would stop all that share a host or a router with it.
   */
  async function byToken(token: string, address: string): Promise<Found | null> {
    const found = await accounts.byTokenHash(tokenHash(token));
    if (found === null) return guard.attempt({ name: null, address }, () => Promise.resolve(null));
    if (found.expired) throw failure('access.tokenExpired', { token: found.token.name, account: found.account.name, at: found.token.expiresAt ?? '' });
    // It is remembered for a minute, so this is not written at each call. When it fails, nothing is lost but a date.
    void accounts.touchToken(found.token.id).catch(() => undefined);
    const { expiresAt, scopes } = found.token;
    return { account: found.account, scopes, validMs: expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt) - clock.wallMs() };
  }
}

/** What is stored of a token. Tokens are 32 random bytes, so a plain hash is enough. */
export const tokenHash = (token: string): Uint8Array => createHash('sha256').update(token).digest();

export const newToken = (): string => `zvn_${randomBytes(32).toString('base64url')}`;

/** The credential is found in leaked texts by its beginning; the secret is base64, as its users decode it. */
export const newSigningKey = (): { credential: string; secret: string } => ({ credential: `zvk_${randomBytes(12).toString('base64url')}`, secret: randomBytes(32).toString('base64') });

export const newPassword = (): string => randomBytes(15).toString('base64url');

/** Compares without telling by time where two texts differ. */
export function sameText(one: string, other: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(one), hash(other));
}

type Credentials = { kind: 'basic'; name: string; password: string } | { kind: 'bearer'; token: string };

/** Null for a header of another scheme, or none that could be right. */
export function parseAuthorization(header: string): Credentials | null {
  const bearer = /^Bearer +([\w.~+/=-]{1,512}) *$/i.exec(header);
  if (bearer?.[1] !== undefined) return { kind: 'bearer', token: bearer[1] };
  const basic = /^Basic +([A-Za-z0-9+/=_-]{1,2048}) *$/i.exec(header);
  if (basic?.[1] === undefined) return null;
  const text = Buffer.from(basic[1], 'base64').toString('utf8');
  const colon = text.indexOf(':');
  // A text with NUL cannot be stored, so nobody has such a name or password.
  return colon < 0 || text.includes('\0') ? null : { kind: 'basic', name: text.slice(0, colon), password: text.slice(colon + 1) };
}

const unauthenticated = (): Failure => failure('access.unauthenticated');

/** What a caller may hand on: of a token no more than its scopes. */
export const callerRights = ({ rights, may, narrowed: left }: Caller): Rights => (left === undefined ? rights : { ...rights, permissions: may, administrator: false, records: left.records });

/** Which records of a template a caller may use. */
export const callerRecords = (caller: Caller, template: string, verb: RecordVerb): RecordAccess => recordAccess(callerRights(caller), caller.account.id, template, verb);

/** Throws `access.forbidden` for an account without `api.call`, `access.scope` for a token that is not for this route. */
export function assertMaySend(caller: Caller, route: string): void {
  assertMay(caller, 'api.call');
  const routes = caller.narrowed?.routes ?? 'all';
  if (routes !== 'all' && !routes.has(route)) throw failure('access.scope', { account: caller.account.name, scope: `messages:send:${route}` });
}

/** Throws `access.forbidden`, naming the account and what it lacks; `access.scope` where only the token lacks it. */
export function assertMay(caller: Caller, permission: Permission): void {
  if (caller.may.has(permission)) return;
  if (caller.rights.permissions.has(permission)) throw failure('access.scope', { account: caller.account.name, scope: scopeWord(permission) });
  throw failure('access.forbidden', { account: caller.account.name, permission });
}

/** Throws as `assertMay` does, for a template of which a role may open some records. */
export function assertMayUseRecords(caller: Caller, template: string, verb: RecordVerb, permission: Permission): void {
  if (callerRecords(caller, template, verb) !== null) return;
  const opened = recordAccess(caller.rights, caller.account.id, template, verb) !== null;
  if (opened) throw failure('access.scope', { account: caller.account.name, scope: `records:${verb === 'read' ? 'read' : 'write'}:${template}` });
  assertMay(caller, permission);
}
