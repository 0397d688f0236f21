/**
 * Looks records up by their keys over one pipelined connection, with statements that stay prepared. Only for reads that an
 * index answers: this connection may not choose scans, so a plan made on an empty table stays right when the table grows.
 */
import { failure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { Log } from '../../core/ports.ts';
import { openSession, type ConnectionSettings, type Session } from './pool.ts';
import type { Queryable, Statement } from './statement.ts';

export interface KeyReader extends Queryable {
  close(): Promise<void>;
}

export function openKeyReader(settings: ConnectionSettings, log: Log): KeyReader {
  const names = new Map<string, string>();
  let session: Promise<Session> | null = null;
  let closed = false;

  /** Made when first needed, and anew when it was lost. */
  const current = async (): Promise<Session> => {
    if (closed) throw failure('store.unavailable');
    const opening = (session ??= openSession(settings, 'key', log));
    try {
      const opened = await opening;
      if (!opened.lost) return opened;
    } catch (cause) {
      if (session === opening) session = null;
      throw failure('store.unavailable', {}, { cause });
    }
    if (session === opening) session = null;
    return current();
  };

  const nameOf = (text: string): string | undefined => {
    const known = names.get(text);
    if (known !== undefined || names.size >= limits.preparedLookups.value) return known;
    const name = `key.${names.size}`;
    names.set(text, name);
    return name;
  };

  return {
    async query<Row>({ text, values }: Pick<Statement, 'text' | 'values'>) {
      const name = nameOf(text);
      return (await current()).query<Row>({ ...(name === undefined ? {} : { name }), text, values });
    },
    async close() {
      closed = true;
      await session?.then((opened) => opened.close()).catch(() => undefined);
    },
  };
}
