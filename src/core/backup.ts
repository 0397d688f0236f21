/** Backups that the platform makes into its own folder, one at a time. A restore is no part of it: it goes into an empty place, by a command. */
import type { BackupKey } from './backup-key.ts';

export interface BackupFile {
  name: string;
  bytes: number;
  /** UTC text. */
  madeAt: string;
  /** In hexadecimal digits; null for one that was made otherwise. */
  sha256: string | null;
}

export interface BackupWriting {
  /** Of the file. */
  name: string;
  key: BackupKey;
  signal: AbortSignal;
  /** Tables and bodies behind it, and all of them. */
  readonly progress: (done: number, total: number) => void;
}

export interface Backups {
  /** Newest first; what is not complete is not among them. */
  list(): Promise<readonly BackupFile[]>;
  /** Null for what is not there, whatever the name tries. */
  find(name: string): Promise<BackupFile | null>;
  read(name: string, range?: { from: number; to: number }): Promise<AsyncIterable<Uint8Array>>;
  /** False when there was none. */
  remove(name: string): Promise<boolean>;
  /** The master key under the passphrase, or without one only its id. */
  keyUnder(passphrase: string | null): Promise<BackupKey>;
  /** Throws `backup.noSpace`, `backup.busy` and what reading throws; then there is no file. A file of that name that is complete is left as it is. */
  write(writing: BackupWriting): Promise<BackupFile>;
}
