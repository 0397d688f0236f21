/** The step trace as it lies in the journal: deflated JSON. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { TraceEntry } from '../core/scenario/machine-port.ts';

export function packTrace(trace: readonly TraceEntry[]): Uint8Array | null {
  if (trace.length === 0) return null;
  return deflateRawSync(JSON.stringify(trace), { level: 1 });
}

/** Reads only what `packTrace` wrote. */
export const unpackTrace = (bytes: Uint8Array): readonly TraceEntry[] => JSON.parse(inflateRawSync(bytes).toString('utf8')) as TraceEntry[];
