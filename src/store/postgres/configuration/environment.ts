/** The environment for which the nodes of this database work. */
import type { Queryable } from '../statement.ts';
import { ask } from './database.ts';

export async function activeEnvironment(client: Queryable): Promise<string | null> {
  const [row] = await ask<{ environment: string | null }>(client, 'SELECT environment FROM zveno.active_environment');
  return row?.environment ?? null;
}

/** Returns the former one. */
export async function setEnvironment(client: Queryable, environment: string | null): Promise<string | null> {
  const [row] = await ask<{ environment: string | null }>(
    client,
    'UPDATE zveno.active_environment AS now SET environment = $1 FROM zveno.active_environment AS former WHERE now.only_row = former.only_row RETURNING former.environment',
    [environment],
  );
  return row?.environment ?? null;
}
