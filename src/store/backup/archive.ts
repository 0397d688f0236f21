/**
 * What a backup's file is: a tar, compressed by zstd, whose members come in this order:
 * `manifest.json`, `key.json` when the master key travels along, `structure.json`, `tables/<table>/<number>.copy` in the
 * order in which they can be loaded, `blobs/<hash>`, and last `contents.json`, which tells the size and checksum of every
 * other member. A file that was cut off has no contents, and so is none.
 */

export const format = 1;

export interface Manifest {
  format: number;
  createdAt: string;
  /** Version of the platform that wrote it. */
  product: string;
  /** The instance it was made of; null: it did not know yet who it is. */
  instance: string | null;
  migrations: readonly { number: number; name: string; checksum: string }[];
  /** Names the master key that the secrets need; tells nothing about it. Null: there are no secrets. */
  keyId: string | null;
}

export interface Contents {
  members: Readonly<Record<string, { bytes: number; sha256: string }>>;
  /** Rows by table. */
  rows: Readonly<Record<string, number>>;
  blobs: number;
}

/** Tables and columns as they are in the database that was read; statements in its own words. */
export interface Structure {
  /** Partitions of the platform's tables, parents before children. */
  partitions: readonly { name: string; parent: string; bound: string }[];
  /** The tables of records: what makes each, and what is added when its rows are in. */
  records: readonly { name: string; create: string; rules: readonly string[] }[];
  /** Foreign keys between them; they come last. */
  links: readonly string[];
  /** Tables with the columns that are carried, in the order in which they can be loaded. */
  tables: readonly { name: string; columns: readonly string[] }[];
  sequences: readonly { name: string; value: string }[];
}

export const names = {
  manifest: 'manifest.json',
  key: 'key.json',
  structure: 'structure.json',
  contents: 'contents.json',
  chunk: (table: string, number: number): string => `tables/${table}/${String(number).padStart(6, '0')}.copy`,
  blob: (hash: string): string => `blobs/${hash}`,
} as const;

/** What a member's name says; undefined for one that no backup has. */
export function memberOf(name: string): { kind: 'manifest' | 'key' | 'structure' | 'contents' } | { kind: 'chunk'; table: string } | { kind: 'blob'; hash: string } | undefined {
  for (const kind of ['manifest', 'key', 'structure', 'contents'] as const) if (name === names[kind]) return { kind };
  const table = /^tables\/(zveno(?:_data)?\.[a-z0-9_]+)\/\d{6,}\.copy$/.exec(name)?.[1];
  if (table !== undefined) return { kind: 'chunk', table };
  const hash = /^blobs\/([0-9a-f]{64})$/.exec(name)?.[1];
  return hash === undefined ? undefined : { kind: 'blob', hash };
}
