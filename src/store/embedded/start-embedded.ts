/**
 * The embedded PostgreSQL: a real server below one platform process, for trial and single nodes.
 * It is made, started or adopted here, and then watched by its supervisor. An owner that is killed leaves it running for the next one.
 */
import { stat } from 'node:fs/promises';
import type { Log } from '../../core/ports.ts';
import { prepareBinaries } from './binaries.ts';
import { clusterNameOf, type Cluster } from './cluster.ts';
import { openDataFolder, type DataFolder } from './data-folder.ts';
import { folderFailure } from './folder-failure.ts';
import { checkClusterVersion, initialise } from './initialise.ts';
import { launch } from './launch.ts';
import { readOrDrawPasswords } from './passwords.ts';
import type { ServerSettings } from './server-settings.ts';
import { makeSocketFolder } from './socket-folder.ts';
import { EmbeddedPostgres } from './supervisor.ts';

export interface EmbeddedOptions {
  readonly dataFolder: string;
  readonly log: Log;
  /** Gives up a start that is under way; a server that runs is ended by `stop`. */
  readonly signal?: AbortSignal;
  /** A private socket unless told; TCP listens on 127.0.0.1 only, port 0 takes a free one and keeps it over restarts. */
  readonly listen?: { readonly kind: 'socket' } | { readonly kind: 'tcp'; readonly port: number };
  /** Added to our own; what guards durability and access cannot be changed. */
  readonly settings?: ServerSettings;
  /** False gives up safety against power cuts for speed; only for data that a test throws away. */
  readonly durable?: boolean;
}

/** Resolves when the platform's role has been let in. Throws a Failure of the store's catalogue that says what to do. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const signal = options.signal ?? new AbortController().signal;
  signal.throwIfAborted();
  const folder = await openDataFolder(options.dataFolder);
  try {
    const cluster = await prepareCluster(folder, options, signal);
    const postmaster = await launch(cluster, options.listen?.kind === 'tcp' ? options.listen.port : 0, signal);
    return new EmbeddedPostgres(cluster, postmaster);
  } catch (cause) {
    folder.release();
    throw folderFailure(folder.path, cause);
  }
}

async function prepareCluster(folder: DataFolder, options: EmbeddedOptions, signal: AbortSignal): Promise<Cluster> {
  const { log, listen, settings = {}, durable = true } = options;
  const binaries = await prepareBinaries({ user: folder.user, folder: folder.path, signal });
  const exists = (await stat(folder.clusterFolder).catch(() => undefined)) !== undefined;
  const passwords = await readOrDrawPasswords(folder.path, exists);
  if (exists) {
    await checkClusterVersion(folder, binaries.major);
  } else {
    log.info('database.initialising', { folder: folder.path, version: binaries.version });
    await initialise({ folder, binaries, superuserPassword: passwords.superuser, durable, signal });
  }
  const [name, socketFolder] = await Promise.all([clusterNameOf(folder), makeSocketFolder(folder)]);
  return { folder, binaries, passwords, socketFolder, name, tcp: listen?.kind === 'tcp', durable, settings, log };
}
