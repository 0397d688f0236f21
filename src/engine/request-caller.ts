/** Calls a remote for a run, and says what came of it; of a call that got no answer the remote is asked where it can be. */
import { Failure, failure } from '../core/failure.ts';
import type { PublishedConnection, PublishedRoute } from '../core/configuration/published.ts';
import type { Receipt } from '../sdk/connector.ts';
import type { Lease } from './lease.ts';
import type { EngineParts } from './parts.ts';
import type { FailedAnswer, RequestAnswer, RequestNeed } from './request-journal.ts';
import { RunEnds } from './run-end.ts';
import { onUnknown, unknownCodes, verdictOn } from './unknown-outcome.ts';

export interface RemoteCall {
  need: RequestNeed;
  route: PublishedRoute;
  connection: PublishedConnection;
}

export interface RequestCaller {
  call(call: RemoteCall): Promise<RequestAnswer | FailedAnswer>;
  /** What the remote says of a call that got no answer, or null when it may be made. No handler of the scenario goes on from what is still unknown. */
  found(call: RemoteCall): Promise<RequestAnswer | null>;
}

export function createRequestCaller(parts: EngineParts, run: { lease: Lease; signal: AbortSignal }): RequestCaller {
  async function found({ need, route, connection }: RemoteCall): Promise<RequestAnswer | null> {
    try {
      run.lease.assertFresh();
      const receipt = await verdictOn(parts.remote, { connection, route, message: need.message, effectId: need.effectId }, run.signal);
      return receipt === null ? null : answerOf(receipt);
    } catch (error) {
      if (run.signal.aborted) throw run.signal.reason;
      throw error instanceof Failure && unknownCodes.has(error.code) ? new RunEnds(error) : error;
    }
  }

  async function afterSilence(call: RemoteCall, silence: Failure): Promise<RequestAnswer | FailedAnswer> {
    const { need, route, connection } = call;
    switch (onUnknown(route, connection, parts.remote)) {
      case 'repeat':
        return { kind: 'failed', failure: { ...silence.toData(), next: { kind: 'retry' } } };
      case 'verify':
        // Not carried out: the call may be made again at once, but a remote that loses calls is given the pause of a retry.
        return (await found(call)) ?? { kind: 'failed', failure: failure('connection.lost', { connection: connection.name, address: silence.parameters['address'] ?? route.name }, { next: { kind: 'retry' }, cause: silence }).toData() };
      case 'park':
        throw new RunEnds(failure('run.unknownOutcome', { path: need.path, route: route.name }, { cause: silence }));
    }
  }

  return {
    found,
    async call(call) {
      const { need, route, connection } = call;
      try {
        run.lease.assertFresh();
        const receipt = await parts.remote.call(
          { connection, route, message: need.message, effectId: need.effectId },
          { beforeBytes: () => run.lease.assertFresh(), afterBytes: () => parts.crashPoints.reach('request.afterBytes') },
          run.signal,
        );
        return answerOf(receipt);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        if (error.code !== 'connection.unknownOutcome') return { kind: 'failed', failure: error.toData() };
        return await afterSilence(call, error);
      }
    },
  };
}

function answerOf(receipt: Receipt): RequestAnswer {
  return {
    kind: 'request',
    result: {
      kind: receipt.kind,
      response: receipt.response,
      status: receipt.status ?? null,
      failure: receipt.kind === 'error' ? receipt.failure.toData() : null,
      ...(receipt.notes === undefined ? {} : { notes: receipt.notes.map((note) => note.toData()) }),
    },
  };
}
