/** What to do about a call of which nobody knows whether it was carried out. */
import type { PublishedConnection, PublishedRoute } from '../core/configuration/published.ts';
import { Failure, failure } from '../core/failure.ts';
import type { Receipt } from '../sdk/connector.ts';
import type { Remote, RemoteCall } from './remote.ts';

/** A route that does not say gets a repeat only where a repeat is harmless, and a question where the remote can be asked. */
export function onUnknown(route: PublishedRoute, connection: PublishedConnection, remote: Pick<Remote, 'idempotent' | 'verifiable'>): 'repeat' | 'verify' | 'park' {
  switch (route.onUnknown) {
    case 'repeat':
      return 'repeat';
    case 'park':
      return 'park';
    case 'verify':
      return remote.verifiable(connection, route) ? 'verify' : 'park';
    case null:
      if (remote.idempotent(connection, route)) return 'repeat';
      return remote.verifiable(connection, route) ? 'verify' : 'park';
    default:
      return route.onUnknown satisfies never;
  }
}

/** Codes of failures that leave the outcome of a call unknown; whoever works on such a call next begins with a question. */
export const unknownCodes: ReadonlySet<string> = new Set(['connection.unknownOutcome', 'run.unknownOutcome', 'run.crashed', 'run.unverified', 'run.undecided']);

/**
 * What came of the call, or null when it was not carried out and may be made. Throws `run.unverified` when the remote
 * cannot be asked now, and `run.undecided` when its answer is for a person to judge.
 */
export async function verdictOn(remote: Remote, call: RemoteCall, signal: AbortSignal): Promise<Receipt | null> {
  const { route } = call;
  const verdict = await remote.verify(call, signal).catch((error: unknown) => {
    throw unverified(route, error, signal);
  });
  switch (verdict.kind) {
    case 'done':
      return verdict.receipt;
    case 'notDone':
      return null;
    case 'undecided': {
      const { code, parameters } = verdict.failure;
      throw failure('run.undecided', { route: route.name, detail: verdict.failure.text('en') }, { cause: verdict.failure, problems: [{ path: '', code, parameters }] });
    }
    default:
      return verdict satisfies never;
  }
}

/** Also who is called away from the question leaves the outcome as unknown as it was. */
export function unverified({ name }: PublishedRoute, error: unknown, signal?: AbortSignal): unknown {
  if (!(error instanceof Failure) && signal?.aborted !== true) return error;
  const next = error instanceof Failure && error.next.kind === 'retryAfter' ? error.next : { kind: 'retry' as const };
  return failure('run.unverified', { route: name, detail: error instanceof Failure ? error.text('en') : 'stopped' }, { cause: error, next });
}
