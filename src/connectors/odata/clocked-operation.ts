/** Operations over rows whose dates are turned into the clock of the server on the way out, and back on the way in. */
import { isObject, type Receipt, type Value, type ValueObject } from '../../sdk/index.ts';
import type { StructuredType } from './edm.ts';
import type { Work } from './exchange.ts';
import { setNamed } from './key.ts';
import { toMessage, toServer, type ServerClock } from './server-clock.ts';

type Run = (work: Work) => Promise<Receipt>;

export const clockOf = ({ context, described: { model, dialect } }: Work): ServerClock => ({ connection: context.name, model, dialect, timeZone: context.properties.timeZone });

/** The message is a row or a key of the set, the response holds its rows. */
export const ofRow = (set: string, run: Run): Run => async (work) => inMessage(work, set, await run(onClock(work, set)));

/** Only the response holds rows of the set. */
export const ofRows = (set: string, run: Run): Run => async (work) => inMessage(work, set, await run(work));

export const onClock = (work: Work, set: string): Work => ({ ...work, message: toServer(clockOf(work), typeOf(work, set), work.message) });

const typeOf = ({ context, described }: Work, set: string): StructuredType => setNamed(context.name, described.model, set).type;

/** The response holds changes, each of a set of its own. */
export const ofChanges = (run: Run): Run => async (work) => {
  const receipt = await run(work);
  const response = receipt.kind === 'ok' && isObject(receipt.response) ? receipt.response : undefined;
  const changes = response?.['changes'];
  if (receipt.kind !== 'ok' || response === undefined || !Array.isArray(changes)) return receipt;
  return { ...receipt, response: { ...response, changes: changes.map((change: Value) => (isObject(change) ? changeInMessage(work, change) : change)) } };
};

function changeInMessage(work: Work, change: ValueObject): ValueObject {
  const { set, key, row } = change;
  const type = work.described.model.sets.get(typeof set === 'string' ? set : '')?.type;
  const shown = (value: Value | undefined, name: string): ValueObject => (isObject(value) ? { [name]: toMessage(clockOf(work), type, value) } : {});
  return { ...change, ...shown(key, 'key'), ...shown(row, 'row') };
}

export function inMessage(work: Work, set: string, receipt: Receipt): Receipt {
  if (receipt.kind !== 'ok' || !isObject(receipt.response)) return receipt;
  const { row, rows } = receipt.response;
  const type = typeOf(work, set);
  const one = (value: Value): Value => (isObject(value) ? toMessage(clockOf(work), type, value) : value);
  return { ...receipt, response: { ...receipt.response, ...(row === undefined ? {} : { row: one(row) }), ...(Array.isArray(rows) ? { rows: rows.map(one) } : {}) } };
}
