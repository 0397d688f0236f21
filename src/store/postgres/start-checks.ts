/** What a database has to be before anything is promised on it. */
import { failure } from '../../core/failure.ts';
import type { Log } from '../../core/ports.ts';
import { openSession, type ConnectionSettings } from './pool.ts';

/** Throws `store.oldServer`, `store.encoding`, `store.notDurable`, or `store.unavailable`. */
export async function checkDatabase(settings: ConnectionSettings, log: Log): Promise<void> {
  const session = await openSession(settings, 'lane', log).catch((cause: unknown) => {
    throw failure('store.unavailable', {}, { cause });
  });
  try {
    const { rows } = await session.query<Settings>({
      text: `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version, current_setting('server_encoding') AS encoding,
        current_setting('synchronous_commit') AS synchronous_commit, current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes`,
      values: [],
    });
    const row = rows[0];
    if (row === undefined) throw failure('store.unavailable');
    if (row.number < 150_000) throw failure('store.oldServer', { version: row.version });
    if (row.encoding !== 'UTF8') throw failure('store.encoding', { encoding: row.encoding });
    if (row.synchronous_commit === 'off') throw failure('store.notDurable', { setting: 'synchronous_commit', value: 'off' });
    for (const setting of ['fsync', 'full_page_writes'] as const) if (row[setting] !== 'on') log.error('store.notDurable', { setting, value: row[setting] });
  } finally {
    await session.close();
  }
}

interface Settings {
  number: number;
  version: string;
  encoding: string;
  synchronous_commit: string;
  fsync: string;
  full_page_writes: string;
}
