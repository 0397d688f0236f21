/** The OpenAPI document and Swagger UI under /docs, for those who may call the API. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { openApiDocument } from '../api/openapi.ts';
import type { Caller } from '../core/account.ts';
import type { Template } from '../core/template.ts';
import type { Authentication } from './authentication.ts';
import { documentsLook } from './documents-look.ts';
import { languageOf } from './problem.ts';
import { assertMay, callerRecords } from './sign-in.ts';

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

export async function registerDocuments(app: FastifyInstance, { authentication, version, publicUrl, templates }: DocumentsOptions): Promise<void> {
  const readers = new WeakMap<FastifyRequest, Caller>();
  // A browser asks for the account and the password by itself when it is answered with 401.
  const signedIn = async (request: FastifyRequest): Promise<void> => {
    const { caller } = await authentication.of(request);
    assertMay(caller, 'api.call');
    readers.set(request, caller);
  };
  await app.register(swagger, { mode: 'static', specification: { document: { openapi: '3.1.0', info: { title: 'Zveno', version }, paths: {} } } });
  await app.register(swaggerUi, {
    routePrefix,
    staticCSP: contentPolicy,
    theme: documentsLook,
    uiHooks: { onRequest: (request, _reply, done) => void signedIn(request).then(() => done(), done) },
    uiConfig: { validatorUrl: null, tryItOutEnabled: true, persistAuthorization: false, docExpansion: 'none', filter: true },
    transformSpecification: (_document, request) =>
      openApiDocument({ lang: languageOf(request.headers['accept-language']), version, publicUrl, templates: templates().filter((template) => mayRead(readers.get(request), template)) }),
    transformSpecificationClone: false,
  });
}
