/** Who sent a request, whatever way he proves it, and what has to be asked of its body before anything acts on it. */
import type { FastifyRequest } from 'fastify';
import { rightsOf } from '../core/access/rights.ts';
import type { AccessRules } from '../core/access/role.ts';
import type { Actor } from '../core/audit.ts';
import type { Caller } from '../core/account.ts';
import { failure } from '../core/failure.ts';
import { assertSameSite } from './same-site.ts';
import type { SignIn } from './sign-in.ts';
import { isBodyAsSigned, isSigned, type Signed } from './signature.ts';
import type { SignedSignIn } from './signed-sign-in.ts';

export interface Authenticated {
  caller: Caller;
  via: Actor['via'];
  /** Of a signed request. */
  signed: Signed | null;
  /** Throws `access.unauthenticated` when this is not the body that was signed. */
  readonly assertBody: (body: Uint8Array) => void;
}

export interface AuthenticationParts {
  signIn: SignIn;
  signedSignIn: SignedSignIn;
  rules: () => AccessRules;
  /** Where the platform is reached from outside, when that is not where it listens. */
  publicUrl: string | null;
}

export class Authentication {
  readonly #parts: AuthenticationParts;

  constructor(parts: AuthenticationParts) {
    this.#parts = parts;
  }

  /** Throws `access.unauthenticated` and its kin when nobody is shown to be there, `access.crossSite` for what a foreign page causes. */
  async of(request: FastifyRequest, options: { pathOnly?: boolean } = {}): Promise<Authenticated> {
    const { signIn, signedSignIn, rules, publicUrl } = this.#parts;
    assertSameSite(request, publicUrl);
    const { authorization } = request.headers;
    if (authorization === undefined || !isSigned(authorization)) {
      const caller = await signIn.caller(authorization, request.ip);
      if (caller === null) throw failure('access.unauthenticated');
      return { caller, via: /^bearer/i.test(authorization ?? '') ? 'bearer' : 'basic', signed: null, assertBody: () => undefined };
    }
    const { account, signed } = await signedSignIn.by(authorization, { method: request.method, pathAndQuery: request.url, headers: request.headers }, { address: request.ip, hosts: hostsOf(request, publicUrl), pathOnly: options.pathOnly ?? false });
    const rights = rightsOf(account, rules());
    return {
      caller: { account, rights, may: rights.permissions },
      via: 'hmac',
      signed,
      assertBody: (body) => {
        if (!isBodyAsSigned(request.headers, body)) throw failure('access.unauthenticated');
      },
    };
  }
}

/** A proxy may have changed the name that the client signed: the public one is as good. */
function hostsOf({ headers }: FastifyRequest, publicUrl: string | null): readonly string[] {
  const { host = '' } = headers;
  return publicUrl === null ? [host] : [host, new URL(publicUrl).host];
}
