/** Turns at a remote system, of which only one node at a time has one; by the id of the connection. */
import type { Value } from './value.ts';

export interface Turn {
  holder: string;
  /** What the turn before it left; null for the first. */
  left: Value;
}

export interface TurnStore {
  /** Null while another turn of this name is being taken. It is over after `ms` at the latest. */
  take(connection: string, name: string, ms: number): Promise<Turn | null>;
  /** What is left behind from now on, even if the holder dies in its turn. False when the turn is over already. */
  leave(connection: string, name: string, holder: string, left: Value): Promise<boolean>;
  end(connection: string, name: string, holder: string): Promise<void>;
}
