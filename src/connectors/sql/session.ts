/** One session with PostgreSQL over a dialled socket. */
import type { Socket } from 'node:net';
import pg from 'pg';
import { addressText, failure, type ConnectionContext, type SpecValues } from '../../sdk/index.ts';
import { explain, isLost, SqlError, stateOf, type SqlPlace } from './sql-failure.ts';
import type { connection } from './spec.ts';

export type SqlContext = ConnectionContext<SpecValues<typeof connection>>;

export interface Rows {
  command: string;
  count: number;
  columns: readonly { name: string; type: number }[];
  /** Texts as the server sent them. */
  rows: readonly (readonly (string | null)[])[];
}

export interface Session {
  /** Runs one statement. Rejects with a SqlError, or with the signal's reason after destroying the session. */
  run(text: string, parameters: readonly (string | null)[], signal: AbortSignal): Promise<Rows>;
  /** False once the link is gone; such a session is thrown away. */
  readonly usable: boolean;
  close(): Promise<void>;
  destroy(): void;
}

/** Dials, signs in, sets what exact values need, and refuses the platform's own database. */
export async function openSession(context: SqlContext, signal: AbortSignal): Promise<Session> {
  const { properties } = context;
  const ms = properties.statementTimeoutMs;
  const timeout = AbortSignal.timeout(ms);
  const stop = AbortSignal.any([signal, timeout]);
  const socket = await context.dial.dial({ host: properties.host, port: properties.port, timeoutMs: ms }, signal);
  const session = wrap(newClient(context, socket), ms);
  try {
    await session.connect(stop);
    if (properties.schema !== undefined) await session.run("SELECT set_config('search_path', $1, false)", [quoteName(properties.schema)], stop);
    await stopWhenAbandoned(session, stop);
    await refuseOwnDatabase(context, session, stop);
    return session;
  } catch (error) {
    session.destroy();
    signal.throwIfAborted();
    const place = placeOf(context);
    if (timeout.aborted) throw failure('connection.timeout', { connection: context.name, address: place.address, ms }, { cause: error });
    throw connectFailure(place, error);
  }
}

export const placeOf = (context: SqlContext, table?: string): SqlPlace => ({
  connection: context.name,
  address: `${addressText(context.properties)}/${context.properties.database}`,
  timeoutMs: context.properties.statementTimeoutMs,
  ...(table === undefined ? {} : { table }),
});

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function newClient(context: SqlContext, socket: Socket): pg.Client {
  const { host, port, database, user, password, tls, ca, statementTimeoutMs } = context.properties;
  // The driver would connect the socket itself; it is connected already, to the address that was checked.
  const dialled = Object.assign(socket, {
    connect: () => {
      process.nextTick(() => socket.emit('connect'));
      return socket;
    },
  });
  return new pg.Client({
    host, port, database, user,
    password: password.open(),
    // Everything is given explicitly, or the driver would read it from PG… variables of the environment.
    ssl: tls === 'off' ? false : { rejectUnauthorized: tls === 'verify', ...(ca === undefined ? {} : { ca }) },
    options: '-c TimeZone=UTC -c DateStyle=ISO -c IntervalStyle=iso_8601 -c extra_float_digits=1 -c bytea_output=hex -c standard_conforming_strings=on',
    client_encoding: 'UTF8',
    application_name: 'Zveno',
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs + 60_000,
    stream: () => dialled,
    types: { getTypeParser: () => (text: string) => text },
  });
}

/** The server cancels a slow statement by itself; this much later the link is taken for dead. */
const graceMs = 5_000;

function wrap(client: pg.Client, timeoutMs: number): Session & { connect(signal: AbortSignal): Promise<void> } {
  let usable = true;
  const destroy = (): void => {
    usable = false;
    // `end` alone would wait for a server that may never answer.
    client.connection.stream.destroy();
  };
  client.on('error', () => { usable = false; });
  client.on('end', () => { usable = false; });

  const told = (signal: AbortSignal) => (cause: unknown): never => {
    signal.throwIfAborted();
    const error = new SqlError(cause);
    if (isLost(error)) usable = false;
    throw error;
  };

  function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const aborted = (): void => {
        destroy();
        reject(signal.reason);
      };
      if (signal.aborted) {
        work.catch(() => undefined);
        return aborted();
      }
      signal.addEventListener('abort', aborted, { once: true });
      work.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
    });
  }

  return {
    connect: async (signal) => { await orAbort(client.connect(), signal).catch(told(signal)); },
    async run(text, parameters, signal) {
      const stop = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs + graceMs)]);
      const result = await orAbort(client.query<(string | null)[]>({ text, values: [...parameters], rowMode: 'array' }), stop).catch(told(signal));
      return { command: result.command, count: result.rowCount ?? 0, columns: result.fields.map((field) => ({ name: field.name, type: field.dataTypeID })), rows: result.rows };
    },
    get usable() {
      return usable;
    },
    destroy,
    async close() {
      if (!usable) return destroy();
      usable = false;
      const forced = setTimeout(destroy, 1_000);
      await client.end().catch(() => undefined);
      clearTimeout(forced);
    },
  };
}

function connectFailure(place: SqlPlace, error: unknown): unknown {
  const cause = error instanceof SqlError && error.state === undefined ? error.cause : undefined;
  const detail = cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : '';
  // The driver has no class for these: its own texts and the codes of Node's TLS are all there is.
  if (!/SSL|CERT|TLS|SIGNATURE/i.test(detail)) return explain(place, error);
  return failure('connection.tlsFailed', { connection: place.connection, address: place.address, detail }, { cause });
}

/**
 * Lets the server notice that a session was destroyed, and end its statement instead of holding locks until its timeout.
 * Servers before 14, and those on systems without that ability, do without.
 */
async function stopWhenAbandoned(session: Session, signal: AbortSignal): Promise<void> {
  const text = "SELECT set_config('client_connection_check_interval', '500', false) WHERE current_setting('server_version_num')::int >= 140000";
  await session.run(text, [], signal).catch((error: unknown) => {
    if (stateOf(error) === undefined || isLost(error)) throw error;
  });
}

/** Compares clusters where the server tells its identifier, else the address; and then the database. */
async function refuseOwnDatabase(context: SqlContext, session: Session, signal: AbortSignal): Promise<void> {
  const own = context.ownDatabase;
  if (own === undefined) return;
  const found = await session.run('SELECT d.datname, d.oid::text FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()', [], signal);
  const [database, oid] = found.rows[0] ?? [];
  const cluster = await clusterIdentifier(session, signal);
  const { host, port } = context.properties;
  const sameCluster = cluster !== undefined && own.systemIdentifier !== undefined
    ? cluster === own.systemIdentifier
    : port === own.port && (host === own.host || own.oid === oid);
  if (sameCluster && database === own.database && (own.oid === undefined || own.oid === oid)) {
    throw failure('connection.ownDatabase', { connection: context.name, database: own.database });
  }
}

async function clusterIdentifier(session: Session, signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await session.run('SELECT system_identifier::text FROM pg_catalog.pg_control_system()', [], signal)).rows[0]?.[0] ?? undefined;
  } catch (error) {
    if (stateOf(error) === undefined || isLost(error)) throw error;
    return undefined; // an administrator has taken this right away
  }
}
