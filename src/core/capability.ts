/** What a remote system can do, as far as somebody has found out. */
import type { Value } from './value.ts';

/**
 * `probed`: seen by readings made for it. `declared`: its metadata says so. `written`: seen by trial writes on the set
 * that a person named. `used`: seen in ordinary work. `configured`: the connection says so. `usual`: nobody has looked.
 */
export const waysToLearn = ['probed', 'declared', 'written', 'used', 'configured', 'usual'] as const;
export type WayToLearn = (typeof waysToLearn)[number];

export interface Capability {
  name: string;
  /** Null: it was asked, and could not be told. */
  value: Value;
  learned: WayToLearn;
}

/** With what it was learnt: at another address, or beside other metadata, it may be otherwise. */
export interface CapabilityPlace {
  address: string;
  metadataHash: string;
}

export interface KnownCapability extends Capability, CapabilityPlace {
  learnedAt: string;
}

/** By the id of the connection. */
export interface CapabilityStore {
  list(connection: string): Promise<readonly KnownCapability[]>;
  /** Each replaces what was known under its name; "could not be told" replaces only what was learnt at another address. */
  learn(connection: string, place: CapabilityPlace, learnt: readonly Capability[]): Promise<void>;
}
