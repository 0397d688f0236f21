/** The HTTP server: everything that answers, over one Fastify. */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { operationList } from '../api/operations.ts';
import { failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import type { Log } from '../core/ports.ts';
import type { StoredReplies } from '../core/stored-replies.ts';
import { apiHandlers } from './api/handlers.ts';
import { openHandlers } from './api/sessions.ts';
import type { ApiParts } from './api/parts.ts';
import { registerApi } from './api/register.ts';
import { registerDocuments } from './documents.ts';
import { registerHealth, type Readiness } from './health.ts';
import { inboundPrefix } from './inbound-index.ts';
import { registerInbound, type InboundOptions } from './inbound.ts';
import { registerMetrics, type Metrics, type MetricsSources } from './metrics.ts';
import type { LastingCallerParts } from './lasting-caller.ts';
import type { RateLimits } from './rate-limits.ts';
import { registerSignInPages } from './sign-in-pages.ts';
import { asFailure, problemDocument, sendProblem } from './problem.ts';
import type { Authentication } from './authentication.ts';

export interface ServerOptions {
  inbound: InboundOptions;
  api: ApiParts;
  authentication: Authentication;
  rates: RateLimits;
  replies: StoredReplies;
  demandIfMatch: boolean;
  lasting: LastingCallerParts;
  readiness: Readiness;
  metrics: Metrics;
  sources: MetricsSources;
  /** The active one, told with every answer but to senders of messages. */
  environment: string | null;
  /** Where the platform is reached from outside, when that is not where it listens. */
  publicUrl: string | null;
  /** Addresses and networks of proxies whose word counts for where a request comes from. */
  trustedProxies: readonly string[];
  version: string;
  log: Log;
}

export async function createServer({ inbound, api, authentication, rates, replies, demandIfMatch, lasting, readiness, metrics, sources, environment, publicUrl, trustedProxies, version, log }: ServerOptions): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    ...(trustedProxies.length === 0 ? {} : { trustProxy: [...trustedProxies] }),
    bodyLimit: limits.messageBodyBytes.value,
    requestTimeout: limits.uploadMs.value,
    keepAliveTimeout: limits.keepAliveMs.value,
    maxRequestsPerSocket: limits.requestsPerSocket.value,
    http: { maxHeaderSize: limits.headerBytes.value },
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    genReqId: () => randomUUID(),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512 },
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, _request, reply) => void sendProblem(reply, asFailure(error)),
  });
  // Whoever asks for leave to send his body gets it when the body is wanted.
  app.server.on('checkContinue', (request, response) => app.routing(request, response));
  app.addHook('onRequest', async (request, reply) => {
    if (environment !== null && !request.url.startsWith(inboundPrefix)) reply.header('zveno-environment', encodeURI(environment));
    reply.header('zveno-request', request.id).header('x-content-type-options', 'nosniff');
  });
  app.setErrorHandler((error, request, reply) => {
    const problem = asFailure(error);
    if (problem.code === 'http.internal') {
      log.error('http.internal', { request: request.id, method: request.method, route: request.routeOptions.url ?? '', error: error instanceof Error ? error.stack : String(error) });
    }
    return sendProblem(reply, problem);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = (request.url.split('?', 1)[0] ?? '').slice(0, 200);
    const allowed = methodsAt(path);
    return sendProblem(reply, allowed.length === 0 ? failure('http.notFound', { method: request.method, path }) : failure('http.methodNotAllowed', { method: request.method, allowed: allowed.join(', ') }));
  });
  app.get('/', async (_request, reply) => reply.redirect('/docs', 302));
  registerHealth(app, readiness);
  registerMetrics(app, { metrics, sources, authentication });
  registerInbound(app, inbound);
  registerApi(app, { handlers: apiHandlers(api), openHandlers: openHandlers(api), authentication, signingKeys: api.signingKeys, auditor: inbound.auditor, rates, replies, demandIfMatch, lasting, log });
  app.addHook('onClose', async () => inbound.auditor.flush(true));
  registerSignInPages(app, { authentication, desk: api.sessionDesk, auditor: inbound.auditor, rates });
  await registerDocuments(app, { authentication, version, publicUrl, templates: () => api.configuration.current().templates.all() });
  await app.ready();
  return app;
}

/** Methods of the operations at this path, when there are any. */
function methodsAt(path: string): readonly string[] {
  return operationList.filter((operation) => new RegExp(`^${operation.path.replace(/\{\w+\}/g, '[^/]+')}/?$`).test(path)).map(({ method }) => method);
}

/** What the parser says, in words that lead on. */
const brokenDetails: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: `headers over ${limits.headerBytes.value} bytes`,
  HPE_INVALID_URL: 'the address holds a character that has to be percent-encoded, such as %D0%90 for А (curl: -G --data-urlencode)',
};

/** What is not HTTP, or too much of it, before there is a request to answer. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const tooMuch = error.code === 'HPE_HEADER_OVERFLOW';
  const status = tooMuch ? '431 Request Header Fields Too Large' : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request';
  const problem = problemDocument(failure('http.malformed', { detail: brokenDetails[error.code ?? ''] ?? error.code ?? 'not HTTP' }), 'en', null);
  const body = JSON.stringify({ ...problem, status: Number(status.slice(0, 3)) });
  socket.end(`HTTP/1.1 ${status}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
}
