/** Bytes up to 64 KiB stay in the row, larger ones are named by their hash in the blob store. */
export type Payload = { kind: 'bytes'; bytes: Uint8Array } | { kind: 'blob'; hash: string; size: number };
