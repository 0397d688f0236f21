/** The step trace as it lies in the journal: JSON, deflated when it is long. The first byte says which. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { TraceEntry } from '../core/scenario/machine-port.ts';

const plain = 0;
const deflated = 1;
/** Below this the work of compressing costs more than the bytes. */
const longBytes = 1_024;

export function packTrace(trace: readonly TraceEntry[]): Uint8Array | null {
  if (trace.length === 0) return null;
  const text = Buffer.from(JSON.stringify(trace));
  return text.length < longBytes ? Buffer.concat([Buffer.of(plain), text]) : Buffer.concat([Buffer.of(deflated), deflateRawSync(text, { level: 1 })]);
}

/** Reads only what `packTrace` wrote. */
export function unpackTrace(bytes: Uint8Array): readonly TraceEntry[] {
  const packed = Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.byteLength - 1);
  const text = bytes[0] === deflated ? inflateRawSync(packed) : packed;
  return JSON.parse(text.toString('utf8')) as TraceEntry[];
}
