/** What files of records would do, and what stands in the way. */
import type { Problem } from '../../core/failure.ts';

export interface TransferCounts {
  /** System name. */
  template: string;
  file: string;
  creates: number;
  changes: number;
  same: number;
  /** Lines without a key: they are not taken. */
  skipped: number;
  /** Records with a key that the file does not have; they stay. */
  onlyHere: number;
}

/** Something wrong with a line; the path is the attribute. */
export interface LineProblem extends Problem {
  file: string;
  /** 0: with the whole file. */
  line: number;
  template: string;
}

export interface TransferPlan {
  templates: readonly TransferCounts[];
  /** As many as a person can read; empty when it may be carried out. */
  problems: readonly LineProblem[];
}
