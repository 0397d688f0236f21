/** Nodes over one model database in one simulated world: they are started, paused, killed, and asked like real ones. */
import { createHash } from 'node:crypto';
import type { Configuration, ConfigurationSource } from '../../core/configuration/published.ts';
import { Failure } from '../../core/failure.ts';
import type { InstanceState } from '../../core/instance.ts';
import { parseJson } from '../../core/json.ts';
import { ownerOf } from '../../core/owner.ts';
import type { Log } from '../../core/ports.ts';
import { createMachine } from '../../core/scenario/machine.ts';
import type { CommitResult, EffectSet } from '../../core/effect-set.ts';
import type { QueueLevels } from '../../core/store-port.ts';
import { Engine } from '../engine.ts';
import type { PlantedBugs } from '../parts.ts';
import type { Reply } from '../reply.ts';
import type { EngineSettings } from '../settings.ts';
import { ModelDatabase } from './model-database.ts';
import { createModelStore, type SharedModel } from './model-store.ts';
import { simulatedShop } from './simulated-configuration.ts';
import { simulatedTicks } from './simulated-job.ts';
import { SimulatedRemote } from './simulated-remote.ts';
import { SimulatedNode, SimulatedWorld } from './simulated-world.ts';

export interface SimulatedBugs extends PlantedBugs {
  skipFence: boolean;
  /** The remote says "not done" of every call that it is asked about. */
  blindVerify: boolean;
}

export interface ClusterOptions {
  seed: number;
  bugs?: Partial<SimulatedBugs>;
  settings?: Partial<EngineSettings>;
}

/** Virtual milliseconds; short, so that leases run out often. */
export const simulatedSettings: EngineSettings = {
  leaseMs: 2_000,
  renewEveryMs: 600,
  pollMs: 300,
  inboxConcurrency: 4,
  outboxConcurrency: 4,
  jobConcurrency: 1,
  sourceConcurrency: 1,
  sourcePlanMs: 5_000,
  jobStallMs: 5_000,
  jobPauseMs: 0,
  publicationWaitMs: 100,
  jobRetryMs: 100,
  replyPollMs: 100,
  replyDeadlineMs: 8_000,
  deadlineTickMs: 100,
  repeatWaitMs: 1_000,
  runDeadlineMs: 30_000,
  recomputePauseMs: 5,
  breakerFailures: 5,
  breakerRestMs: 1_000,
  patienceMs: 500,
  levelsMs: 5_000,
  drainMs: 2_000,
};

export interface RunningNode {
  node: SimulatedNode;
  engine: Engine;
  died: Promise<void>;
}

export interface SimulatedOrder {
  route: string;
  number: string;
  customer: string;
  seq: number;
  padding?: string;
  /** What makes it the same message besides its body. */
  query?: string;
  /** Sent as the Idempotency-Key; the number unless told. */
  key?: string | null;
}

export type Answer = { kind: 'reply'; reply: Reply } | { kind: 'refused'; failure: Failure } | { kind: 'lost' };

export class SimulatedCluster {
  readonly world: SimulatedWorld;
  readonly remote: SimulatedRemote;
  readonly database: ModelDatabase;
  /** Things that must never happen, in words. */
  readonly crashes: string[] = [];
  /** Results of all commits in their order, with the node that heard of them. */
  readonly commits: { node: string; kind: CommitResult['kind'] }[] = [];
  /** Why the installation stands still, when a test wants it to. */
  pause: InstanceState['pause'] = null;
  /** How long a commit of a node takes before it is done, when a test wants to know. */
  commitDelay: (node: string) => number | null = () => null;
  /** How long a read of records takes, when a test wants to know. */
  readDelay: () => number | null = () => null;
  /** What a commit is answered with instead of being done, when a test wants to know. */
  refuseCommit: (set: EffectSet) => CommitResult | null = () => null;
  /** What the nodes see of the queues instead of what is in them, when a test wants to know. */
  levels: QueueLevels | null = null;
  /** A test may say that no space is left for large bodies. */
  blobsFull = false;
  readonly #shared: SharedModel;
  readonly #options: ClusterOptions;
  readonly #running = new Map<string, RunningNode>();
  #boots = 0;
  #configuration: Configuration = simulatedShop();
  readonly #published = new Map<number, Configuration>();

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.world = new SimulatedWorld(options.seed);
    this.remote = new SimulatedRemote(this.world);
    this.remote.blind = options.bugs?.blindVerify === true;
    this.database = new ModelDatabase(this.#configuration.templates, () => this.world.now);
    this.database.skipFence = options.bugs?.skipFence === true;
    this.#shared = { database: this.database, blobs: new Map(), blobsFull: () => this.blobsFull, levels: () => this.levels, listeners: new Set(), delayOf: (operation, node) => (operation === 'commit' ? this.commitDelay(node) : operation === 'read' ? this.readDelay() : null), refuse: (set) => this.refuseCommit(set) };
  }

  async start(name: string): Promise<RunningNode> {
    const node = new SimulatedNode(this.world, name, String(++this.#boots));
    const died = new Promise<void>((resolve) => {
      node.onDeath = resolve;
    });
    const engine = this.#engineOf(node);
    const running = { node, engine, died };
    this.#running.set(name, running);
    await Promise.race([engine.start(), died]);
    return running;
  }

  /** New runs see it at once, on every node. */
  publish(configuration: Configuration): void {
    this.#published.set(this.#configuration.revision, this.#configuration);
    this.#configuration = configuration;
  }

  get running(): readonly RunningNode[] {
    return [...this.#running.values()].filter(({ node }) => node.alive);
  }

  isAlive(name: string): boolean {
    return this.#running.get(name)?.node.alive === true;
  }

  /** What a client of this node sees; `lost` when the node dies or says nothing for `patienceMs`. */
  async post({ engine, died }: RunningNode, order: SimulatedOrder, patienceMs = 10_000): Promise<Answer> {
    const { key = order.number, seq, query, ...fields } = order;
    const body = new TextEncoder().encode(JSON.stringify({ ...fields, seq: String(seq) }));
    const arrival = { route: order.route, body, contentType: 'application/json', caller: 'client', idempotencyKey: key, bodyIsAll: true, ...(query === undefined ? {} : { sameness: Buffer.concat([body, Buffer.from(query)]) }), parse: parseJson };
    const received = engine.receive(arrival).then(
      (reply): Answer => ({ kind: 'reply', reply }),
      (error: unknown): Answer => {
        if (!(error instanceof Failure)) this.crashes.push(`receive: ${error instanceof Error ? error.stack : String(error)}`);
        return error instanceof Failure ? { kind: 'refused', failure: error } : { kind: 'lost' };
      },
    );
    return Promise.race([received, died.then((): Answer => ({ kind: 'lost' })), this.world.sleep(patienceMs).then((): Answer => ({ kind: 'lost' }))]);
  }

  #engineOf(node: SimulatedNode): Engine {
    const store = createModelStore(this.#shared, node);
    const { bugs, settings } = this.#options;
    const configuration: ConfigurationSource = { current: () => this.#configuration, at: (revision) => Promise.resolve(this.#published.get(revision) ?? this.#configuration), onChange: () => () => undefined, atLeast: () => Promise.resolve(this.#configuration) };
    return new Engine({
      store: { ...store, commit: async (sets) => this.#seen(node.name, await store.commit(sets)) },
      machine: createMachine({ hash: uuidOf }),
      configuration,
      remote: this.remote.portOf(node),
      pause: () => this.pause,
      access: { recordAccess: () => Promise.resolve({ filter: null }), nameOf: (account) => Promise.resolve(account), accountNamed: (name) => Promise.resolve(name), knownAccount: (name) => Promise.resolve(name), unknownRoles: () => Promise.resolve([]) },
      clock: node.clock,
      random: this.world.random,
      crashPoints: node.crashPoints,
      log: this.#log(node),
      settings: { ...simulatedSettings, ...settings },
      bugs: { ackBeforeCommit: bugs?.ackBeforeCommit === true, noIntent: bugs?.noIntent === true, checkpointApart: bugs?.checkpointApart === true },
      owner: ownerOf(node.name, node.boot),
      node: node.name,
      boot: node.boot,
      parseBody: (_route, body) => parseJson(body),
      jobKinds: [simulatedTicks(this.world.random)],
    });
  }

  #seen(node: string, results: readonly CommitResult[]): readonly CommitResult[] {
    for (const { kind } of results) this.commits.push({ node, kind });
    return results;
  }

  #log(node: SimulatedNode): Log {
    const quiet = (): void => undefined;
    return { debug: quiet, info: quiet, warn: quiet, error: (event, fields) => this.crashes.push(`${node.name}: ${event} ${JSON.stringify(fields)}`) };
  }
}

function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
