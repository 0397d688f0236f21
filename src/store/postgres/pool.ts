/**
 * The one module that knows the driver. Connections come in three kinds: lanes (pipelined, for commits and queues),
 * readers (a pool), and single ones for whoever needs a session of its own.
 */
import type { Readable, Writable } from 'node:stream';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { failure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { Log } from '../../core/ports.ts';
import type { Queryable, Statement } from './statement.ts';
import { valueTypes } from './value-types.ts';

export type ConnectionSettings = { connectionString: string } | { host: string; port: number; database: string; user: string; password: string };

export interface Answer {
  rows: Record<string, unknown>[];
  rowCount: number;
  /** The command tag's first word, like `COMMIT`. */
  command: string;
}

/** A session of its own. A lost session rejects what is under way and stays lost. */
export interface Session extends Queryable {
  /** Names the server process for good: a process id alone is used again. */
  readonly backend: { pid: number; startedAt: string };
  readonly lost: boolean;
  /** Sends all statements at once; each promise settles on its own. Only for pipelined sessions. */
  send(statements: readonly Pick<Statement, 'name' | 'text' | 'values'>[]): Promise<PromiseSettledResult<Answer>[]>;
  /** Several statements in one text, without parameters. */
  script(text: string): Promise<void>;
  /** `COPY … TO STDOUT`; how many rows came is known once it has ended. Only for plain sessions. */
  copyOut(text: string): Readable & { rowCount: number };
  /** `COPY … FROM STDIN`; how many rows went in is known once it has finished. Only for plain sessions. */
  copyIn(text: string): Writable & { rowCount: number };
  onNotification(listener: (channel: string, payload: string) => void): void;
  onEnd(listener: () => void): void;
  close(): Promise<void>;
}

/** The reading pool. */
export interface Readers extends Queryable {
  /** Runs `work` between BEGIN and ROLLBACK: for looking at what a transaction would see. */
  rolledBack<T>(work: (client: Queryable) => Promise<T>): Promise<T>;
  /** Runs `work` in one transaction. */
  transaction<T>(work: (client: Queryable) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** `lane`: commits, written in transactions only. `queue`: single statements on the queues. `key`: look-ups by key. `plain`: neither pipelined nor bound to plans. */
export type SessionKind = 'lane' | 'queue' | 'key' | 'plain';

/** What an SQL error says; every other error of a query means that the connection is gone. */
export interface SqlError {
  code: string;
  severity: string;
  message: string;
  constraint: string | undefined;
  table: string | undefined;
  column: string | undefined;
}

export function sqlErrorOf(error: unknown): SqlError | undefined {
  if (!(error instanceof pg.DatabaseError) || error.code === undefined) return undefined;
  return { code: error.code, severity: error.severity ?? 'ERROR', message: error.message, constraint: error.constraint, table: error.table, column: error.column };
}

/**
 * Generic plans made on empty tables would scan for ever, so hot connections may not choose scans and hash joins.
 * A lane is read only until a transaction says otherwise: when BEGIN itself fails, what follows it on the wire cannot write.
 */
const keyedPlans = '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off';
const readOnly = '-c default_transaction_read_only=on';
const commonOptions = '-c TimeZone=UTC -c DateStyle=ISO -c IntervalStyle=iso_8601 -c bytea_output=hex -c extra_float_digits=1';

export async function openSession(settings: ConnectionSettings, kind: SessionKind, log: Log): Promise<Session> {
  const client = new pg.Client({ ...configOf(settings, kind), pipeline: kind !== 'plain' });
  let lost = false;
  client.on('error', (error) => {
    lost = true;
    log.debug('store.connectionLost', { reason: error.message });
  });
  client.on('end', () => {
    lost = true;
  });
  await client.connect();
  const born = await client.query<{ pid: number; started: string }>(
    "SELECT pid, to_char(backend_start, 'YYYY-MM-DD HH24:MI:SS.US') AS started FROM pg_stat_activity WHERE pid = pg_backend_pid()",
  );
  const row = born.rows[0];
  if (row === undefined) throw new Error('the server does not show this session its own process');
  return {
    backend: { pid: row.pid, startedAt: row.started },
    get lost() {
      return lost;
    },
    query: <Row>(statement: Pick<Statement, 'name' | 'text' | 'values'>) => ask<Row>(client, statement),
    send: (statements) => sendAll(client, statements),
    script: async (text) => void (await client.query(text)),
    copyOut: (text) => client.query(copyTo(text)),
    copyIn: (text) => client.query(copyFrom(text)),
    onNotification: (listener) => void client.on('notification', (note) => listener(note.channel, note.payload ?? '')),
    onEnd: (listener) => void client.on('end', listener),
    close: () => client.end(),
  };
}

export const openReaders = (settings: ConnectionSettings, log: Log): Readers => openPool(settings, limits.databaseReaders.value, limits.readStatementMs.value, log);

/**
 * For reads that no index bounds: what takes longer than a query may is ended by the database, and however many of them run,
 * connections are left for the others.
 */
export const openScanners = (settings: ConnectionSettings, log: Log): Readers => openPool(settings, limits.databaseScanners.value, limits.queryMs.value, log);

function openPool(settings: ConnectionSettings, max: number, statementMs: number, log: Log): Readers {
  const pool = new pg.Pool({ ...configOf(settings, 'plain'), max, idleTimeoutMillis: 60_000, statement_timeout: statementMs });
  pool.on('error', (error) => log.debug('store.connectionLost', { reason: error.message }));
  return {
    query: <Row>(statement: Pick<Statement, 'name' | 'text' | 'values'>) => ask<Row>(pool, statement),
    rolledBack: (work) => within(pool, work, 'ROLLBACK'),
    transaction: (work) => within(pool, work, 'COMMIT'),
    close: () => pool.end(),
  };
}

/** A node holds connections to its queues for as long as it works. */
export async function hasNodes(client: Queryable): Promise<boolean> {
  const { rowCount } = await client.query({ text: 'SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1 LIMIT 1', values: [applicationName('queue')] });
  return rowCount > 0;
}

const applicationName = (kind: SessionKind): string => `zveno ${kind}`;

/** The failure of a store that cannot be asked now; other errors pass. */
export function unavailable(error: unknown): unknown {
  const sql = sqlErrorOf(error);
  if (sql === undefined) return error instanceof Error && isConnectionError(error) ? failure('store.unavailable', {}, { cause: error }) : error;
  return /^(08|53|57P0|57014|55P03|40)/.test(sql.code) ? failure('store.unavailable', {}, { cause: error }) : error;
}

/** An answer of the store, or the failure to ask it now. */
export const asked = <T>(answer: Promise<T>): Promise<T> => answer.catch(passOn);

/** For a chain that ends in an answer of the store. */
export function passOn(error: unknown): never {
  throw unavailable(error);
}

const isConnectionError = (error: Error): boolean =>
  ('code' in error && typeof error.code === 'string' && /^(E[A-Z]+|XX000)$/.test(error.code)) || /connection|terminated|timeout|not queryable/i.test(error.message);

function configOf(settings: ConnectionSettings, kind: SessionKind): pg.ClientConfig {
  return {
    ...settings,
    application_name: applicationName(kind),
    connectionTimeoutMillis: limits.databaseConnectMs.value,
    keepAlive: true,
    types: valueTypes,
    options: { lane: `${commonOptions} ${keyedPlans} ${readOnly}`, queue: `${commonOptions} ${keyedPlans}`, key: `${commonOptions} ${keyedPlans} ${readOnly}`, plain: commonOptions }[kind],
    ...(kind !== 'plain' ? { lock_timeout: limits.commitLockMs.value, statement_timeout: limits.commitStatementMs.value } : {}),
  };
}

async function ask<Row>(client: pg.Client | pg.Pool | pg.PoolClient, statement: Pick<Statement, 'name' | 'text' | 'values'>): Promise<{ rows: Row[]; rowCount: number }> {
  // The driver cannot know the columns of a text: the caller, who wrote it, says what a row is.
  const result = await client.query<Row & pg.QueryResultRow>({ ...(statement.name === undefined ? {} : { name: statement.name }), text: statement.text, values: [...statement.values] });
  return { rows: result.rows, rowCount: result.rowCount ?? 0 };
}

/** All statements leave in one write to the socket. */
function sendAll(client: pg.Client, statements: readonly Pick<Statement, 'name' | 'text' | 'values'>[]): Promise<PromiseSettledResult<Answer>[]> {
  const { stream } = client.connection;
  stream.cork();
  try {
    return Promise.allSettled(
      statements.map(async (statement): Promise<Answer> => {
        const result = await client.query({ ...(statement.name === undefined ? {} : { name: statement.name }), text: statement.text, values: [...statement.values] });
        return { rows: result.rows, rowCount: result.rowCount ?? 0, command: result.command };
      }),
    );
  } finally {
    stream.uncork();
  }
}

async function within<T>(pool: pg.Pool, work: (client: Queryable) => Promise<T>, end: 'COMMIT' | 'ROLLBACK'): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // A connection may be lost between two statements, when no query is there to be told.
  const onError = (error: Error): void => {
    broken = error;
  };
  client.on('error', onError);
  try {
    await client.query('BEGIN');
    const result = await work({ query: <Row>(statement: Pick<Statement, 'name' | 'text' | 'values'>) => ask<Row>(client, statement) });
    const ended = await client.query(end);
    if (ended.command !== end) throw new Error(`${end} was answered with ${ended.command}`);
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(onError);
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}
