/** What a job asks of the store to carry out a publication with many values to convert. Nothing of it shows before the switch. */
import type { ConversionWrite, LostValue } from './conversion-write.ts';

export interface Publishing {
  /** False when its tables were never prepared, or have been cleared away since it was cancelled or failed. */
  stands(job: string): Promise<boolean>;
  /** Makes tables and columns. Throws what refuses the publication. */
  prepare(job: string): Promise<{ position: ChangePosition; records: number }>;
  /** The next records that have values to convert. */
  page(job: string, place: ConversionPlace, size: number): Promise<ConvertedPage>;
  /** Records that others have written since. */
  changed(job: string, position: ChangePosition, size: number): Promise<ChangedPage>;
  /** Indexes and rules of the new columns; may take long. */
  tighten(job: string, signal: AbortSignal): Promise<void>;
  /** Clears away what publications have left that will not go on. Nothing happens while somebody publishes: then housekeeping does it. */
  removeLeftovers(): Promise<void>;
  /** What runs of older versions wrote around a switch. */
  takeOverLateWrites(): Promise<void>;
}

/** Everything before it has been taken over: the number of a transaction and of a change in it. */
export interface ChangePosition {
  xid: string;
  seq: string;
}

export interface ConversionPlace {
  /** Conversions that are done in one pass, by number. */
  pass: number;
  /** Id of the last record. */
  after: string;
}

export interface ConvertedPage {
  write: ConversionWrite | null;
  lost: readonly LostValue[];
  /** Values of which something went. */
  changed: number;
  records: number;
  /** Null behind the last page of the last pass. */
  next: ConversionPlace | null;
}

export interface ChangedPage {
  writes: readonly ConversionWrite[];
  lost: readonly LostValue[];
  position: ChangePosition;
  /** Nothing more was there. */
  caughtUp: boolean;
}

/** The last effect of the job: the versions come into force, with what was written after `position` converted. */
export interface PublicationSwitch {
  job: string;
  position: ChangePosition;
}
