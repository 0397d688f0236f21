/** Turns what the interpreter wants into a whole effect set: sends become outbox rows, `after` triggers become runs. */
import { failure } from '../core/failure.ts';
import type { Configuration } from '../core/configuration/published.ts';
import { emptyEffectSet, type EffectSet, type MessageRow, type OutboxWrite, type RetentionDays, type RunWrite } from '../core/effect-set.ts';
import type { RunEffects } from '../core/scenario/machine-port.ts';
import { instantText } from './instant.ts';
import { jsonBytes, payloadOf } from './journal-payload.ts';
import { freshMessageId } from './message-id-source.ts';
import type { EngineParts } from './parts.ts';
import { randomUuid } from './uuid.ts';
import { packedRun } from './packed-run.ts';

/** Runs that no route started are kept this long. */
export const runRetentionDays: RetentionDays = 30;

export interface Parent {
  /** Message id of the run; null when plain writes of the API caused the effects. */
  id: string | null;
  depth: number;
  caller: string;
  orderKey: string | null;
  /** Scenarios that led here, oldest first, this run's own last. */
  chain: readonly string[];
}

export async function effectSetOf(parts: EngineParts, configuration: Configuration, parent: Parent, effects: RunEffects): Promise<EffectSet> {
  const outbox: OutboxWrite[] = [];
  for (const send of effects.sends) outbox.push(await outboxWrite(parts, configuration, parent, send));
  const runs: RunWrite[] = [];
  for (const run of effects.afterRuns) runs.push(await runWrite(parts, configuration, parent, run));
  return { ...emptyEffectSet(randomUuid(parts.random)), records: effects.records, checks: effects.checks, outbox, runs };
}

async function outboxWrite(parts: EngineParts, configuration: Configuration, parent: Parent, send: RunEffects['sends'][number]): Promise<OutboxWrite> {
  const route = configuration.route(send.route);
  if (route === undefined) throw failure('route.unknown', { route: send.route });
  const orderKey = send.key ?? parent.orderKey;
  const row: MessageRow = {
    ...blankRow(parts, route.retentionDays),
    direction: 'out',
    state: 'pending',
    route: route.id,
    routeVersion: route.version,
    routeName: route.name,
    connectionName: route.connection,
    parent: parent.id,
    depth: parent.depth,
    effectId: send.effectId,
    orderKey,
    caller: parent.caller,
    contentType: 'application/json',
    payload: await payloadOf(jsonBytes(send.message), parts.store),
  };
  return { row, route: route.id, connection: route.connection, orderKey, dueInMs: 0 };
}

async function runWrite(parts: EngineParts, configuration: Configuration, parent: Parent, run: RunEffects['afterRuns'][number]): Promise<RunWrite> {
  const scenario = configuration.scenario(run.scenario);
  if (scenario === undefined) throw failure('scenario.unknown', { scenario: run.scenario });
  const row: MessageRow = {
    ...blankRow(parts, runRetentionDays),
    direction: 'run',
    state: 'pending',
    scenarioNames: [run.scenario],
    revision: configuration.revision,
    parent: parent.id,
    depth: parent.depth + 1,
    caller: parent.caller,
    payload: await payloadOf(packedRun({ variables: run.variables, context: run.context, chain: parent.chain }), parts.store),
  };
  return { row, route: scenario.id, orderKey: null, dueInMs: 0 };
}

export function blankRow(parts: Pick<EngineParts, 'clock' | 'random'>, retentionDays: RetentionDays): MessageRow {
  return {
    id: freshMessageId(parts, retentionDays),
    direction: 'in',
    state: 'pending',
    route: null,
    routeVersion: null,
    routeName: null,
    connectionName: null,
    scenarioNames: [],
    parent: null,
    depth: 0,
    effectId: null,
    orderKey: null,
    idempotencyKey: null,
    caller: 'system',
    receivedAt: instantText(parts.clock.wallMs()),
    contentType: null,
    payload: null,
    reply: null,
    replyStatus: null,
    attempts: 0,
    failure: null,
    trace: null,
    runState: null,
    keys: {},
  };
}
