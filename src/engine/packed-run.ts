/** A run that no message started, as it waits in the inbox. */
import { failure } from '../core/failure.ts';
import type { RunContext } from '../core/scenario/machine-port.ts';
import { isObject, type Value, type ValueObject } from '../core/value.ts';
import { packedBytes, unpackedBytes } from './packed.ts';

export interface WaitingRun {
  variables: ValueObject;
  context: RunContext | null;
  /** Scenarios that led to it, oldest first. */
  chain: readonly string[];
}

export const packedRun = ({ variables, context, chain }: WaitingRun): Uint8Array => packedBytes({ variables, context: context === null ? null : { ...context }, chain });

/** Throws `message.malformed` for bytes that `packedRun` did not write. */
export function unpackedRun(bytes: Uint8Array): WaitingRun {
  const value = unpackedBytes(bytes);
  if (!isObject(value) || !isObject(value['variables'])) throw failure('message.malformed', { detail: 'not a stored run' });
  const { variables, context, chain } = value;
  return { variables, context: contextOf(context), chain: Array.isArray(chain) ? chain.map(String) : [] };
}

function contextOf(context: Value | undefined): RunContext | null {
  if (!isObject(context)) return null;
  const { template, id } = context;
  return typeof template === 'string' && typeof id === 'string' ? { template, id } : null;
}
