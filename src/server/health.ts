/** Is this process alive, and can it do its work? */
import type { FastifyInstance } from 'fastify';
import type { InstanceState } from '../core/instance.ts';

export interface Readiness {
  /** The active one; null when the node was not told. */
  environment: string | null;
  /** Names what stands in the way, in words that a stranger may read; empty when everything is there. */
  obstacles(): Promise<readonly { part: string; text: string }[]>;
  /** What somebody should look at soon, in the same words; it keeps nothing from working. */
  warnings(): Promise<readonly { part: string; text: string }[]>;
  /** A paused installation answers and can be looked at: it is ready, and says that it stands still. */
  pause(): InstanceState['pause'];
}

export function registerHealth(app: FastifyInstance, readiness: Readiness): void {
  app.get('/health/live', async (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok' }));
  app.get('/health/ready', async (_request, reply) => {
    const obstacles = await readiness.obstacles();
    const ready = obstacles.length === 0;
    return reply.status(ready ? 200 : 503).header('cache-control', 'no-store').send({ status: ready ? 'ok' : 'unavailable', environment: readiness.environment, obstacles, warnings: ready ? await readiness.warnings() : [], paused: readiness.pause() });
  });
}
