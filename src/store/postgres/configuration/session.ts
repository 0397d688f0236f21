/** What the configuration asks of a database connection: administrative statements, a few at a time. */
import type pg from 'pg';
import { failure } from '../../../core/failure.ts';

export interface Session {
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<{ rows: Row[] }>;
}

export interface Database extends Session {
  /** Commits what `work` did when it resolves, rolls back when it rejects. */
  transaction<T>(work: (session: Session) => Promise<T>, isolation?: 'READ COMMITTED' | 'REPEATABLE READ'): Promise<T>;
}

export function databaseOf(pool: pg.Pool): Database {
  return {
    query: (text, values = []) => run(pool, text, values),
    transaction: async (work, isolation = 'READ COMMITTED') => {
      const client = await pool.connect();
      let broken: Error | undefined;
      try {
        await client.query(`BEGIN ISOLATION LEVEL ${isolation}`);
        const result = await work({ query: (text, values = []) => run(client, text, values) });
        const { command } = await client.query('COMMIT');
        if (command !== 'COMMIT') throw failure('store.unavailable');
        return result;
      } catch (error) {
        await client.query('ROLLBACK').catch((cause: Error) => { broken = cause; });
        throw error;
      } finally {
        client.release(broken);
      }
    },
  };
}

async function run<Row extends object>(client: pg.Pool | pg.PoolClient, text: string, values: readonly unknown[]): Promise<{ rows: Row[] }> {
  const { rows } = await client.query<Row>(text, [...values]);
  return { rows };
}
