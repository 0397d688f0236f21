/** Intents and outcomes of remote calls. */
import type { IntentWrite, OutcomeWrite } from '../../../core/effect-set.ts';
import { classOf } from '../../../core/message-id.ts';
import { bufferOf, payloadColumns } from '../payload-columns.ts';
import type { Mismatch, Statement } from '../statement.ts';

/** Another attempt recorded it meanwhile: computing the run again replays what is there. */
const recordedMeanwhile: Mismatch = { kind: 'conflict' };

export const intentStatement = (write: IntentWrite, set: string): Statement => ({
  name: write.again === true ? 'call.intentAgain' : 'call.intent',
  text: `INSERT INTO zveno.remote_call (class, run, path, effect_id, request_hash, connection_name, route_name, request, request_blob, request_size, intent_set)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (class, run, path) ${write.again === true ? replaced : 'DO NOTHING'} RETURNING 1`,
  values: [classOf(write.run), write.run, write.path, write.effectId, bufferOf(write.requestHash), write.connectionName, write.routeName, ...payloadColumns(write.request), set],
  expect: { rows: 1, otherwise: recordedMeanwhile },
});

/** Nobody knows what will come of it any more. */
const replaced = `DO UPDATE SET (effect_id, request_hash, connection_name, route_name, request, request_blob, request_size, intent_set, intent_at, outcome, outcome_set, outcome_at)
  = (excluded.effect_id, excluded.request_hash, excluded.connection_name, excluded.route_name, excluded.request, excluded.request_blob, excluded.request_size, excluded.intent_set, clock_timestamp(), NULL, NULL, NULL)`;

/** A call that was known not to have been carried out may be made again: its last outcome counts. */
export const outcomeStatement = (write: OutcomeWrite, set: string): Statement => ({
  // Not prepared: a plan for any run would lock every partition.
  text: `UPDATE zveno.remote_call SET outcome = $4, outcome_set = $5, outcome_at = clock_timestamp() WHERE class = $1 AND run = $2 AND path = $3`,
  values: [classOf(write.run), write.run, write.path, bufferOf(write.outcome), set],
});
