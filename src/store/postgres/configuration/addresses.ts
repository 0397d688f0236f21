/** Hosts, ports and base URLs of this installation, which documents name by `${address:name}`. */
import { auditOf, type Actor } from '../../../core/audit.ts';
import { insertAudit } from '../audit/audit.ts';
import { isReferenceName } from '../../../core/configuration/reference.ts';
import { failure } from '../../../core/failure.ts';
import { limits } from '../../../core/limits.ts';
import { nextRevision } from './publish.ts';
import { ask, type Database } from './database.ts';

/** Writes the values that differ; connections that use them are opened anew. Null removes one. Returns the revision. */
export function setAddresses(database: Database, values: ReadonlyMap<string, string | number | null>, by: string, actor: Actor): Promise<number | null> {
  for (const [name, value] of values) checkAddress(name, value);
  return database.transaction(async (client) => {
    const changed: string[] = [];
    for (const [name, value] of [...values].sort(([left], [right]) => (left < right ? -1 : 1))) {
      const rows = await (value === null
        ? ask(client, 'DELETE FROM zveno.configuration_address WHERE name = $1 RETURNING name', [name])
        : ask(
      client,
            `INSERT INTO zveno.configuration_address AS old (name, value) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE old.value::text <> excluded.value::text RETURNING name`,
            [name, JSON.stringify(value)],
          ));
      if (rows.length > 0) changed.push(name);
    }
    if (changed.length > 0) await insertAudit(client, auditOf(actor, 'setAddresses', 'Address', changed.join(', '), { to: Object.fromEntries(changed.map((name) => [name, values.get(name) ?? null])) }));
    return changed.length === 0 ? null : await nextRevision(client, by, `addresses: ${changed.join(', ')}`.slice(0, 500), null);
  });
}

function checkAddress(name: string, value: string | number | null): void {
  const text = value === null ? '' : String(value);
  const tooLong = text.length > limits.addressCharacters.value;
  if (!isReferenceName(name) || tooLong || (value !== null && text === '') || text.includes('\0')) throw failure('address.value', { name: name.slice(0, 80) });
}
