/** Reading by itself: a set page by page, or the changes of an exchange plan. Both go by the operations that a scenario may call. */
import { failure, isObject, type OpenConnection, type OutgoingCall, type ReadCall, type ReadPage, type Receipt, type Value, type ValueObject } from '../../sdk/index.ts';

type Send = (call: OutgoingCall, signal: AbortSignal) => Promise<Receipt>;

export function rowSource(connection: string, send: Send, nowMs: () => number): Required<Pick<OpenConnection, 'read' | 'confirm'>> {
  return {
    async read(call, signal) {
      switch (call.operation) {
        case 'readRows': return readRows(call, nowMs, (request) => asked(send, 'query', call, request, signal));
        case 'readChanges': return readChanges(await asked(send, 'selectChanges', call, {}, signal));
        default: throw failure('connection.unknownOperation', { connection, operation: call.operation, known: 'readRows, readChanges' });
      }
    },
    async confirm({ operation, properties, cursor }, signal) {
      if (operation !== 'readChanges' || !isObject(cursor)) return;
      const { plan = null, node = null } = properties;
      await asked(send, 'confirmChanges', { properties: { plan, node } }, cursor, signal);
    },
  };
}

/** `since` is when the last whole reading began: what changed during it comes again rather than never. */
async function readRows({ cursor }: ReadCall, nowMs: () => number, query: (request: ValueObject) => Promise<ValueObject>): Promise<ReadPage> {
  const { page = null, since = null, began = new Date(nowMs()).toISOString() } = isObject(cursor) ? cursor : {};
  const { rows, next } = await query({ cursor: page, lastSuccess: since });
  const messages = Array.isArray(rows) && rows.length > 0 ? [{ rows }] : [];
  return typeof next === 'string' ? { messages, cursor: { page: next, since, began }, more: true } : { messages, cursor: { since: began }, more: false };
}

/** A package that holds nothing ends the reading; each other one is confirmed, and then the next is read. */
function readChanges(read: ValueObject): ReadPage {
  const { messageNo = null, token = null } = read;
  return messageNo === null ? { messages: [], cursor: null, more: false } : { messages: [read], cursor: { messageNo, token }, more: true, confirm: true };
}

async function asked(send: Send, operation: string, { properties }: Pick<ReadCall, 'properties'>, request: Value, signal: AbortSignal): Promise<ValueObject> {
  const receipt = await send({ operation, properties, request, effectId: '', beforeBytes: () => undefined, afterBytes: () => undefined }, signal);
  if (receipt.kind === 'error') throw receipt.failure;
  return isObject(receipt.response) ? receipt.response : {};
}
