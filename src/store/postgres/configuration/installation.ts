/** What this database is, and for which environment it is worked with. */
import type { Installation } from '../../../core/configuration/installation.ts';
import type { Queryable } from '../statement.ts';
import { ask } from './database.ts';

export async function readInstallation(client: Queryable): Promise<Installation> {
  const [row] = await ask<Installation>(client, 'SELECT id, environment FROM zveno.installation');
  if (row === undefined) throw new Error('the database does not say which installation it is');
  return row;
}

/** Returns the former environment. */
export async function setEnvironment(client: Queryable, environment: string | null): Promise<string | null> {
  const [row] = await ask<Installation>(
    client,
    'UPDATE zveno.installation AS now SET environment = $1 FROM zveno.installation AS former WHERE now.only_row = former.only_row RETURNING former.id, former.environment',
    [environment],
  );
  return row?.environment ?? null;
}
