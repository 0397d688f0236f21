/** Planted bugs for the crash campaign, which has to find them. Nothing outside a test switches one on. */
export interface StoreFaults {
  /** Takes a COMMIT that was answered for a COMMIT that was done. */
  ignoreCommitTag: boolean;
  /** Writes without looking whether the lease still holds. */
  skipFence: boolean;
}

export const noFaults: StoreFaults = { ignoreCommitTag: false, skipFence: false };
