/**
 * Commands that work beside the one that started the server. A guest shares a lock in the database for as long as it works,
 * and the command that started the server ends it only when it has that lock alone. The lock dies with its holder.
 */
import { openSession, type Connection, type Session } from './session.ts';

const guestLock = 7_310_007;

export interface Guest {
  leave(): Promise<void>;
}

/** Undefined when the server is about to end, or has ended. */
export async function joinServer(connection: Connection): Promise<Guest | undefined> {
  const session = await openSession(connection).catch(() => undefined);
  if (session === undefined) return undefined;
  try {
    const [row] = await session.query(`SELECT pg_try_advisory_lock_shared(${guestLock}) AS joined`);
    if (row?.['joined'] === true) return { leave: session.close };
  } catch {
    // It ended meanwhile.
  }
  await session.close();
  return undefined;
}

/** Does `work`, which ends the server, when there are no guests; none can come meanwhile. `waiting` is called when there are some. */
export async function withoutGuests(connection: Connection, { signal, waiting }: { signal: AbortSignal; waiting: () => void }, work: () => Promise<void>): Promise<void> {
  const session = await openSession(connection).catch(() => undefined); // a server that is gone has no guests
  try {
    if (session !== undefined) await Promise.race([lockedAlone(session, waiting).catch(() => undefined), aborted(signal)]);
    await work();
  } finally {
    await session?.close();
  }
}

async function lockedAlone({ query }: Session, waiting: () => void): Promise<void> {
  const [row] = await query(`SELECT pg_try_advisory_lock(${guestLock}) AS alone`);
  if (row?.['alone'] === true) return;
  waiting();
  await query(`SELECT pg_advisory_lock(${guestLock})`);
}

const aborted = (signal: AbortSignal): Promise<void> => new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })));
