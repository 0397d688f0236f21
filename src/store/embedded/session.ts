/** One short conversation with the server, for readiness and upkeep; the platform's own work has its own driver module. */
import pg from 'pg';

export interface Connection {
  /** A folder for a private socket, or 127.0.0.1. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

const CONNECT_MS = 5_000;

export interface Session {
  readonly query: (sql: string) => Promise<readonly Record<string, unknown>[]>;
  readonly close: () => Promise<void>;
}

export async function openSession(connection: Connection): Promise<Session> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: CONNECT_MS, application_name: 'zveno upkeep' });
  client.on('error', () => undefined); // A server that goes away is reported by the query that was waiting.
  const close = (): Promise<void> => client.end().catch(() => undefined);
  try {
    await client.connect();
  } catch (error) {
    await close();
    throw error;
  }
  return { query: async (sql) => (await client.query<Record<string, unknown>>(sql)).rows, close };
}

export async function withSession<T>(connection: Connection, work: (query: Session['query']) => Promise<T>): Promise<T> {
  const session = await openSession(connection);
  try {
    return await work(session.query);
  } finally {
    await session.close();
  }
}

/** The server's five-letter reason, when it was the server that refused. */
export function sqlStateOf(cause: unknown): string | undefined {
  return cause instanceof pg.DatabaseError ? cause.code : undefined;
}

/** An address in the form that every PostgreSQL client reads; a socket folder travels as a parameter. */
export function connectionUrl({ host, port, database, user, password }: Connection): string {
  const account = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  const name = encodeURIComponent(database);
  if (host.startsWith('/')) return `postgresql://${account}@localhost/${name}?host=${encodeURIComponent(host)}&port=${port}`;
  return `postgresql://${account}@${host}:${port}/${name}`;
}
