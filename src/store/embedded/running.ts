/** Finds the server of a data folder that another process looks after, so that a command can work beside it. */
import { join, resolve } from 'node:path';
import { readOrDrawPasswords } from './passwords.ts';
import { readPostmasterFile } from './postmaster-file.ts';
import { connections } from './roles.ts';
import { withSession, type Connection } from './session.ts';

/** The platform's own connection, proved by using it; undefined when no server answers. Changes nothing in the folder. */
export async function connectionToRunning(dataFolder: string): Promise<Connection | undefined> {
  const folder = resolve(dataFolder);
  const found = await readPostmasterFile(join(folder, 'postgresql'));
  if (typeof found === 'string' || found.port === undefined || found.socketFolder === undefined) return undefined;
  const { app } = connections(found.socketFolder, found.port, await readOrDrawPasswords(folder, true));
  try {
    await withSession(app, (query) => query('SELECT 1'));
    return app;
  } catch {
    return undefined; // A stale file, or a server that is only starting: whoever asks starts or waits for his own.
  }
}
