/** What the step under way has done to one record. */
import type { Value } from '../value.ts';
import type { RecordKey } from './run-state.ts';

export interface StepChange {
  record: RecordKey;
  change: 'created' | 'changed' | 'deleted';
  before: Value;
  attributes: Set<string>;
  /** Changed only because the other side of a link was written. */
  implied: Set<string>;
}
