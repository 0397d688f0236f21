/**
 * Whether whoever began something that lasts, such as a stream of events, could begin it now: his session or token may have
 * ended meanwhile, his account may have been disabled, his roles changed.
 */
import type { FastifyRequest } from 'fastify';
import { narrowed, parseScope } from '../core/access/token-scope.ts';
import type { Permission } from '../core/access/permission.ts';
import { rightsOf } from '../core/access/rights.ts';
import type { AccessRules } from '../core/access/role.ts';
import type { Account, AccountDirectory } from '../core/account.ts';
import type { Clock } from '../core/ports.ts';
import type { SessionDirectory } from '../core/session.ts';
import type { SigningKeyDirectory } from '../core/signing-key.ts';
import type { Authenticated } from './authentication.ts';
import type { SessionCookie } from './session-cookie.ts';
import { parseAuthorization, tokenHash } from './sign-in.ts';

export interface LastingCallerParts {
  accounts: AccountDirectory;
  sessions: SessionDirectory;
  signingKeys: SigningKeyDirectory;
  cookie: SessionCookie;
  rules: () => AccessRules;
  clock: Clock;
}

type Found = { account: Account; scopes?: readonly string[] } | null;

/** What he may do now; empty when he is nobody any more. Nothing is counted as a wrong sign-in. */
export type LastingCaller = () => Promise<ReadonlySet<Permission>>;

export function lastingCaller(request: FastifyRequest, { via, caller }: Authenticated, parts: LastingCallerParts): LastingCaller {
  const find = finder(request, via, caller.account, parts);
  return async () => {
    const found = await find();
    if (found === null || !found.account.enabled) return new Set();
    const rights = rightsOf(found.account, parts.rules());
    return found.scopes === undefined ? rights.permissions : narrowed(found.scopes.flatMap((scope) => parseScope(scope) ?? []), rights).may;
  };
}

function finder({ headers }: FastifyRequest, via: Authenticated['via'], { name }: Account, { accounts, sessions, signingKeys, cookie, clock }: LastingCallerParts): () => Promise<Found> {
  const credentials = parseAuthorization(headers.authorization ?? '');
  const credential = /Credential=([^&\s]+)/.exec(headers.authorization ?? '')?.[1];
  let password: string | null = null;
  switch (via) {
    case 'session':
      return () => sessions.byHash(tokenHash(cookie.read(headers.cookie) ?? ''));
    case 'bearer':
      return async () => {
        const found = credentials?.kind === 'bearer' ? await accounts.byTokenHash(tokenHash(credentials.token)) : null;
        return found === null ? null : { account: found.account, scopes: found.token.scopes };
      };
    case 'hmac':
      return async () => {
        const found = await signingKeys.byCredential(credential ?? '');
        return found === null || Date.parse(found.key.expiresAt) <= clock.wallMs() ? null : found;
      };
    case 'basic':
    case 'none':
    case 'command':
      return async () => {
        const found = await accounts.byName(name);
        // Another hash is another password, or the same one kept better: then he shows it once more.
        if (found !== null) password ??= found.passwordHash;
        return found !== null && found.passwordHash === password ? found : null;
      };
    default:
      return via satisfies never;
  }
}
