/** Metadata of connections as people work with it: read anew, kept, browsed, compared. */
import { createHash } from 'node:crypto';
import type { Configuration, PublishedConnection } from '../core/configuration/published.ts';
import { Failure, failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import type { MetadataSnapshot, MetadataStore } from '../core/metadata-store.ts';
import { nearestKnown } from '../core/nearest-known.ts';
import type { Clock } from '../core/ports.ts';
import type { Dossier } from '../sdk/dossier.ts';
import type { RemoteMetadata, RemoteObject } from '../sdk/remote-metadata.ts';
import type { ConnectionDesk } from './connection-desk.ts';
import { metadataChanges, type MetadataChange } from './metadata-changes.ts';
import { impactOf, type Impact, type RouteUses } from './metadata-impact.ts';

export interface MetadataDeskOptions {
  desk: ConnectionDesk;
  store: MetadataStore;
  dossierOf: (connection: PublishedConnection) => Dossier;
  configuration: { current(): Configuration };
  /** What a route names of the other side; undefined when nothing is known of it. */
  useOf: (route: string) => RouteUses['use'] | undefined;
  clock: Clock;
}

export interface Comparison {
  from: MetadataSnapshot | null;
  to: MetadataSnapshot;
  changes: readonly MetadataChange[];
  impact: readonly Impact[];
}

export type RefreshStage =
  | { stage: 'fetched'; bytes: number; hash: string; ms: number }
  | { stage: 'read'; objects: number; ms: number }
  /** What the system can do was asked anew, because it describes itself otherwise; how many facts it told. */
  | { stage: 'capabilities'; learnt: number; failure: Failure | null; ms: number }
  | { stage: 'done'; changed: boolean; comparison: Comparison | null };

export class MetadataDesk {
  readonly #options: MetadataDeskOptions;
  /** Read documents by their hash, the latest last. */
  readonly #held = new Map<string, Promise<RemoteMetadata>>();

  constructor(options: MetadataDeskOptions) {
    this.#options = options;
  }

  /** Failures: `connection.noMetadata`, `connection.metadataUnread`. */
  async present(connection: PublishedConnection, signal: AbortSignal): Promise<{ snapshots: readonly MetadataSnapshot[]; metadata: RemoteMetadata }> {
    const snapshots = await this.snapshots(connection);
    const [newest] = snapshots;
    if (newest === undefined) throw failure('connection.metadataUnread', { connection: connection.name });
    return { snapshots, metadata: await this.#read(connection, newest, signal) };
  }

  async snapshots(connection: PublishedConnection): Promise<readonly MetadataSnapshot[]> {
    this.#options.desk.metadataOf(connection);
    return this.#options.store.list(connection.id);
  }

  /** An equal document is not read again. Until the new one has been read completely, the earlier one stays the present one. */
  async *refresh(connection: PublishedConnection, signal: AbortSignal): AsyncGenerator<RefreshStage> {
    const { desk, dossierOf, clock } = this.#options;
    const [earlier] = await this.snapshots(connection);
    const beganMs = clock.monotonicMs();
    const document = await desk.fetchMetadata(connection, signal);
    const hash = createHash('sha256').update(document.bytes).digest('hex');
    yield { stage: 'fetched', bytes: document.bytes.length, hash, ms: clock.monotonicMs() - beganMs };
    if (earlier?.hash !== hash) {
      const fetchedMs = clock.monotonicMs();
      const reading = desk.metadataOf(connection).read(connection.name, document, signal);
      const metadata = await reading;
      this.#hold(hash, reading);
      yield { stage: 'read', objects: metadata.objects.length, ms: clock.monotonicMs() - fetchedMs };
    }
    await dossierOf(connection).keep(document);
    if (earlier?.hash !== hash) yield* this.#learn(connection, signal);
    const changed = earlier !== undefined && earlier.hash !== hash;
    yield { stage: 'done', changed: earlier?.hash !== hash, comparison: changed ? await this.compare(connection, { from: earlier.hash, to: hash }, signal) : null };
  }

  /** Trouble with it changes nothing of the metadata, which is kept by now. */
  async *#learn(connection: PublishedConnection, signal: AbortSignal): AsyncGenerator<RefreshStage> {
    const { desk, clock } = this.#options;
    if (!desk.hasCapabilities(connection)) return;
    const beganMs = clock.monotonicMs();
    const told = await desk.learnCapabilities(connection, signal).then((learnt) => ({ learnt, failure: null }), (error: unknown) => {
      if (error instanceof Failure) return { learnt: 0, failure: error };
      throw error;
    });
    yield { stage: 'capabilities', ...told, ms: clock.monotonicMs() - beganMs };
  }

  /** What is wrong with what is kept: a snapshot of another address is not worked by. */
  async findings(connection: PublishedConnection, { address }: MetadataSnapshot): Promise<readonly Failure[]> {
    const expected = await this.#options.desk.metadataAddress(connection);
    return expected === address ? [] : [failure('connection.snapshotElsewhere', { connection: connection.name, address, expected })];
  }

  /** Of two snapshots; of the present one and the one before it unless told. */
  async compare(connection: PublishedConnection, { from, to }: { from?: string; to?: string }, signal: AbortSignal): Promise<Comparison> {
    const snapshots = await this.snapshots(connection);
    if (snapshots.length === 0) throw failure('connection.metadataUnread', { connection: connection.name });
    const later = named(connection, snapshots, to) ?? snapshots[0];
    if (later === undefined) throw failure('connection.metadataUnread', { connection: connection.name });
    const earlier = named(connection, snapshots, from) ?? snapshots[snapshots.indexOf(later) + 1] ?? null;
    if (earlier === null) return { from: null, to: later, changes: [], impact: [] };
    const before = await this.#read(connection, earlier, signal);
    const changes = metadataChanges(before, await this.#read(connection, later, signal));
    return { from: earlier, to: later, changes, impact: impactOf(changes, this.#uses(connection), before) };
  }

  /** Failures: `connection.unknownObject` with the nearest name. */
  async object(connection: PublishedConnection, name: string, signal: AbortSignal): Promise<{ object: RemoteObject; metadata: RemoteMetadata }> {
    const { metadata } = await this.present(connection, signal);
    const object = objectNamed(metadata, name);
    if (object !== undefined) return { object, metadata };
    throw failure('connection.unknownObject', { connection: connection.name, object: name.slice(0, 200), nearest: nearestKnown(name, metadata.objects.map((known) => known.name)) });
  }

  /** Routes that name the object. */
  routesOf(connection: PublishedConnection, object: string): readonly string[] {
    return this.#uses(connection).filter(({ use }) => use.object === object).map(({ route }) => route);
  }

  #uses({ name }: PublishedConnection): readonly RouteUses[] {
    const { configuration, useOf } = this.#options;
    return configuration.current().routes().filter((route) => route.connection === name).flatMap((route) => {
      const use = useOf(route.name);
      return use === undefined ? [] : [{ route: route.name, use }];
    });
  }

  /** Callers share one reading; one who gives up does not stop it for the others. */
  async #read(connection: PublishedConnection, { hash, address }: MetadataSnapshot, signal: AbortSignal): Promise<RemoteMetadata> {
    const known = this.#held.get(hash);
    if (known !== undefined) return known;
    const bytes = await this.#options.dossierOf(connection).document(hash);
    if (bytes === null) throw failure('connection.snapshotDamaged', { connection: connection.name, hash: hash.slice(0, 12) });
    signal.throwIfAborted();
    const reading = this.#options.desk.metadataOf(connection).read(connection.name, { bytes, address }, new AbortController().signal);
    this.#hold(hash, reading);
    reading.catch(() => this.#held.delete(hash));
    return reading;
  }

  #hold(hash: string, reading: Promise<RemoteMetadata>): void {
    this.#held.delete(hash);
    this.#held.set(hash, reading);
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= limits.metadataHeld.value) break;
      this.#held.delete(oldest);
    }
  }
}

/** By its hash or the beginning of it, of at least eight digits. */
function named(connection: PublishedConnection, snapshots: readonly MetadataSnapshot[], hash: string | undefined): MetadataSnapshot | undefined {
  if (hash === undefined) return undefined;
  const found = hash.length < 8 ? undefined : snapshots.find((snapshot) => snapshot.hash.startsWith(hash));
  if (found !== undefined) return found;
  throw failure('connection.unknownSnapshot', { connection: connection.name, hash: hash.slice(0, 64), limit: limits.metadataSnapshots.value, known: snapshots.map((snapshot) => snapshot.hash.slice(0, 12)).join(', ') });
}

/**
 * The object of exactly this name; else a table part that is published only inside its owner, under the owner's name and its own.
 * Names hold underscores themselves, so only names that are there decide where one ends: the longest owner that has such a part.
 */
function objectNamed({ objects }: RemoteMetadata, name: string): RemoteObject | undefined {
  const byName = new Map(objects.map((object) => [object.name, object]));
  const exact = byName.get(name);
  if (exact !== undefined) return exact;
  for (let end = name.lastIndexOf('_'); end > 0; end = name.lastIndexOf('_', end - 1)) {
    const owner = byName.get(name.slice(0, end));
    const part = owner?.fields.find((field) => field.role === 'tablePart' && field.name === name.slice(end + 1));
    if (owner !== undefined && part !== undefined) return { name, kind: owner.kind, partOf: owner.name, keys: [], fields: part.fields ?? [], references: [] };
  }
  return undefined;
}
