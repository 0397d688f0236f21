/** Turns at remote systems in PostgreSQL. The clock of the database alone says when one is over. */
import { parseJson, printJson } from '../../core/json.ts';
import type { TurnStore } from '../../core/turn-store.ts';
import { ask, type Database } from './configuration/database.ts';

export function createTurnStore(database: Database): TurnStore {
  return {
    async take(connection, name, ms) {
      const [row] = await ask<{ holder: string; left: string }>(
        database,
        `INSERT INTO zveno.remote_turns AS turn (connection, name, holder, held_until)
        VALUES ($1, $2, gen_random_uuid(), clock_timestamp() + $3 * interval '1 millisecond')
        ON CONFLICT (connection, name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
        WHERE turn.holder IS NULL OR turn.held_until < clock_timestamp()
        RETURNING holder, left_behind::text AS left`,
        [connection, name, ms],
      );
      return row === undefined ? null : { holder: row.holder, left: parseJson(row.left) };
    },
    async leave(connection, name, holder, left) {
      const rows = await ask(
        database,
        'UPDATE zveno.remote_turns SET left_behind = $4::jsonb WHERE connection = $1 AND name = $2 AND holder = $3 AND held_until >= clock_timestamp() RETURNING 1',
        [connection, name, holder, printJson(left)],
      );
      return rows.length > 0;
    },
    async end(connection, name, holder) {
      await ask(database, 'UPDATE zveno.remote_turns SET holder = NULL WHERE connection = $1 AND name = $2 AND holder = $3', [connection, name, holder]);
    },
  };
}
