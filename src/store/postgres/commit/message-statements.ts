/** Message rows and their business keys. */
import type { MessageRow, MessageWrite } from '../../../core/effect-set.ts';
import type { MessageFile } from '../../../core/message-file.ts';
import { classOf } from '../../../core/message-id.ts';
import { failureColumns, messageColumnList, messageParameters, messageValues } from '../message-columns.ts';
import { bufferOf, payloadColumns } from '../payload-columns.ts';
import type { Mismatch, Statement } from '../statement.ts';

/** A row that somebody else recorded or finished is his: the work of this set is dropped. */
const recordedElsewhere: Mismatch = { kind: 'fenced' };

/** `guarded`: a message that somebody finished is not written again. */
export function messageStatements(write: MessageWrite, set: string, guarded: boolean): Statement[] {
  return write.op === 'insert' ? insertedRow(write.row, set) : [updatedRow(write, guarded)];
}

export function insertedRow(row: MessageRow, set: string): Statement[] {
  const insert: Statement = {
    name: 'message.insert',
    text: `INSERT INTO zveno.message (${messageColumnList}) VALUES (${messageParameters}) ON CONFLICT (class, id) DO NOTHING RETURNING 1`,
    values: messageValues(row, set),
    expect: { rows: 1, otherwise: recordedElsewhere },
  };
  return [insert, ...(Object.keys(row.keys).length === 0 ? [] : [keys(row)]), ...(row.files === undefined || row.files.length === 0 ? [] : [files(row, row.files)])];
}

function files(row: MessageRow, brought: readonly MessageFile[]): Statement {
  return {
    name: 'message.files',
    text: `INSERT INTO zveno.message_file (class, message, file, hash) SELECT $1::smallint, $2::uuid, f.file, f.hash FROM unnest($3::uuid[], $4::bytea[]) AS f (file, hash)`,
    values: [classOf(row.id), row.id, brought.map(({ id }) => id), brought.map(({ hash }) => Buffer.from(hash, 'hex'))],
  };
}

function keys(row: MessageRow): Statement {
  return {
    name: 'message.keys',
    text: `INSERT INTO zveno.message_key (class, message, name, value, route)
      SELECT $1::smallint, $2::uuid, k.name, k.value, $3 FROM unnest($4::text[], $5::text[]) AS k (name, value)`,
    values: [classOf(row.id), row.id, row.route, Object.keys(row.keys), Object.values(row.keys)],
  };
}

function updatedRow(write: MessageWrite & { op: 'update' }, guarded: boolean): Statement {
  const [code, text] = failureColumns(write.failure);
  const columns = ['state', 'attempts', 'failure_code', 'failure'];
  const values: unknown[] = [classOf(write.id), write.id, write.state, write.attempts, code, text];
  const set = (names: readonly string[], more: readonly unknown[]): void => {
    columns.push(...names);
    values.push(...more);
  };
  if (write.reply !== undefined) set(['reply', 'reply_blob', 'reply_size'], payloadColumns(write.reply));
  if (write.replyStatus !== undefined) set(['reply_status'], [write.replyStatus]);
  if (write.trace !== undefined) set(['trace'], [write.trace === null ? null : bufferOf(write.trace)]);
  if (write.runState !== undefined) set(['run_state'], [write.runState === null ? null : bufferOf(write.runState)]);
  if (write.scenarioNames !== undefined) set(['scenario_names'], [write.scenarioNames]);
  return {
    // Not prepared: a plan for any id would lock every partition.
    text: `UPDATE zveno.message SET ${columns.map((column, index) => `${column} = $${index + 3}`).join(', ')}, changed_at = clock_timestamp()
      WHERE class = $1 AND id = $2${guarded ? " AND state NOT IN ('done', 'discarded')" : ''} RETURNING 1`,
    values,
    expect: { rows: 1, otherwise: recordedElsewhere },
  };
}
