/** What is worth knowing about a write that was not refused: it comes with the receipt, never in silence. */
import type { FailureCode, ValueObject } from '../../sdk/index.ts';

export interface Warning extends ValueObject {
  /** Of the catalogue, which has the sentence. */
  code: FailureCode;
  field: string;
  detail: string;
}
