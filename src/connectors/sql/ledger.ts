/** The ledger of effects in the remote database: one row an effect, in the transaction of the effect itself. */
import { createHash } from 'node:crypto';
import { failure, type Localised } from '../../sdk/index.ts';
import { openSession, placeOf, quoteName, type Session, type SqlContext } from './session.ts';
import { explain, stateOf } from './sql-failure.ts';

export const ledgerTable = 'zveno_effects';

/** Its name as statements use it; with a schema only where the connection names one. */
export const ledgerName = (context: SqlContext): string =>
  context.properties.schema === undefined ? quoteName(ledgerTable) : `${quoteName(context.properties.schema)}.${quoteName(ledgerTable)}`;

/** Gives false when this effect is recorded already. Waits for a transaction that is recording the same one. */
export async function recordEffect(context: SqlContext, session: Session, effectId: string, signal: AbortSignal): Promise<boolean> {
  try {
    const text = `INSERT INTO ${ledgerName(context)} (effect_id, at) VALUES ($1, pg_catalog.clock_timestamp()) ON CONFLICT (effect_id) DO NOTHING`;
    return (await session.run(text, [effectUuid(effectId)], signal)).count === 1;
  } catch (error) {
    if (stateOf(error) !== '42P01') throw error;
    throw failure('connection.ledgerMissing', { connection: context.name, table: ledgerName(context) }, { cause: error });
  }
}

/** Makes the table; harmless when it is there. */
export async function createLedger(context: SqlContext, signal: AbortSignal): Promise<Localised> {
  const session = await openSession(context, signal);
  try {
    const name = ledgerName(context);
    await session.run(`CREATE TABLE IF NOT EXISTS ${name} (effect_id uuid PRIMARY KEY, at timestamptz NOT NULL)`, [], signal);
    return { ru: `Таблица ${name} готова`, en: `The table ${name} is ready` };
  } catch (error) {
    signal.throwIfAborted();
    throw explain(placeOf(context, ledgerTable), error);
  } finally {
    await session.close();
  }
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** An effect id that is no UUID becomes one by its hash (version 8), always the same. */
export function effectUuid(effectId: string): string {
  if (uuidPattern.test(effectId)) return effectId.toLowerCase();
  const bytes = createHash('sha256').update(effectId).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
