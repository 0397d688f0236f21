/** Is this process alive, and can it do its work? */
import type { FastifyInstance } from 'fastify';

export interface Readiness {
  /** Names what stands in the way; empty when everything is there. */
  obstacles(): Promise<readonly { part: string; text: string }[]>;
}

export function registerHealth(app: FastifyInstance, readiness: Readiness): void {
  app.get('/health/live', { config: { open: true } }, async () => ({ status: 'ok' }));
  app.get('/health/ready', { config: { open: true } }, async (_request, reply) => {
    const obstacles = await readiness.obstacles();
    return reply.status(obstacles.length === 0 ? 200 : 503).send({ status: obstacles.length === 0 ? 'ok' : 'unavailable', obstacles });
  });
}
