/** Everything that a start of one database cluster needs to know; it stays the same over restarts. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Log } from '../../core/ports.ts';
import type { Binaries } from './binaries.ts';
import type { DataFolder } from './data-folder.ts';
import type { Passwords } from './passwords.ts';
import { commandLineOf, findProcesses } from './process-list.ts';
import { serverArguments, type ServerSettings } from './server-settings.ts';

export interface Cluster {
  readonly folder: DataFolder;
  readonly binaries: Binaries;
  readonly passwords: Passwords;
  readonly socketFolder: string;
  /** How its processes call themselves; see `clusterNameOf`. */
  readonly name: string;
  readonly tcp: boolean;
  readonly durable: boolean;
  readonly settings: ServerSettings;
  readonly log: Log;
}

/** The same wherever the folder is moved, another for a copy: the copy's server must never be taken for the original's. */
export async function clusterNameOf({ id, clusterFolder }: DataFolder): Promise<string> {
  const { ino } = await stat(clusterFolder);
  return `zveno_${id.slice(0, 16)}_${ino.toString(36)}`;
}

export function commandOf({ binaries, folder, name, socketFolder, tcp, durable, settings }: Cluster, port: number): readonly string[] {
  return [binaries.postgres, ...serverArguments({ clusterFolder: folder.clusterFolder, name, socketFolder, port, tcp, durable, settings })];
}

/** A live server process of this very cluster, by what it was started with. */
export function isPostmasterOf(cluster: Cluster, pid: number): boolean {
  const line = commandLineOf(pid);
  return line !== undefined && isPostmaster(cluster, line);
}

/** Every live process of this cluster, the server's children included. */
export function processesOf(cluster: Cluster): number[] {
  const title = `postgres: ${cluster.name}: `;
  return findProcesses((line) => isPostmaster(cluster, line) || line[0]?.startsWith(title) === true);
}

function isPostmaster({ name, folder }: Cluster, line: readonly string[]): boolean {
  if (line[0] === undefined || basename(line[0]) !== 'postgres') return false;
  return line.includes(`cluster_name=${name}`) || line[line.indexOf('-D') + 1] === folder.clusterFolder;
}
