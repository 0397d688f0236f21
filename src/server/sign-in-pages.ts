/** Serves the pages at which people sign in: plain forms over what the API does. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Failure, failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { actorOf, type Auditor } from './auditor.ts';
import type { Authenticated, Authentication, SeenSession } from './authentication.ts';
import { languageOf, problemStatus } from './problem.ts';
import { productMark } from './product-mark.ts';
import type { RateLimits } from './rate-limits.ts';
import { leaveBodyAlone, readBody } from './read-body.ts';
import type { SessionDesk, Visitor } from './session-desk.ts';
import { pagePolicy, pageStyle, passwordForm, signedInPage, signInForm, type PageFrame } from './sign-in-page.ts';

export interface SignInPagesOptions {
  authentication: Authentication;
  desk: SessionDesk;
  auditor: Auditor;
  rates: RateLimits;
}

export const signInPath = '/sign-in';
export const passwordPath = '/sign-in/password';

/** The page to sign in at, for somebody who wanted to see this address. */
export const signInFor = (request: FastifyRequest, path = signInPath): string => `${path}?to=${encodeURIComponent(ownPath(request.url))}`;

const home = '/docs/';

export function registerSignInPages(app: FastifyInstance, { authentication, desk, auditor, rates }: SignInPagesOptions): void {
  app.register(async (scope) => {
    leaveBodyAlone(scope);
    scope.get('/sign-in/style.css', async (_request, reply) => reply.header('cache-control', 'max-age=3600').type('text/css; charset=utf-8').send(pageStyle));
    scope.get('/sign-in/mark.svg', async (_request, reply) => reply.header('cache-control', 'max-age=3600').type('image/svg+xml').send(productMark));

    scope.get(signInPath, async (request, reply) => {
      const frame = frameOf(request);
      const seen = await signedIn(request);
      return seen === null ? html(reply, 200, signInForm(frame, '')) : html(reply, 200, signedInPage(frame, seen.caller.account.name, seen.session.csrf));
    });

    scope.post(signInPath, async (request, reply) => {
      await rates.address(request.ip);
      assertFromPage(request);
      authentication.assertSameSite(request);
      const form = await formOf(request, reply);
      const login = form.get('login') ?? '';
      try {
        const { account, cookie } = await desk.signIn(login, form.get('password') ?? '', visitorOf(request));
        const to = ownPath(form.get('to'));
        return await go(reply.header('set-cookie', cookie), account.mustChangePassword ? `${passwordPath}?to=${encodeURIComponent(to)}` : to);
      } catch (error) {
        return refused(reply, error, (failed) => signInForm(frameOf(request, form, failed), login.slice(0, 64)));
      }
    });

    scope.post('/sign-out', async (request, reply) => {
      const form = await formOf(request, reply);
      const seen = await inSession(request, form);
      return await go(reply.header('set-cookie', await desk.signOut(seen.session, actorOf(seen, request))), signInPath);
    });

    scope.get(passwordPath, async (request, reply) => {
      const seen = await signedIn(request);
      return seen === null ? await go(reply, signInPath) : html(reply, 200, passwordForm(frameOf(request), { csrf: seen.session.csrf, must: seen.caller.account.mustChangePassword }));
    });

    scope.post(passwordPath, async (request, reply) => {
      await rates.address(request.ip);
      const form = await formOf(request, reply);
      const seen = await inSession(request, form);
      const { account } = seen.caller;
      const actor = actorOf(seen, request);
      try {
        const wanted = form.get('password') ?? '';
        if (wanted !== form.get('again')) throw failure('account.passwordsDiffer');
        const opened = await desk.changePassword(account, { current: form.get('current') ?? '', wanted }, visitorOf(request), actor);
        return await go(opened === null ? reply : reply.header('set-cookie', opened.cookie), ownPath(form.get('to')));
      } catch (error) {
        if (error instanceof Failure) auditor.refused(actor, 'changePassword', 'sessions', null, error);
        return refused(reply, error, (failed) => passwordForm(frameOf(request, form, failed), { csrf: seen.session.csrf, must: account.mustChangePassword }));
      }
    });
  });

  type InSession = Authenticated & { session: SeenSession };

  async function inSession(request: FastifyRequest, form: URLSearchParams): Promise<InSession> {
    const seen = await authentication.of(request, { session: true, csrf: form.get('csrf') ?? '' });
    if (seen.session === null) throw failure('session.none');
    return { ...seen, session: seen.session };
  }

  /** Null for whoever has to sign in first; that his session has ended is no reason to refuse him the page. */
  async function signedIn(request: FastifyRequest): Promise<InSession | null> {
    try {
      return await inSession(request, new URLSearchParams());
    } catch (error) {
      if (error instanceof Failure && (problemStatus(error) === 401 || error.code === 'session.none')) return null;
      throw error;
    }
  }
}

/** Browsers of today say from where a form comes. What says nothing is no browser, and programs have the API. */
function assertFromPage({ headers }: FastifyRequest): void {
  if (headers.origin === undefined && headers['sec-fetch-site'] === undefined) throw failure('access.crossSite', { origin: '?' });
}

async function formOf(request: FastifyRequest, reply: FastifyReply): Promise<URLSearchParams> {
  if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? '')) throw failure('http.malformed', { detail: 'application/x-www-form-urlencoded' });
  return new URLSearchParams(new TextDecoder().decode(await readBody(request, reply, limits.pageFormBytes.value)));
}

const visitorOf = ({ ip, id, headers }: FastifyRequest): Visitor => ({ address: ip, request: id, cookie: headers.cookie, agent: headers['user-agent'] });

function frameOf(request: FastifyRequest, form?: URLSearchParams, failed: Failure | null = null): PageFrame {
  const given = form ?? new URLSearchParams(request.url.split('?').slice(1).join('?'));
  return { lang: languageOf(request.headers['accept-language']), to: ownPath(given.get('to')), refused: failed };
}

/** Never another site's: a path of plain signs that begins with one slash. */
function ownPath(text: string | null): string {
  return text !== null && text.length <= 500 && /^\/(?![/\\])[\w./?&=%~+,:;@-]*$/.test(text) && !text.startsWith(signInPath) ? text : home;
}

const go = (reply: FastifyReply, to: string): FastifyReply => reply.header('cache-control', 'no-store').redirect(to, 303);

function html(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply
    .status(status)
    // With `no-referrer` browsers would also hide from us that a form is ours.
    .headers({ 'content-security-policy': pagePolicy, 'referrer-policy': 'same-origin', 'cache-control': 'no-store', 'x-frame-options': 'DENY' })
    .type('text/html; charset=utf-8')
    .send(text);
}

/** A refusal is shown on its page; a mistake of ours is not. */
function refused(reply: FastifyReply, error: unknown, form: (failed: Failure) => string): FastifyReply {
  if (!(error instanceof Failure)) throw error;
  if (error.next.kind === 'retryAfter') reply.header('retry-after', Math.max(1, Math.ceil(error.next.ms / 1000)));
  return html(reply, problemStatus(error), form(error));
}
