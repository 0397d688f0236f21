/** What a change of an attribute's type would do to its values: counted before anybody agrees to it. */

export interface ConversionPreview {
  /** System names. */
  template: string;
  attribute: string;
  from: string;
  to: string;
  /** The former shape comes back with its values; only what changed since is converted. */
  restores: boolean;
  /** Values looked at. */
  rows: number;
  /** Values that would be empty afterwards; the old column keeps them for a while. */
  lost: number;
  /** Values of which something would go. */
  changed: number;
  /** There are more than were looked at. */
  more: boolean;
  /** Of what is lost or changed; `to` is null for a loss. */
  samples: { id: string; from: string; to: string | null }[];
  /** Values that would no longer be unique, though the attribute demands it. */
  repeated: string[];
}
