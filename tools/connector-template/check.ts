/** Tests a connection by reading, which changes nothing. */
import { createHttpPort, established, Failure, failure, readUrl, runStages, statusFailure, type CheckStage, type HttpAnswer } from '../../src/sdk/index.ts';
import { request, type Context } from './send.ts';

export async function* checkSystem(context: Context, signal: AbortSignal): AsyncGenerator<CheckStage> {
  const { dial, properties } = context;
  yield* runStages(context.clock, [
    { stage: 'address', run: async () => {
      const addresses = (await dial.resolve(readUrl(context.name, properties.url).hostname, signal)).join(', ');
      return { ru: addresses, en: addresses };
    } },
    { stage: 'authentication', run: async () => {
      const answer = await ask(context, signal);
      const refused = statusFailure({ connection: context.name, address: answer.url, status: answer.status, headers: answer.headers, nowMs: context.clock.wallMs() });
      if (refused !== undefined) throw refused;
      return established;
    } },
  ]);
}

async function ask(context: Context, signal: AbortSignal): Promise<HttpAnswer> {
  const port = createHttpPort({ connection: context.name, dialer: context.dial });
  try {
    return await request(context, port, { method: 'GET', path: '' }, signal);
  } catch (error) {
    // A read that got no answer has no effect to worry about.
    if (!(error instanceof Failure) || error.code !== 'connection.unknownOutcome') throw error;
    signal.throwIfAborted();
    throw failure('connection.timeout', { connection: context.name, address: context.properties.url, ms: context.properties.timeoutMs }, { cause: error });
  } finally {
    await port.close();
  }
}
