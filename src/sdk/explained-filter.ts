/** How a reading with a filter is carried out, in words of no protocol. */
import type { Failure } from '../core/failure.ts';
import type { ValueObject } from '../core/value.ts';
import type { Localised } from '../core/localised.ts';

export interface ExplainQuery {
  /** Properties of a route that reads. */
  properties: ValueObject;
  /** By which the filter finds its values. */
  message: ValueObject;
}

export interface ExplainedFilter {
  /** For a person: in what the other side is asked. */
  dialect: string;
  /** What each request asks for; the first of them where there are many. */
  readings: readonly ExplainedReading[];
  readingCount: number;
  /** What the other side takes of parameters in one address. */
  limitBytes: number;
  /** What the other side cannot be asked, and is asked of its rows here; null when there is nothing of the kind. */
  residue: ExplainedResidue | null;
}

export interface ExplainedReading {
  /** The condition that is sent; null when all rows are read. */
  filter: string | null;
  address: string;
  queryBytes: number;
  /** Why it would not be sent. */
  failure: Failure | null;
}

export interface ExplainedResidue {
  text: string;
  /** Its smallest parts, each with why it stays. */
  parts: readonly { text: string; reason: string; why: Localised }[];
  /** Fields that are read for it. */
  needs: readonly string[];
  /** References that are expanded for it. */
  expands: readonly string[];
}
