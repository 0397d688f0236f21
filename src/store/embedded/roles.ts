/** The platform works as a role that owns its database and nothing more. */
import type { Passwords } from './passwords.ts';
import { sqlStateOf, withSession, type Connection } from './session.ts';

export const SUPERUSER = 'zveno_superuser';
export const APP = 'zveno';

/** What a server answers when the role, its password or its database is not as it should be. */
const REPAIRABLE: readonly unknown[] = ['28P01', '28000', '3D000'];

export function connections(host: string, port: number, passwords: Passwords): { app: Connection; superuser: Connection } {
  return {
    app: { host, port, database: APP, user: APP, password: passwords.app },
    superuser: { host, port, database: 'postgres', user: SUPERUSER, password: passwords.superuser },
  };
}

/** Proves that the platform can work, creating what a first start or an interrupted one has left out. */
export async function proveAppRole(app: Connection, superuser: Connection): Promise<void> {
  try {
    await withSession(app, (query) => query('SELECT 1'));
  } catch (cause) {
    if (!REPAIRABLE.includes(sqlStateOf(cause))) throw cause;
    await makeAppRole(app, superuser);
    await withSession(app, (query) => query('SELECT 1'));
  }
}

/** The password's alphabet has neither quote nor backslash (see passwords.ts). */
async function makeAppRole({ password }: Connection, superuser: Connection): Promise<void> {
  await withSession(superuser, async (query) => {
    const roles = await query(`SELECT 1 FROM pg_roles WHERE rolname = '${APP}'`);
    await query(`${roles.length === 0 ? 'CREATE' : 'ALTER'} ROLE ${APP} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD '${password}'`);
    const databases = await query(`SELECT 1 FROM pg_database WHERE datname = '${APP}'`);
    if (databases.length === 0) await query(`CREATE DATABASE ${APP} OWNER ${APP}`);
    await query(`REVOKE ALL ON DATABASE ${APP}, postgres, template1 FROM PUBLIC`);
  });
}
