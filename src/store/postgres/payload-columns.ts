/** A payload as three columns: inline bytes, or the hash of a blob; the size in both cases. */
import type { Payload } from '../../core/effect-set.ts';
import { limits } from '../../core/limits.ts';

export type PayloadColumns = readonly [bytes: Buffer | null, blob: Buffer | null, size: number | null];

export function payloadColumns(payload: Payload | null): PayloadColumns {
  if (payload === null) return [null, null, null];
  if (payload.kind === 'blob') return [null, Buffer.from(payload.hash, 'hex'), payload.size];
  if (payload.bytes.length > limits.inlinePayloadBytes.value) throw new Error('a payload over the inline limit has to be stored as a blob first');
  return [bufferOf(payload.bytes), null, payload.bytes.length];
}

export function payloadOf(bytes: Uint8Array | null, blob: Buffer | null, size: string | null): Payload | null {
  if (blob !== null) return { kind: 'blob', hash: blob.toString('hex'), size: Number(size) };
  return bytes === null ? null : { kind: 'bytes', bytes };
}

/** The driver sends Buffers in binary; this is a view, not a copy. */
export const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
