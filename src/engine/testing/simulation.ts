/**
 * One simulation: clients post orders to two nodes while nodes die, stop for a while and the remote misbehaves;
 * then the faults stop, and everything has to come to its end. All choices come from the seed.
 */
import type { CrashPoint } from '../../core/ports.ts';
import { openJobStates } from '../../core/job.ts';
import type { Reply } from '../reply.ts';
import { brokenPromises, type TickJob } from './promises.ts';
import { SimulatedCluster, type RunningNode, type SimulatedBugs, type SimulatedOrder } from './simulated-cluster.ts';
import { orderRoutes, simulatedShop } from './simulated-configuration.ts';
import type { RemoteFate } from './simulated-remote.ts';

export const crashPoints = [
  'intake.beforeCommit',
  'intake.afterCommit',
  'blob.beforeRow',
  'commit.sent',
  'commit.acknowledged',
  'request.afterIntent',
  'request.afterBytes',
  'request.beforeOutcome',
  'outbox.afterClaim',
  'outbox.afterBytes',
  'outbox.beforeOutcome',
  'reply.beforeSend',
] as const satisfies readonly CrashPoint[];

/** How an order ended for its client. */
export type Acknowledged = 'accepted' | 'parked';

export interface SimulationReport {
  seed: number;
  orders: readonly SimulatedOrder[];
  acknowledged: ReadonlyMap<string, Acknowledged>;
  /** Kills by named point; `random` for those at any moment. */
  deaths: ReadonlyMap<string, number>;
  pauses: number;
  /** Shutdowns that were asked for. */
  drains: number;
  /** Messages that a person has to look at. */
  dead: number;
  /** Sentences about promises that were not kept; empty when all is well. */
  broken: readonly string[];
}

const nodes = ['one', 'two'] as const;
const faultsMs = 10_000;
const patienceMs = 600_000;
const customers = ['A', 'B', 'C'];
const ordersEach = 8;
const sourceRows = 120;
const tickJob: TickJob = { id: 'job-ticks', count: 40, each: 5, refused: [7, 23] };

export async function simulate(seed: number, bugs: Partial<SimulatedBugs> = {}): Promise<SimulationReport> {
  const simulation = new Simulation(seed, bugs);
  return simulation.run();
}

class Simulation {
  readonly #cluster: SimulatedCluster;
  readonly #seed: number;
  readonly #orders: SimulatedOrder[] = [];
  readonly #acknowledged = new Map<string, Acknowledged>();
  readonly #deaths = new Map<string, number>();
  #pauses = 0;
  #drains = 0;
  #faulty = true;

  constructor(seed: number, bugs: Partial<SimulatedBugs>) {
    this.#seed = seed;
    this.#cluster = new SimulatedCluster({ seed, bugs });
  }

  async run(): Promise<SimulationReport> {
    const { world, remote, database } = this.#cluster;
    remote.decide = () => this.#fateOfCall();
    remote.rows = sourceRows;
    this.#cluster.publish(simulatedShop({ source: true }));
    for (const name of nodes) void this.#cluster.start(name);
    void this.#harm();
    let clients = customers.length;
    for (const customer of customers) void this.#client(customer).then(() => (clients -= 1));
    void this.#beginJob();
    const jobOver = (): boolean => !openJobStates.includes(database.state.jobs.get(tickJob.id)?.state ?? 'queued');
    const sourceOver = (): boolean => database.state.sources.get('route-readRows')?.cursor === sourceRows;
    const ended = await world.until(() => !this.#faulty && clients === 0 && jobOver() && sourceOver() && database.state.inbox.size === 0 && database.state.outbox.size === 0, patienceMs);
    const { crashes } = this.#cluster;
    const unfinished = ended ? [] : [`not everything ended: ${clients} clients wait, inbox ${database.state.inbox.size}, outbox ${database.state.outbox.size}, job ${database.state.jobs.get(tickJob.id)?.state}, source at ${JSON.stringify(database.state.sources.get('route-readRows'))}`];
    const broken = [...crashes, ...unfinished, ...brokenPromises({ orders: this.#orders, ticks: tickJob, rows: sourceRows, acknowledged: this.#acknowledged, state: database.state, acts: remote.acts })];
    const dead = [...database.state.messages.values()].filter((row) => row.state === 'dead').length;
    return { seed: this.#seed, orders: this.#orders, acknowledged: this.#acknowledged, deaths: this.#deaths, pauses: this.#pauses, drains: this.#drains, dead, broken };
  }

  #fateOfCall(): RemoteFate {
    const { random } = this.#cluster.world;
    if (!this.#faulty || random.chance(0.6)) return 'answer';
    return (['slow', 'slowLost', 'busy', 'refuse', 'lostBefore', 'lostAfter'] as const)[random.below(6)] ?? 'answer';
  }

  // Clients

  /** Posts its orders one after another, each again and again under its key until it is answered. */
  async #client(customer: string): Promise<void> {
    const { world } = this.#cluster;
    for (let seq = 1; seq <= ordersEach; seq += 1) {
      const route = orderRoutes[world.random.below(orderRoutes.length)] ?? 'nowOrders';
      const order: SimulatedOrder = { route, number: `${customer}-${seq}`, customer, seq, ...(world.random.chance(0.05) ? { padding: 'x'.repeat(70_000) } : {}) };
      this.#orders.push(order);
      this.#acknowledged.set(order.number, await this.#postUntilAnswered(order));
      await world.sleep(world.random.fraction() * 600);
    }
  }

  async #postUntilAnswered(order: SimulatedOrder): Promise<Acknowledged> {
    const { world } = this.#cluster;
    for (;;) {
      const { running } = this.#cluster;
      const node = running[world.random.below(running.length)];
      const answer = node === undefined ? null : await this.#cluster.post(node, order);
      const end = answer?.kind === 'reply' ? endOf(answer.reply) : null;
      if (end !== null) return end;
      await world.sleep(50 + world.random.fraction() * 200);
    }
  }

  /** Asks again under the same id until somebody said that it is durable. */
  async #beginJob(): Promise<void> {
    const { world } = this.#cluster;
    const { id, ...input } = tickJob;
    for (;;) {
      const { running } = this.#cluster;
      const node = running[world.random.below(running.length)];
      const begun = node === undefined ? false : await Promise.race([node.engine.jobs.start({ id, kind: 'ticks', subject: null, input, by: 'system' }).then(() => true, () => false), node.died.then(() => false)]);
      if (begun) return;
      await world.sleep(50 + world.random.fraction() * 200);
    }
  }

  // Faults

  async #harm(): Promise<void> {
    const { world } = this.#cluster;
    for (const name of nodes) void this.#keepUp(name);
    while (world.now < faultsMs) {
      await world.sleep(100 + world.random.fraction() * 900);
      const { running } = this.#cluster;
      const victim = running[world.random.below(running.length)];
      if (victim !== undefined) this.#harmOne(victim);
    }
    this.#faulty = false;
    for (const { node } of this.#cluster.running) {
      node.spare();
      node.resume();
    }
  }

  #harmOne({ node, engine }: RunningNode): void {
    const { world } = this.#cluster;
    const chance = world.random.fraction();
    if (chance < 0.12) {
      node.die();
    } else if (chance < 0.2) {
      this.#drains += 1;
      void engine.drain().then(() => node.die());
    } else if (chance < 0.8) {
      const point = crashPoints[world.random.below(crashPoints.length)];
      if (point !== undefined) node.dieAt(point, 1 + world.random.below(3));
    } else {
      this.#pauses += 1;
      node.pause();
      void world.sleep(world.random.fraction() * 6_000).then(() => node.resume());
    }
  }

  /** Starts the node again some time after each death. */
  async #keepUp(name: string): Promise<void> {
    const { world } = this.#cluster;
    for (;;) {
      const running = this.#cluster.running.find(({ node }) => node.name === name) ?? (await this.#cluster.start(name));
      await running.died;
      const point = running.node.diedAt ?? 'random';
      this.#deaths.set(point, (this.#deaths.get(point) ?? 0) + 1);
      await world.sleep(20 + world.random.fraction() * 600);
    }
  }
}

/** Null: post it again. A message that waits for a person is answered with that. */
function endOf(reply: Reply): Acknowledged | null {
  switch (reply.kind) {
    case 'accepted':
      return 'accepted';
    case 'body':
      return reply.status < 300 ? 'accepted' : null;
    case 'failure':
      return reply.failure.next.kind === 'park' ? 'parked' : null;
    default:
      return reply satisfies never;
  }
}
