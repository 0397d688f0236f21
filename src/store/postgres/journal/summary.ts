/** One line of the journal as it is selected. */
import type { MessageRow, MessageState } from '../../../core/effect-set.ts';
import type { FailureCode } from '../../../core/errors.ts';
import type { MessageSummary } from '../../../core/journal.ts';

/** For SELECT, with the table's alias `m`. */
export const summaryColumns = `m.id, m.direction, m.state, m.route, m.route_name, m.connection_name, m.scenario_names, m.parent, m.effect_id, m.order_key, m.caller,
  m.received_at, m.changed_at, m.payload_size, m.reply_status, m.attempts, m.failure_code`;

export interface SummaryRow {
  id: string;
  direction: MessageRow['direction'];
  state: MessageState;
  route: string | null;
  route_name: string | null;
  connection_name: string | null;
  scenario_names: string[];
  parent: string | null;
  effect_id: string | null;
  order_key: string | null;
  caller: string;
  received_at: string;
  changed_at: string;
  payload_size: string | null;
  reply_status: number | null;
  attempts: number;
  failure_code: FailureCode | null;
}

export const summaryOf = (row: SummaryRow): MessageSummary => ({
  id: row.id,
  direction: row.direction,
  state: row.state,
  route: row.route,
  routeName: row.route_name,
  connectionName: row.connection_name,
  scenarioNames: row.scenario_names,
  parent: row.parent,
  effectId: row.effect_id,
  orderKey: row.order_key,
  caller: row.caller,
  receivedAt: row.received_at,
  changedAt: row.changed_at,
  payloadBytes: row.payload_size === null ? null : Number(row.payload_size),
  replyStatus: row.reply_status,
  attempts: row.attempts,
  failureCode: row.failure_code,
});
