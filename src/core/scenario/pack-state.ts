/**
 * A run's state as bytes and back. Everything in it is plain data; only exact numbers need a mark of their own,
 * and a key that looks like the mark is told apart from it.
 */
import { Decimal } from '../decimal.ts';
import type { RunState } from './machine-port.ts';
import { dictionary, type State } from './run-state.ts';

const mark = '$decimal';

export const packState = (state: State): Uint8Array => new TextEncoder().encode(JSON.stringify(pack(state)));

export const unpackState = (bytes: Uint8Array): RunState => {
  const state = unpack(JSON.parse(new TextDecoder().decode(bytes)));
  if (!isState(state)) throw new Error('these bytes are no run state of this machine');
  return state;
};

const isState = (value: unknown): value is RunState => typeof value === 'object' && value !== null && 'machine' in value && value.machine === 1;

function pack(value: unknown): unknown {
  if (value instanceof Decimal) return { [mark]: value.toString() };
  if (Array.isArray(value)) return value.map(pack);
  if (typeof value !== 'object' || value === null) return value;
  const packed = dictionary<unknown>();
  for (const [key, member] of Object.entries(value)) packed[key.startsWith('$') ? `$${key}` : key] = pack(member);
  return packed;
}

/** Objects are made without a prototype, as the state's own are. */
function unpack(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpack);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first?.[0] === mark && typeof first[1] === 'string') return new Decimal(first[1]);
  const unpacked = dictionary<unknown>();
  for (const [key, member] of entries) unpacked[key.startsWith('$') ? key.slice(1) : key] = unpack(member);
  return unpacked;
}
