/**
 * How to tell, after a connection was lost in COMMIT, whether the set is there. A set that inserts rows which nobody else
 * can write or rewrite is known by them; every other set leaves a mark of its own.
 */
import type { EffectSet } from '../../../core/effect-set.ts';
import { classOf } from '../../../core/message-id.ts';
import type { Queryable, Statement } from '../statement.ts';

/** Null when the set needs a mark. */
function witnessOf(set: EffectSet): Statement | null {
  const row = set.message?.op === 'insert' ? set.message.row : (set.runs[0]?.row ?? set.outbox[0]?.row);
  if (row !== undefined) return { text: 'SELECT 1 FROM zveno.message WHERE class = $1 AND id = $2 AND set_id = $3', values: [classOf(row.id), row.id, set.id] };
  const [intent] = set.intents;
  if (intent !== undefined) return call('intent_set', intent, set.id);
  const [outcome] = set.outcomes;
  return outcome === undefined ? null : call('outcome_set', outcome, set.id);
}

const call = (column: 'intent_set' | 'outcome_set', { run, path }: { run: string; path: string }, set: string): Statement => ({
  text: `SELECT 1 FROM zveno.remote_call WHERE class = $1 AND run = $2 AND path = $3 AND ${column} = $4`,
  values: [classOf(run), run, path, set],
});

/** The mark of a set that has no other witness. */
export function markStatements(set: EffectSet): Statement[] {
  return witnessOf(set) === null ? [{ name: 'set.mark', text: 'INSERT INTO zveno.set_mark (id) VALUES ($1)', values: [set.id] }] : [];
}

/** Only to be asked once the server process that ran the COMMIT is gone. */
export async function isCommitted(client: Queryable, set: EffectSet): Promise<boolean> {
  const look = witnessOf(set) ?? { text: 'SELECT 1 FROM zveno.set_mark WHERE id = $1', values: [set.id] };
  const { rowCount } = await client.query(look);
  return rowCount > 0;
}
