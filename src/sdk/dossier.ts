/** What the platform keeps of one remote system between the openings of its connection, for all nodes together. */
import type { Capability, CapabilityPlace, KnownCapability } from '../core/capability.ts';
import type { Turn } from '../core/turn-store.ts';
import type { Value } from '../core/value.ts';
import type { MetadataDocument } from './remote-metadata.ts';

export interface KeptSnapshot {
  /** SHA-256 of the document in hex. */
  hash: string;
  /** Where it came from. */
  address: string;
  /** When it was last found to be the present one, as an instant. */
  checkedAt: string;
  /** By which its service tells whether it has changed. */
  etag: string | null;
}

export interface Dossier {
  /** The snapshot of metadata that is in force; null when none was read. Cheap enough to be asked often. */
  snapshot(): Promise<KeptSnapshot | null>;
  /** Its document as it came; null when it is damaged, which has been told and is not kept any longer. */
  document(hash: string): Promise<Uint8Array | null>;
  /** Puts a document that was read just now in force; an equal one is only marked as checked. */
  keep(document: MetadataDocument): Promise<void>;
  /** The service says that the document of this hash is still its own. */
  confirm(hash: string): Promise<void>;
  capabilities(): Promise<readonly KnownCapability[]>;
  learn(place: CapabilityPlace, learnt: readonly Capability[]): Promise<void>;
  /** Null while another node, or another call of this one, has the turn of this name. It is over after `ms` at the latest, whatever becomes of the node. */
  takeTurn(name: string, ms: number): Promise<Turn | null>;
  /** What the next turn finds, even if this node dies in its own. False when the turn is over already. */
  leaveBehind(name: string, turn: Turn, left: Value): Promise<boolean>;
  endTurn(name: string, turn: Turn): Promise<void>;
  /** Calls after any node has kept or learnt something; returns how to stop. A call may be missed: look now and then as well. */
  onChange(listener: () => void): () => void;
}
