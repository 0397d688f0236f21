/** What the configuration asks of a database: administrative statements, a few at a time. The store's readers offer it. */
import type { Queryable } from '../statement.ts';

export interface Database extends Queryable {
  /** Commits what `work` did when it resolves, rolls back when it rejects. */
  transaction<T>(work: (client: Queryable) => Promise<T>): Promise<T>;
}

export async function ask<Row = Record<string, unknown>>(client: Queryable, text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
  return (await client.query<Row>({ text, values })).rows;
}
