/** Lets people in and out, over the API and by the forms of the sign-in page alike. */
import { randomUUID } from 'node:crypto';
import { rightsOf } from '../core/access/rights.ts';
import type { AccessRules } from '../core/access/role.ts';
import type { Account, AccountDirectory } from '../core/account.ts';
import type { Actor } from '../core/audit.ts';
import { Failure, failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import type { Session, SessionDirectory } from '../core/session.ts';
import type { Auditor } from './auditor.ts';
import type { SeenSession } from './authentication.ts';
import { csrfToken, newSessionToken, type SessionCookie } from './session-cookie.ts';
import { newPasswordHash } from './password-hash.ts';
import type { PasswordRules } from './password-rules.ts';
import { tokenHash, type SignIn } from './sign-in.ts';

/** From where somebody signs in. */
export interface Visitor {
  address: string;
  request: string;
  cookie: string | undefined;
  agent: string | undefined;
}

export interface OpenedSession extends SeenSession {
  account: Account;
  /** For `Set-Cookie`. */
  cookie: string;
}

export interface SessionDeskParts {
  accounts: AccountDirectory;
  sessions: SessionDirectory;
  signIn: SignIn;
  cookie: SessionCookie;
  passwords: PasswordRules;
  auditor: Auditor;
  rules: () => AccessRules;
  forgetSignIns: () => void;
}

export class SessionDesk {
  readonly #parts: SessionDeskParts;

  constructor(parts: SessionDeskParts) {
    this.#parts = parts;
  }

  /**
   * Always a new session under a new token: what the browser has sent is never taken over, only ended.
   * Throws `access.unauthenticated`, `access.slowDown`, `access.busy` or `access.forbidden`; refusals are on record.
   */
  async signIn(name: string, password: string, visitor: Visitor): Promise<OpenedSession> {
    const { signIn, auditor, rules } = this.#parts;
    try {
      const account = await signIn.byPassword(name, password, visitor.address);
      if (!rightsOf(account, rules()).permissions.has('api.call')) throw failure('access.forbidden', { account: account.name, permission: 'api.call' });
      await this.#endFormer(visitor);
      return await this.#open(account, visitor);
    } catch (error) {
      if (error instanceof Failure) auditor.refused({ account: null, name: name.slice(0, 64), via: 'session', address: visitor.address, request: visitor.request }, 'createSession', 'accounts', null, error);
      throw error;
    }
  }

  /** Ends every session of the account; whoever does it in one gets a new one. Throws `account.wrongPassword`, `account.samePassword`, and what the rules and signing in throw. */
  async changePassword(account: Account, { current, wanted }: { current: string; wanted: string }, visitor: Visitor, by: Actor): Promise<OpenedSession | null> {
    const { signIn, accounts, passwords, forgetSignIns } = this.#parts;
    await signIn.byPassword(account.name, current, visitor.address).catch((error: unknown) => {
      throw error instanceof Failure && error.code === 'access.unauthenticated' ? failure('account.wrongPassword', {}, { cause: error }) : error;
    });
    passwords.assertGood(wanted, account.name);
    if (wanted.normalize('NFC') === current.normalize('NFC')) throw failure('account.samePassword');
    await accounts.change(account.id, { passwordHash: await newPasswordHash(wanted), mustChangePassword: false }, by);
    forgetSignIns();
    return by.via === 'session' ? await this.#open({ ...account, mustChangePassword: false }, visitor) : null;
  }

  /** Returns what makes the browser forget its cookie. */
  async signOut({ session }: SeenSession, by: Actor): Promise<string> {
    await this.#parts.sessions.end(session.account, { id: session.id }, by);
    return this.#parts.cookie.clear();
  }

  async #open(account: Account, { address, request, agent = '' }: Visitor): Promise<OpenedSession> {
    const token = newSessionToken();
    const by: Actor = { account: account.id, name: account.name, via: 'session', address, request };
    const session: Session = await this.#parts.sessions.open({ id: randomUUID(), account: account.id, hash: tokenHash(token), address, agent: agent.slice(0, limits.agentCharacters.value) }, by);
    return { account, session, csrf: csrfToken(token), cookie: this.#parts.cookie.set(token) };
  }

  async #endFormer({ cookie, address, request }: Visitor): Promise<void> {
    const { sessions, cookie: ours } = this.#parts;
    const token = ours.read(cookie);
    const found = token === null ? null : await sessions.byHash(tokenHash(token));
    if (found !== null) await sessions.end(found.account.id, { id: found.session.id }, { account: found.account.id, name: found.account.name, via: 'session', address, request });
  }
}
