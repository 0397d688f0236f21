/** Who sent a request, whatever way he proves it, and what has to be asked of its body before anything acts on it. */
import type { FastifyRequest } from 'fastify';
import { rightsOf } from '../core/access/rights.ts';
import type { AccessRules } from '../core/access/role.ts';
import type { Actor } from '../core/audit.ts';
import type { Account, Caller } from '../core/account.ts';
import { failure } from '../core/failure.ts';
import type { Session, SessionDirectory } from '../core/session.ts';
import { assertSameSite } from './same-site.ts';
import { csrfToken, type SessionCookie } from './session-cookie.ts';
import { sameText, tokenHash, type SignIn } from './sign-in.ts';
import { isBodyAsSigned, isSigned, type Signed } from './signature.ts';
import type { SignedSignIn } from './signed-sign-in.ts';

export interface Authenticated {
  caller: Caller;
  via: Actor['via'];
  /** Of a signed request. */
  signed: Signed | null;
  /** Of a browser that is signed in. */
  session: SeenSession | null;
  /** Throws `access.unauthenticated` when this is not the body that was signed. */
  readonly assertBody: (body: Uint8Array) => void;
}

export interface SeenSession {
  session: Session;
  csrf: string;
}

export interface AuthenticationParts {
  signIn: SignIn;
  signedSignIn: SignedSignIn;
  sessions: SessionDirectory;
  cookie: SessionCookie;
  rules: () => AccessRules;
  /** Where the platform is reached from outside, when that is not where it listens. */
  publicUrl: string | null;
}

/** What else may show who calls. */
export interface AuthenticationOptions {
  /** Of signatures: the query is left out of them. */
  pathOnly?: boolean;
  /** Whether a browser's cookie counts. Messages never come by one. */
  session?: boolean;
  /** What a form has sent in place of the header `Zveno-Csrf`. */
  csrf?: string | null;
  /** Told as soon as it is known who it is, also when he is refused after that. */
  seen?: (authenticated: Authenticated) => void;
}

export class Authentication {
  readonly #parts: AuthenticationParts;

  constructor(parts: AuthenticationParts) {
    this.#parts = parts;
  }

  /** Throws `access.unauthenticated` and its kin when nobody is shown to be there, `access.crossSite` and `access.csrf` for what a foreign page causes. */
  async of(request: FastifyRequest, options: AuthenticationOptions = {}): Promise<Authenticated> {
    assertSameSite(request, this.#parts.publicUrl);
    const authenticated = await this.#found(request, options);
    options.seen?.(authenticated);
    if (authenticated.session !== null) assertOwnPage(request, authenticated.session, options.csrf ?? request.headers['zveno-csrf']);
    return authenticated;
  }

  /** For what nobody has to sign in for. Throws `access.crossSite`. */
  assertSameSite(request: FastifyRequest): void {
    assertSameSite(request, this.#parts.publicUrl);
  }

  /** A header that names its account is preferred to a cookie that the browser adds by itself. */
  async #found(request: FastifyRequest, options: AuthenticationOptions): Promise<Authenticated> {
    const { signIn, cookie } = this.#parts;
    const { authorization } = request.headers;
    const token = authorization === undefined && options.session === true ? cookie.read(request.headers.cookie) : null;
    if (token !== null) return await this.#bySession(token);
    if (authorization !== undefined && isSigned(authorization)) return await this.#bySignature(request, authorization, options.pathOnly ?? false);
    const caller = await signIn.caller(authorization, request.ip);
    if (caller === null) throw failure('access.unauthenticated');
    return { caller, via: /^bearer/i.test(authorization ?? '') ? 'bearer' : 'basic', signed: null, session: null, assertBody: () => undefined };
  }

  /** It is looked up each time, so that one that was ended is of no use on any node. */
  async #bySession(token: string): Promise<Authenticated> {
    const { sessions } = this.#parts;
    const found = await sessions.byHash(tokenHash(token));
    if (found === null) throw failure('access.sessionEnded');
    // When it fails, nothing is lost but a minute of its patience.
    if (found.isDue) void sessions.touch(found.session.id).catch(() => undefined);
    return { caller: this.#callerOf(found.account), via: 'session', signed: null, session: { session: found.session, csrf: csrfToken(token) }, assertBody: () => undefined };
  }

  async #bySignature(request: FastifyRequest, authorization: string, pathOnly: boolean): Promise<Authenticated> {
    const { signedSignIn, publicUrl } = this.#parts;
    const { account, signed } = await signedSignIn.by(authorization, { method: request.method, pathAndQuery: request.url, headers: request.headers }, { address: request.ip, hosts: hostsOf(request, publicUrl), pathOnly });
    return {
      caller: this.#callerOf(account),
      via: 'hmac',
      signed,
      session: null,
      assertBody: (body) => {
        if (!isBodyAsSigned(request.headers, body)) throw failure('access.unauthenticated');
      },
    };
  }

  #callerOf(account: Account): Caller {
    const rights = rightsOf(account, this.#parts.rules());
    return { account, rights, may: rights.permissions };
  }
}

/** A browser adds the cookie to whatever any page makes it send; only ours can read what has to come with it. */
function assertOwnPage({ method }: FastifyRequest, { csrf }: SeenSession, given: string | string[] | null | undefined): void {
  if (method === 'GET' || method === 'HEAD') return;
  if (typeof given !== 'string' || !sameText(given, csrf)) throw failure('access.csrf');
}

/** Until its owner has changed a password that somebody else has set, it opens nothing. Throws `access.passwordChange`. */
export function assertOwnPassword({ caller: { account }, via }: Pick<Authenticated, 'caller' | 'via'>): void {
  if (account.mustChangePassword && (via === 'basic' || via === 'session')) throw failure('access.passwordChange', { account: account.name });
}

/** A proxy may have changed the name that the client signed: the public one is as good. */
function hostsOf({ headers }: FastifyRequest, publicUrl: string | null): readonly string[] {
  const { host = '' } = headers;
  return publicUrl === null ? [host] : [host, new URL(publicUrl).host];
}
