/** Snapshots of what remote systems said about themselves, per connection. */
export interface MetadataSnapshot {
  /** SHA-256 of the document in hex: equal hashes are equal documents. */
  hash: string;
  address: string;
  bytes: number;
  /** When it was last found to be the present one. */
  checkedAt: string;
  /** When it became the present one. */
  since: string;
  /** By which its service tells whether it has changed; null when it has no such mark. */
  etag: string | null;
}

export interface MetadataStore {
  /** The present one first, then the ones before it. */
  list(connection: string): Promise<readonly MetadataSnapshot[]>;
  /** The document as it came; null when it is not kept any more. Throws when it cannot be unpacked. */
  document(connection: string, hash: string): Promise<Uint8Array | null>;
  /** Makes it the present one at once, and forgets the oldest beyond `keep`. A document that is the present one already is only marked as checked. */
  keep(connection: string, snapshot: { hash: string; address: string; etag: string | null; document: Uint8Array }, keep: number): Promise<void>;
  /** Marks the present one as checked, if this is its hash. */
  confirm(connection: string, hash: string): Promise<void>;
  /** Forgets a snapshot whose document is damaged. */
  forget(connection: string, hash: string): Promise<void>;
}
