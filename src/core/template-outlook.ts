/** What publishing templates would mean for records that are there: counted in the target database before anybody agrees to it. */

/** Values that could no longer be read. */
export interface HiddenValues {
  /** System names. */
  template: string;
  attribute: string;
  /** Records that have one. */
  count: number;
}

/** Values of hidden attributes that could be read again. */
export type RestoredValues = HiddenValues;

/** Records that name a role which would be deleted; they go on naming it, and mean it again should it come back. */
export interface RoleRecords {
  /** System names. */
  role: string;
  template: string;
  attribute: string;
  count: number;
}

/** A new or changed rule and the records that do not keep it. */
export interface ValidationPreview {
  /** System names. */
  template: string;
  attribute: string;
  /** Records looked at. */
  rows: number;
  broken: number;
  /** There are more than were looked at. */
  more: boolean;
  /** Ids of some that do not. */
  samples: readonly string[];
}
