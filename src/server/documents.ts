/** The OpenAPI document and Swagger UI under /docs, for those who may call the API. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { openApiDocument } from '../api/openapi.ts';
import type { Caller } from '../core/account.ts';
import type { Template } from '../core/template.ts';
import { Failure } from '../core/failure.ts';
import { assertOwnPassword, type Authentication } from './authentication.ts';
import { documentsLook } from './documents-look.ts';
import { languageOf, problemStatus } from './problem.ts';
import { assertMay, callerRecords } from './sign-in.ts';
import { passwordPath, signInFor } from './sign-in-pages.ts';

export interface DocumentsOptions {
  authentication: Authentication;
  version: string;
  publicUrl: string | null;
  /** Published now. */
  templates: () => readonly Template[];
}

/** A template is shown to whoever may read records of it. */
const mayRead = (caller: Caller | undefined, { name }: Template): boolean => caller !== undefined && callerRecords(caller, name, 'read') !== null;

const routePrefix = '/docs';

/** Everything comes from this server: nothing is fetched from elsewhere, and no other page may frame it. */
const contentPolicy = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'";

/**
 * Runs in the browser, by its text alone: a change that is tried out within a session says that it comes from our page.
 * Nothing is asked for what says itself who it is.
 */
async function withCsrf<R>(request: R): Promise<R> {
  // What the page hands over has plain headers.
  const tried = request as unknown as { url: string; method?: string; headers: Record<string, string> };
  const isChange = tried.method !== undefined && !/^(?:get|head)$/i.test(tried.method);
  if (!isChange || Object.keys(tried.headers).some((name) => name.toLowerCase() === 'authorization')) return request;
  const answer = await fetch('/api/v1/session');
  if (answer.ok) tried.headers['Zveno-Csrf'] = ((await answer.json()) as { csrf: string }).csrf;
  return request;
}

export async function registerDocuments(app: FastifyInstance, { authentication, version, publicUrl, templates }: DocumentsOptions): Promise<void> {
  const readers = new WeakMap<FastifyRequest, Caller>();
  const signedIn = async (request: FastifyRequest): Promise<void> => {
    const authenticated = await authentication.of(request, { session: true });
    assertMay(authenticated.caller, 'api.call');
    assertOwnPassword(authenticated);
    readers.set(request, authenticated.caller);
  };
  /** A person is led to the page to sign in at; whatever else asks is told why not. */
  const turnedAway = (request: FastifyRequest, reply: FastifyReply, error: unknown): boolean => {
    const isPage = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html') && error instanceof Failure;
    if (!isPage || (problemStatus(error) !== 401 && error.code !== 'access.passwordChange')) return false;
    void reply.header('cache-control', 'no-store').redirect(signInFor(request, error.code === 'access.passwordChange' ? passwordPath : undefined), 303);
    return true;
  };
  await app.register(swagger, { mode: 'static', specification: { document: { openapi: '3.1.0', info: { title: 'Zveno', version }, paths: {} } } });
  await app.register(swaggerUi, {
    routePrefix,
    staticCSP: contentPolicy,
    theme: documentsLook,
    uiHooks: { onRequest: (request, reply, done) =>
        void signedIn(request).then(
          () => done(),
          (error: Error) => {
            if (!turnedAway(request, reply, error)) done(error);
          },
        ),
    },
    uiConfig: { validatorUrl: null, tryItOutEnabled: true, persistAuthorization: false, docExpansion: 'none', filter: true, requestInterceptor: withCsrf },
    transformSpecification: (_document, request) =>
      openApiDocument({ lang: languageOf(request.headers['accept-language']), version, publicUrl, templates: templates().filter((template) => mayRead(readers.get(request), template)) }),
    transformSpecificationClone: false,
  });
}
