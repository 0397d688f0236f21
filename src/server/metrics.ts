/** What Prometheus reads: messages, queues, commits, requests and the process itself. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { MessageState } from '../core/effect-set.ts';
import type { Journal } from '../core/journal.ts';
import type { Clock, Log } from '../core/ports.ts';
import type { Store } from '../core/store-port.ts';
import type { Feed, MessageNews } from '../engine/feed.ts';
import { assertOwnPassword, type Authentication } from './authentication.ts';
import { assertMay } from './sign-in.ts';

export interface MetricsOptions {
  clock: Clock;
  log: Log;
}

/** What is looked at when somebody reads. */
export interface MetricsSources {
  journal: Journal;
  feed: Feed;
  inFlight: { readonly bytes: number; readonly requests: number };
  active: { list(): readonly unknown[] };
}

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const over: ReadonlySet<MessageState> = new Set(['done', 'failed', 'dead', 'discarded', 'cancelled']);
/** Messages whose beginning is remembered until their end; more are not measured. */
const measured = 10_000;

export class Metrics {
  readonly #registry = new Registry();
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #begun = new Map<string, number>();
  readonly #commits = new Histogram({ name: 'zveno_commit_seconds', help: 'Commits of effect sets, from the call to its result', labelNames: ['result'], buckets, registers: [this.#registry] });
  readonly #requests = new Histogram({ name: 'zveno_http_request_seconds', help: 'HTTP requests answered', labelNames: ['method', 'route', 'status'], buckets, registers: [this.#registry] });
  readonly #messages = new Counter({ name: 'zveno_messages_total', help: 'Changes of state of messages on this node', labelNames: ['direction', 'state'], registers: [this.#registry] });
  readonly #durations = new Histogram({ name: 'zveno_message_seconds', help: 'From recording a message to its end, where both happened on this node', labelNames: ['direction', 'state'], buckets, registers: [this.#registry] });
  readonly #open = new Gauge({ name: 'zveno_messages_open', help: 'Messages in the journal that are not done', labelNames: ['direction', 'state'], registers: [this.#registry] });
  readonly #waiting = new Gauge({ name: 'zveno_queue_length', help: 'Rows of a queue', labelNames: ['queue'], registers: [this.#registry] });
  readonly #claimed = new Gauge({ name: 'zveno_queue_claimed', help: 'Rows of a queue that a worker holds', labelNames: ['queue'], registers: [this.#registry] });
  readonly #oldest = new Gauge({ name: 'zveno_queue_oldest_due_seconds', help: 'How long the oldest due row has waited', labelNames: ['queue'], registers: [this.#registry] });
  readonly #inFlight = new Gauge({ name: 'zveno_in_flight_requests', help: 'Messages being received by this node', registers: [this.#registry] });
  readonly #inFlightBytes = new Gauge({ name: 'zveno_in_flight_bytes', help: 'Bytes of messages being received by this node', registers: [this.#registry] });
  readonly #runs = new Gauge({ name: 'zveno_active_runs', help: 'Runs and deliveries under way on this node', registers: [this.#registry] });
  readonly #databaseUp = new Gauge({ name: 'zveno_database_up', help: '1 when the database answered this reading', registers: [this.#registry] });

  constructor({ clock, log }: MetricsOptions) {
    this.#clock = clock;
    this.#log = log;
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Measures every commit of the store. */
  timed<S extends Pick<Store, 'commit'>>(store: S): S {
    const commit: Store['commit'] = async (sets) => {
      const began = this.#clock.monotonicMs();
      const results = await store.commit(sets);
      const seconds = (this.#clock.monotonicMs() - began) / 1000;
      for (const { kind } of results) this.#commits.observe({ result: kind }, seconds);
      return results;
    };
    return { ...store, commit };
  }

  /** Returns how to stop. */
  follow(feed: Feed): () => void {
    return feed.subscribe((event) => ('message' in event ? this.#count(event) : undefined));
  }

  answered(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status: `${Math.floor(status / 100)}xx` }, seconds);
  }

  /** While the database is away, what this node knows by itself is still told. */
  async read({ journal, inFlight, active }: MetricsSources): Promise<string> {
    this.#inFlight.set(inFlight.requests);
    this.#inFlightBytes.set(inFlight.bytes);
    this.#runs.set(active.list().length);
    try {
      const [queues, { open }] = await Promise.all([journal.queues(), journal.counts(this.#clock.wallMs())]);
      this.#databaseUp.set(1);
      for (const { queue, waiting, claimed, oldestDueMs } of queues) {
        this.#waiting.set({ queue }, waiting);
        this.#claimed.set({ queue }, claimed);
        this.#oldest.set({ queue }, (oldestDueMs ?? 0) / 1000);
      }
      this.#open.reset();
      for (const { direction, state, count } of open) this.#open.set({ direction, state }, count);
    } catch (error) {
      this.#databaseUp.set(0);
      this.#log.warn('metrics.database', { error: error instanceof Error ? error.message : String(error) });
    }
    return this.#registry.metrics();
  }

  #count({ message, direction, state }: MessageNews): void {
    this.#messages.inc({ direction, state });
    const now = this.#clock.monotonicMs();
    if (!over.has(state)) {
      if (!this.#begun.has(message) && this.#begun.size < measured) this.#begun.set(message, now);
      return;
    }
    const began = this.#begun.get(message);
    this.#begun.delete(message);
    if (began !== undefined) this.#durations.observe({ direction, state }, (now - began) / 1000);
  }
}

export function registerMetrics(app: FastifyInstance, { metrics, sources, authentication }: { metrics: Metrics; sources: MetricsSources; authentication: Authentication }): void {
  const stop = metrics.follow(sources.feed);
  app.addHook('onClose', async () => stop());
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    if (route !== '/api/v1/events') metrics.answered(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
  });
  app.get('/metrics', async (request, reply) => {
    if (!isNeighbour(request)) {
      const authenticated = await authentication.of(request, { session: true });
      assertMay(authenticated.caller, 'messages.view');
      assertOwnPassword(authenticated);
    }
    const text = await metrics.read(sources);
    return reply.type(metrics.contentType).header('cache-control', 'no-store').send(text);
  });
}

/** Somebody on this machine itself. A proxy on it speaks for others, and says so in its headers. */
function isNeighbour({ ip, headers }: FastifyRequest): boolean {
  const isLoopback = ip === '::1' || ip.startsWith('127.') || ip.startsWith('::ffff:127.');
  return isLoopback && headers['x-forwarded-for'] === undefined && headers.forwarded === undefined && headers.via === undefined && headers['x-real-ip'] === undefined;
}
