/** A reading on our own account has no effect whose fate could be unknown: it was only too slow, or the link broke. */
import { Failure, failure } from '../../sdk/index.ts';
import type { ServiceContext } from './service-context.ts';

export async function asRead<T>(context: ServiceContext, address: string, ms: number, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'connection.unknownOutcome') throw error;
    signal.throwIfAborted();
    throw failure(error.parameters['late'] === true ? 'connection.timeout' : 'connection.lost', { connection: context.name, address, ms }, { cause: error });
  }
}
