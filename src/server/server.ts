/** The HTTP server: everything that answers, over one Fastify. */
import fastify, { type FastifyInstance } from 'fastify';
import { failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import type { Log } from '../core/ports.ts';
import { registerHealth, type Readiness } from './health.ts';
import { registerInbound, type InboundOptions } from './inbound.ts';
import { asFailure, sendProblem } from './problem.ts';

export interface ServerOptions {
  inbound: InboundOptions;
  readiness: Readiness;
  log: Log;
  /** Further resources: the REST API, its documents. */
  register(app: FastifyInstance): void;
}

export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { inbound, readiness, log } = options;
  const app = fastify({
    logger: false,
    bodyLimit: limits.messageBodyBytes.value,
    requestTimeout: limits.requestReadMs.value,
    keepAliveTimeout: limits.keepAliveMs.value,
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512 },
  });
  app.setErrorHandler((error, request, reply) => {
    const problem = asFailure(error);
    if (problem.code === 'http.internal') log.error('http.internal', { method: request.method, route: request.routeOptions.url ?? '', error: error instanceof Error ? error.stack : String(error) });
    return sendProblem(reply, problem);
  });
  app.setNotFoundHandler((request, reply) => sendProblem(reply, failure('http.notFound', { method: request.method, path: (request.url.split('?', 1)[0] ?? '').slice(0, 200) })));
  app.get('/', async (_request, reply) => reply.redirect('/docs', 302));
  registerHealth(app, readiness);
  registerInbound(app, inbound);
  options.register(app);
  await app.ready();
  return app;
}
