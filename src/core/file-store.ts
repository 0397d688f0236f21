/** Files of records as the store keeps them: bytes by their hash, and every version that a record has had. */
import type { DetectedType } from './file-rules.ts';
import type { StoredFile } from './file.ts';

export interface FileVersion extends StoredFile {
  /** Id of the attribute. */
  attribute: string;
}

export interface FileStore {
  /**
   * Takes bytes as they come, with flat memory; durable when it resolves. Bytes that no record names are removed after a day.
   * Rejects with what `tooLarge` gives once there are more than `limitBytes`, and keeps nothing then.
   */
  take(chunks: AsyncIterable<Uint8Array>, limitBytes: number, tooLarge: () => Error): Promise<TakenFile>;
  /** From byte `from` to byte `to`, both included. Throws `store.blobMissing`. */
  bytes(hash: string, range?: { from: number; to: number }): Promise<AsyncIterable<Uint8Array>>;
  /** Newest first; those of files that the record no longer shows, too. */
  versions(record: string, attribute: string): Promise<readonly FileVersion[]>;
}

export interface TakenFile {
  hash: string;
  size: number;
  detected: DetectedType | null;
}
