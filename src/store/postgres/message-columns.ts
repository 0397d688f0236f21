/** A message row as columns, and back. */
import type { MessageRow, MessageState } from '../../core/effect-set.ts';
import type { FailureData } from '../../core/failure.ts';
import { classOf } from '../../core/message-id.ts';
import { bufferOf, payloadColumns, payloadOf } from './payload-columns.ts';

const names = [
  'class', 'id', 'direction', 'state', 'route', 'route_version', 'route_name', 'connection_name', 'scenario_names', 'parent', 'depth', 'effect_id',
  'order_key', 'idempotency_key', 'caller', 'received_at', 'content_type', 'payload', 'payload_blob', 'payload_size', 'reply', 'reply_blob', 'reply_size',
  'reply_status', 'attempts', 'failure_code', 'failure', 'trace', 'run_state', 'revision',
] as const;

/** For INSERT: names and parameters in the order of `messageValues`. */
export const messageColumnList = `${names.join(', ')}, set_id`;
export const messageParameters = `${names.map((_, index) => `$${index + 1}`).join(', ')}, $${names.length + 1}`;

/** `set`: the effect set that inserts the row. */
export const messageValues = (row: MessageRow, set: string): unknown[] => [
  classOf(row.id), row.id, row.direction, row.state, row.route, row.routeVersion, row.routeName, row.connectionName, row.scenarioNames, row.parent, row.depth, row.effectId,
  row.orderKey, row.idempotencyKey, row.caller, row.receivedAt, row.contentType, ...payloadColumns(row.payload), ...payloadColumns(row.reply),
  row.replyStatus, row.attempts, ...failureColumns(row.failure), row.trace === null ? null : bufferOf(row.trace), row.runState === null ? null : bufferOf(row.runState), row.revision ?? null, set,
];

export const failureColumns = (failure: FailureData | null): readonly [string | null, string | null] => (failure === null ? [null, null] : [failure.code, JSON.stringify(failure)]);

/** For SELECT. */
export const messageSelectList = names.join(', ');

export interface MessageColumns {
  id: string;
  direction: MessageRow['direction'];
  state: MessageState;
  route: string | null;
  route_version: number | null;
  route_name: string | null;
  connection_name: string | null;
  scenario_names: string[];
  parent: string | null;
  depth: number;
  effect_id: string | null;
  order_key: string | null;
  idempotency_key: string | null;
  caller: string;
  received_at: string;
  content_type: string | null;
  payload: Buffer | null;
  payload_blob: Buffer | null;
  payload_size: string | null;
  reply: Buffer | null;
  reply_blob: Buffer | null;
  reply_size: string | null;
  reply_status: number | null;
  attempts: number;
  failure: FailureData | null;
  trace: Buffer | null;
  run_state: Buffer | null;
  revision: string | null;
}

export const messageOf = (row: MessageColumns, keys: Readonly<Record<string, string>>): MessageRow => ({
  id: row.id,
  direction: row.direction,
  state: row.state,
  route: row.route,
  routeVersion: row.route_version,
  routeName: row.route_name,
  connectionName: row.connection_name,
  scenarioNames: row.scenario_names,
  parent: row.parent,
  depth: row.depth,
  effectId: row.effect_id,
  orderKey: row.order_key,
  idempotencyKey: row.idempotency_key,
  caller: row.caller,
  receivedAt: row.received_at,
  contentType: row.content_type,
  payload: payloadOf(row.payload, row.payload_blob, row.payload_size),
  reply: payloadOf(row.reply, row.reply_blob, row.reply_size),
  replyStatus: row.reply_status,
  attempts: row.attempts,
  failure: row.failure,
  trace: row.trace,
  runState: row.run_state,
  revision: row.revision === null ? null : Number(row.revision),
  keys,
});
