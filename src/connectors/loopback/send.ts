/** Answers without a network: canned replies, delays and failures. */
import {
  createPropertyReader, failure, isObject, parseJson, printJson,
  type ConnectionContext, type FailureCode, type OpenConnection, type OutgoingCall, type Receipt, type SpecValues, type Value,
} from '../../sdk/index.ts';
import { call, type connection } from './spec.ts';

type Route = SpecValues<typeof call>;

/** How many effect ids keep their place in a list of replies; the oldest are forgotten. */
const remembered = 1_000;

export function openLoopback(context: ConnectionContext<SpecValues<typeof connection>>): OpenConnection {
  const read = createPropertyReader(call, `a route over ${context.name}`);
  const closing = new AbortController();
  const turns = new Map<string, Turns>();

  async function send(outgoing: OutgoingCall, signal: AbortSignal): Promise<Receipt> {
    signal.throwIfAborted();
    if (closing.signal.aborted) throw failure('connection.closed', { connection: context.name });
    if (outgoing.operation !== 'call') throw failure('connection.unknownOperation', { connection: context.name, operation: outgoing.operation, known: 'call' });
    const route = read(outgoing.properties);
    await outgoing.beforeBytes();
    await outgoing.afterBytes();
    if (route.delayMs > 0) await context.clock.sleep(route.delayMs, AbortSignal.any([signal, closing.signal]));
    const response = replyOf(context.name, route, outgoing, turnsOf(route));
    const status = route.status === undefined ? {} : { status: route.status };
    return route.fail === '' ? { kind: 'ok', response, ...status } : failed(context.name, route.fail, response, status);
  }

  function turnsOf(route: Route): Turns {
    const key = JSON.stringify(route.reply);
    const known = turns.get(key) ?? new Map<string, number>();
    turns.set(key, known);
    return known;
  }

  return {
    send,
    async close() {
      closing.abort(failure('connection.closed', { connection: context.name }));
    },
  };
}

/** Effect id → its place in the list, so that a repeat gets the same reply. */
type Turns = Map<string, number>;

function replyOf(connectionName: string, route: Route, outgoing: OutgoingCall, turns: Turns): Value {
  if (route.reply === null) return outgoing.request;
  if (route.choose === 'fixed') return valueOf(route.reply);
  if (!Array.isArray(route.reply)) return valueOf(route.reply);
  const replies: readonly unknown[] = route.reply;
  if (route.choose === 'order') return valueOf(replies[Math.min(turnOf(turns, outgoing.effectId), replies.length - 1)] ?? null);
  const found = replies.map(valueOf).find((each) => isObject(each) && isPart(each['when'] ?? {}, outgoing.request));
  if (found === undefined || !isObject(found)) throw failure('connection.notFound', { connection: connectionName, address: 'match' });
  return found['reply'] ?? null;
}

function turnOf(turns: Turns, effectId: string): number {
  const known = turns.get(effectId);
  if (known !== undefined) return known;
  // Insertion order is the order of turns.
  const turn = ([...turns.values()].at(-1) ?? -1) + 1;
  turns.set(effectId, turn);
  const oldest = turns.keys().next().value;
  if (turns.size > remembered && oldest !== undefined) turns.delete(oldest);
  return turn;
}

/** Whether every field of `part` is in `whole` with an equal value. */
function isPart(part: Value, whole: Value | undefined): boolean {
  if (!isObject(part)) return whole !== undefined && printJson(part) === printJson(whole);
  return isObject(whole) && Object.entries(part).every(([key, value]) => isPart(value, whole[key]));
}

/** A property is plain JSON; read again it becomes an ordinary value of a message. */
const valueOf = (json: unknown): Value => parseJson(JSON.stringify(json));

/** A failure that stands for "no answer" is thrown, one that stands for an answer comes as a receipt, as from a real remote. */
function failed(connectionName: string, code: string, response: Value, status: { status?: number }): Receipt {
  // The spec lets only codes of the catalogue through.
  const made = failure(code as FailureCode, { connection: connectionName, address: 'loopback', detail: 'loopback' });
  if (answered.has(code)) return { kind: 'error', failure: made, response, ...status };
  throw made;
}

const answered: ReadonlySet<string> = new Set([
  'connection.authenticationFailed', 'connection.permissionDenied', 'connection.notFound', 'connection.busy', 'connection.rejected', 'connection.serverError',
  'connection.constraint', 'connection.redirects', 'connection.redirectRefused', 'connection.responseTooLarge', 'connection.tooManyRows', 'connection.malformedResponse',
]);
