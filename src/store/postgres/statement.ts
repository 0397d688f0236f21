/** One SQL statement of a commit, as data: the commit protocol sends it and judges its answer. */
import type { FailureData } from '../../core/failure.ts';

export interface Statement {
  /**
   * Prepared under this name once a connection (at most 63 bytes; the same name always carries the same text).
   * Absent: sent unnamed, for shapes too rare to keep prepared.
   */
  name?: string;
  /**
   * One INSERT, UPDATE, DELETE or SELECT with `$1…` parameters; tables with their schema, columns always named.
   * With `expect` the text is wrapped as the body of a CTE whose rows are counted on the server, so it must return
   * a row for each row it touches (`RETURNING 1`), must not begin with WITH around a writing statement, and ends without a semicolon.
   */
  text: string;
  /** Bound as they are: text, number, boolean, null, Buffer (sent in binary), or an array of these. */
  values: readonly unknown[];
  /**
   * How many rows must come back. Another count raises an error on the server, so that the transaction rolls back
   * although its COMMIT is already under way.
   */
  expect?: { rows: number; otherwise: Mismatch };
  /** What the statement writes, for sentences about an SQL error of it. */
  about?: { template: string; record?: string };
  /**
   * Of a statement over many rows: the same work a row at a time. It is done this way once the whole was refused,
   * since only then is known which row is to blame.
   */
  apart?: () => readonly Statement[];
}

export const oneByOne = (statements: readonly Statement[]): Statement[] => statements.flatMap((statement) => statement.apart?.() ?? [statement]);

/** What a wrong row count means. */
export type Mismatch =
  /** A record has changed since it was read, or is gone. */
  | { kind: 'conflict'; template?: string; record?: string }
  | { kind: 'fenced' }
  | { kind: 'duplicate' }
  | { kind: 'queueFull' }
  | { kind: 'refused'; failure: FailureData };

/** A connection as statements and reads see it; inside a transaction or not is the caller's matter. */
export interface Queryable {
  query<Row = Record<string, unknown>>(statement: Pick<Statement, 'name' | 'text' | 'values'>): Promise<{ rows: Row[]; rowCount: number }>;
}
