/** One installation of the platform with its database, and whether it may act. */

/** Why an installation stands still: its data were restored, its database was copied, or it went on living elsewhere. */
export type PauseReason = 'restored' | 'copied' | 'moved';

/** Digests of what the machine says of itself; null for what it does not say. */
export interface HostMarks {
  /** Of the machine, virtual or not: a clone has another, a reboot, an upgrade and a new name leave it. */
  hardware: string | null;
  /** Of its operating system: asked when the hardware says nothing. */
  machine: string | null;
}

export interface InstanceState {
  id: string;
  /** Null: it works. */
  pause: { why: PauseReason; since: string; dataAsOf: string | null } | null;
}

/** Whether this node may send, poll and take messages in; changes while it runs. */
export interface InstanceGate {
  state(): InstanceState;
  /** Looks again, so that a confirmation on another node is seen. */
  refresh(): Promise<void>;
  /** Everything goes on; true when it stood still. */
  confirm(by: string): Promise<boolean>;
}
