/** What the server itself wrote since a moment, and what that means for a person. */
import { readdir, readFile, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { failure, type Failure } from '../../core/failure.ts';
import type { Cluster } from './cluster.ts';
import { startLogOf } from './postmaster.ts';
import { lockHolder, reasonIn, speaksOfFullDisk, speaksOfTakenPort } from './server-words.ts';

/** Sizes of the log files at that moment, by name. */
export type LogPosition = ReadonlyMap<string, number>;

export async function positionOf(cluster: Cluster): Promise<LogPosition> {
  const folder = logFolder(cluster);
  const names = await readdir(folder).catch((): string[] => []);
  return new Map(await Promise.all(names.map(async (name): Promise<[string, number]> => [name, (await stat(join(folder, name))).size])));
}

export async function readSince(cluster: Cluster, position: LogPosition): Promise<string> {
  const folder = logFolder(cluster);
  const names = await readdir(folder).catch((): string[] => []);
  const parts = await Promise.all(names.map(async (name) => (await readFile(join(folder, name))).subarray(position.get(name) ?? 0).toString()));
  const first = await readFile(startLogOf(cluster), 'utf8').catch(() => '');
  return [first, ...parts].join('\n');
}

export async function startFailure(cluster: Cluster, text: string, port: number): Promise<Failure> {
  const folder = cluster.folder.path;
  if (speaksOfFullDisk(text) || (await isFull(cluster.folder.clusterFolder))) return failure('store.diskFull', { folder });
  if (speaksOfTakenPort(text)) return failure('store.portTaken', { port });
  const pid = lockHolder(text);
  if (pid !== undefined) return failure('store.inUse', { folder, pid });
  return failure('store.startFailed', { folder, reason: reasonIn(text), log: logFolder(cluster) });
}

/** On a full disk the server cannot even write why it ended. With less than one segment of its write-ahead log free, that is why. */
async function isFull(folder: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize < WAL_SEGMENT_BYTES;
}

const WAL_SEGMENT_BYTES = 16 * 1024 * 1024;

export const logFolder = (cluster: Cluster): string => join(cluster.folder.clusterFolder, 'log');
