/** Tests a PostgreSQL connection stage by stage; it only reads. */
import { established, runStages, type CheckStage, type Localised } from '../../sdk/index.ts';
import { listTables } from './catalog.ts';
import { ledgerTable } from './ledger.ts';
import { openSession, placeOf, type Session, type SqlContext } from './session.ts';
import { explain } from './sql-failure.ts';

export async function* checkSql(context: SqlContext, signal: AbortSignal): AsyncGenerator<CheckStage> {
  const { dial, properties } = context;
  let session: Session | undefined;
  const opened = (): Session => {
    if (session === undefined) throw new Error('the stages before this one open the session');
    return session;
  };
  try {
    yield* runStages(context.clock, [
      { stage: 'address', run: async () => same((await dial.resolve(properties.host, signal)).join(', ')) },
      { stage: 'tcp', run: async () => {
        (await dial.dial({ host: properties.host, port: properties.port, timeoutMs: properties.statementTimeoutMs }, signal)).destroy();
        return same(`${properties.host}:${properties.port}`);
      } },
      { stage: 'authentication', run: async () => {
        session = await openSession(context, signal);
        const detail = properties.tls === 'off' ? { ru: 'без шифрования', en: 'not encrypted' } : { ru: `TLS: ${properties.tls}`, en: `TLS: ${properties.tls}` };
        return { ru: `Вход выполнен, ${detail.ru}`, en: `Signed in, ${detail.en}` };
      } },
      { stage: 'permission', run: async () => permission(context, opened(), signal) },
      { stage: 'sample', run: async () => {
        const version = (await opened().run('SHOW server_version', [], signal)).rows[0]?.[0] ?? '';
        return { ru: `${established.ru}: PostgreSQL ${version}`, en: `${established.en}: PostgreSQL ${version}` };
      } },
    ]);
  } finally {
    await session?.close();
  }
}

async function permission(context: SqlContext, session: Session, signal: AbortSignal): Promise<Localised> {
  try {
    const { schema } = context.properties;
    const tables = await listTables(session, schema === undefined ? {} : { schema }, signal);
    const ledger = tables.some((table) => table.name === ledgerTable);
    return {
      ru: `Видно таблиц: ${tables.length}; журнал действий ${ledger ? 'есть' : 'не создан (действие createLedger)'}`,
      en: `Tables in sight: ${tables.length}; the effects ledger ${ledger ? 'is there' : 'is not there (action createLedger)'}`,
    };
  } catch (error) {
    signal.throwIfAborted();
    throw explain(placeOf(context), error);
  }
}

const same = (text: string): Localised => ({ ru: text, en: text });
