/** What remote systems can do, in PostgreSQL: a row a fact, so that nodes which learn different ones do not overwrite each other. */
import type { CapabilityStore, KnownCapability } from '../../core/capability.ts';
import { parseJson, printJson } from '../../core/json.ts';
import { ask, type Database } from './configuration/database.ts';

type Row = Omit<KnownCapability, 'value'> & { value: string };

export function createCapabilityStore(database: Database): CapabilityStore {
  return {
    async list(connection) {
      const rows = await ask<Row>(
        database,
        `SELECT name, value::text AS value, learned, address, metadata_hash AS "metadataHash",
          to_char(learned_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "learnedAt"
        FROM zveno.remote_capabilities WHERE connection = $1 ORDER BY name`,
        [connection],
      );
      return rows.map((row) => ({ ...row, value: parseJson(row.value) }));
    },
    async learn(connection, { address, metadataHash }, learnt) {
      if (learnt.length === 0) return;
      await ask(
        database,
        `INSERT INTO zveno.remote_capabilities AS known (connection, name, value, learned, address, metadata_hash)
        SELECT $1, fact.name, coalesce(fact.value, 'null'::jsonb), fact.learned, $2, $3
        FROM jsonb_to_recordset($4::jsonb) AS fact (name text, value jsonb, learned text)
        ON CONFLICT (connection, name) DO UPDATE
        SET value = excluded.value, learned = excluded.learned, address = excluded.address, metadata_hash = excluded.metadata_hash, learned_at = clock_timestamp()
        WHERE excluded.value <> 'null'::jsonb OR known.value = 'null'::jsonb OR known.address <> excluded.address`,
        [connection, address, metadataHash, printJson(learnt.map(({ name, value, learned }) => ({ name, value, learned })))],
      );
    },
  };
}
