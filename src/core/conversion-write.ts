/** Converted values on their way to the columns of attributes that take over from others. Record versions do not grow. */
import type { Scalar, ScalarType } from './template.ts';

export interface ConversionWrite {
  /** Id of the template. */
  template: string;
  /** Of the records, in ascending order. */
  records: readonly string[];
  columns: readonly {
    /** Id of the attribute that takes over. */
    attribute: string;
    type: ScalarType;
    /** Its values must differ: two records may trade theirs. */
    unique: boolean;
    /** One for each record. */
    values: readonly Scalar[];
  }[];
}

/** A value that could not be converted; the former column keeps it for a while. */
export interface LostValue {
  record: string;
  /** System name. */
  attribute: string;
  /** As a person is shown it. */
  value: string;
  to: ScalarType;
}
