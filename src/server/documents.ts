/** The OpenAPI document and Swagger UI under /docs, for those who may call the API. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { openApiDocument } from '../api/openapi.ts';
import { languageOf } from './problem.ts';
import type { Authentication } from './authentication.ts';
import { assertMay } from './sign-in.ts';

export interface DocumentsOptions {
  authentication: Authentication;
  version: string;
  publicUrl: string | null;
}

const routePrefix = '/docs';

/** Everything comes from this server: nothing is fetched from elsewhere, and no other page may frame it. */
const contentPolicy = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'";

export async function registerDocuments(app: FastifyInstance, { authentication, version, publicUrl }: DocumentsOptions): Promise<void> {
  // A browser asks for the account and the password by itself when it is answered with 401.
  const mayRead = async (request: FastifyRequest): Promise<void> => {
    assertMay((await authentication.of(request)).caller, 'api.call');
  };
  await app.register(swagger, { mode: 'static', specification: { document: { openapi: '3.1.0', info: { title: 'Zveno', version }, paths: {} } } });
  await app.register(swaggerUi, {
    routePrefix,
    staticCSP: contentPolicy,
    uiHooks: { onRequest: (request, _reply, done) => void mayRead(request).then(() => done(), done) },
    uiConfig: { validatorUrl: null, tryItOutEnabled: true, persistAuthorization: false, docExpansion: 'none', filter: true },
    transformSpecification: (_document, request) => openApiDocument({ lang: languageOf(request.headers['accept-language']), version, publicUrl }),
    transformSpecificationClone: false,
  });
}
