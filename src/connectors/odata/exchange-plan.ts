/** Exchange plans of 1C: changes are read in a package, kept by the caller, and only then confirmed. */
import { createHash } from 'node:crypto';
import { Decimal, Failure, failure, type Receipt, type SpecValues, type Value } from '../../sdk/index.ts';
import { AtomProblem } from './atom.ts';
import { readChanges, unsupportedList, type ChangePackage } from './change-package.ts';
import { malformed, okReceipt, perform, refusal, type Target, type Work } from './exchange.ts';
import { exchangePoint, type ExchangeNode } from './exchange-node.ts';
import { inTurn, type NodeTurn } from './exchange-turn.ts';
import { printQuery } from './query-string.ts';
import { readServiceError } from './service-error.ts';
import type { ServiceAnswer } from './service.ts';
import type { confirmChanges, selectChanges } from './spec.ts';

type SelectRoute = SpecValues<typeof selectChanges>;
type ConfirmRoute = SpecValues<typeof confirmChanges>;

/**
 * `{messageNo, token, entries, changes, unsupported, broken}`. The same package comes again, with what was registered
 * since, until it is confirmed: so nothing is lost when the caller dies in between.
 */
export async function readPackage(work: Work, route: SelectRoute): Promise<Receipt> {
  return await inTurn(work, route, async (node, turn) => {
    lookForOthers(work, route, node, turn);
    // From here on more may have been handed out than anybody knows the token of.
    await turn.leave({ messageNo: node.received.plus(1).toFixed(), token: '', confirmed: node.received.toFixed() });
    return await readAtNode(work, route, node, turn);
  });
}

/**
 * 1C takes a package off its list for whoever confirms it. A number that went on without us means that another system reads
 * the same node, and that its packages have never come here: to read on as if nothing had happened would lose them in silence.
 */
function lookForOthers(work: Work, { acceptMissed }: SelectRoute, node: ExchangeNode, { own }: NodeTurn): void {
  const { received } = node;
  const place = placeOf(work, node);
  if (own === undefined) {
    if (received.greaterThan(0)) work.notes.tell('warn', 'odata.exchangeNodeUsed', { ...place, received: received.toFixed() });
  } else if (received.greaterThan(own)) {
    const missed = { ...place, from: own.plus(1).toFixed(), to: received.toFixed() };
    if (acceptMissed === undefined || received.greaterThan(acceptMissed)) throw failure('odata.exchangeNodeShared', missed);
    work.notes.tell('warn', 'odata.exchangeMissed', missed);
  } else if (received.lessThan(own)) work.notes.tell('warn', 'odata.exchangeNodeBack', { ...place, received: received.toFixed(), own: own.toFixed() });
}

async function readAtNode(work: Work, route: SelectRoute, node: ExchangeNode, turn: NodeTurn): Promise<Receipt> {
  const messageNo = node.received.plus(1).toFixed();
  const target = targetOf(node, 'SelectChanges');
  const answer = await perform(work, { method: 'POST', path: addressOf(work, node, 'SelectChanges', messageNo), headers: { accept: 'application/atom+xml' }, responseBytes: route.maxBytes, feed: true }, true);
  const refused = blocked(work, node, answer) ?? refusal(work, target, answer);
  if (refused !== undefined) return refused;
  if (answer.feed === undefined) return malformed(work, target, answer, 'no feed of changes');
  const read = await tryRead(work, { node, messageNo, route }, answer.feed);
  if (read instanceof AtomProblem) return malformed(work, target, { ...answer, problem: `Atom: ${read.message}` }, '');
  tell(work, node, messageNo, read);
  const [broken] = read.broken;
  if (broken !== undefined && route.broken === 'refuse') throw failure('odata.changeBroken', { ...placeOf(work, node), messageNo, count: read.broken.length, address: broken.address ?? '', detail: broken.detail });
  const token = tokenFor(read);
  await turn.leave({ messageNo, token, confirmed: node.received.toFixed() });
  return okReceipt({
    // An empty package is not confirmed: nothing was handed out under its number.
    messageNo: read.entries === 0 ? null : new Decimal(messageNo),
    token, entries: new Decimal(read.entries), changes: read.changes, unsupported: unsupportedList(read), broken: read.broken,
  }, answer.http);
}

/** The message is what `selectChanges` gave, its `changes` may be left out. `{confirmed, repeated, superseded}`. */
export async function confirmPackage(work: Work, route: ConfirmRoute): Promise<Receipt> {
  const wanted = messageNoOf(work);
  if (wanted === null) return done(false);
  return await inTurn(work, route, (node, turn) => confirmAtNode(work, node, wanted, turn));
}

async function confirmAtNode(work: Work, node: ExchangeNode, wanted: Decimal, turn: NodeTurn): Promise<Receipt> {
  const { newest, own } = turn;
  if (node.received.greaterThanOrEqualTo(wanted)) {
    // What we hold is kept already; that somebody else has confirmed it is said now, and keeps the next reading from going on.
    if (own !== undefined && wanted.greaterThan(own)) work.notes.tell('warn', 'odata.exchangeNodeShared', { ...placeOf(work, node), from: wanted.toFixed(), to: node.received.toFixed() });
    return done(true, { repeated: true });
  }
  if (!node.received.plus(1).equals(wanted)) throw failure('odata.exchangeNumber', { ...placeOf(work, node), messageNo: wanted.toFixed(), expected: node.received.plus(1).toFixed() });
  // Under the same number more has been handed out since: to confirm it now would lose what its reader has not kept yet.
  if (newest?.messageNo === wanted.toFixed() && newest.token !== tokenOf(work)) return done(false, { superseded: true });
  // If this process dies before it hears the answer, the number that 1C then has is known to be our own.
  const mark = { messageNo: wanted.toFixed(), token: newest?.messageNo === wanted.toFixed() ? newest.token : '', confirmed: (own ?? node.received).toFixed() };
  await turn.leave({ ...mark, confirming: wanted.toFixed() });
  const target = targetOf(node, 'NotifyChangesReceived');
  const answer = await perform(work, { method: 'POST', path: addressOf(work, node, 'NotifyChangesReceived', wanted.toFixed()) });
  const refused = refusal(work, target, answer);
  if (refused !== undefined) {
    await turn.leave(mark);
    return refused;
  }
  work.notes.tell('info', 'odata.packageConfirmed', { ...placeOf(work, node), messageNo: wanted.toFixed() });
  return done(true);
}

/** Tells what was read from what comes later under the same number. Moments of writing do not count: each answer has its own. */
function tokenFor({ changes, broken, entries }: ChangePackage): string {
  const hash = createHash('sha256').update(String(entries));
  for (const { set, key, removed, row } of changes) hash.update(JSON.stringify([set, key, removed, row ?? null]));
  for (const { raw } of broken) hash.update(raw);
  return hash.digest('base64url').slice(0, 22);
}

const done = (confirmed: boolean, { repeated = false, superseded = false } = {}): Receipt => ({ kind: 'ok', response: { confirmed, repeated, superseded } });

const placeOf = ({ context }: Work, { plan, key }: ExchangeNode): { connection: string; plan: string; node: string } => ({ connection: context.name, plan: plan.name, node: key });
const targetOf = ({ plan, key }: ExchangeNode, name: string): Target => ({ name: `${plan.name}/${name}`, key, repeatable: true });

const addressOf = (work: Work, node: ExchangeNode, name: string, messageNo: string): string =>
  name + printQuery(work.context.name, work.described, [['DataExchangePoint', exchangePoint(work, node)], ['MessageNo', messageNo]]);

function messageNoOf({ context, message }: Work): Decimal | null {
  const value: Value | undefined = Object.hasOwn(message, 'messageNo') ? message['messageNo'] : undefined;
  if (value === undefined) throw failure('connection.valueMissing', { connection: context.name, attribute: 'messageNo' });
  if (value === null) return null;
  const number = typeof value === 'number' || value instanceof Decimal || (typeof value === 'string' && /^\d{1,15}$/.test(value)) ? new Decimal(value) : undefined;
  if (number === undefined || !number.isInteger() || number.lessThan(1)) throw failure('connection.valueWrongType', { connection: context.name, attribute: 'messageNo', expected: 'integer', actual: typeof value });
  return number;
}

function tokenOf({ context, message }: Work): string {
  const value = Object.hasOwn(message, 'token') ? message['token'] : undefined;
  if (typeof value !== 'string' || value === '') throw failure('connection.valueMissing', { connection: context.name, attribute: 'token' });
  return value;
}

/** One character that XML cannot hold blocks every package until it is taken out of the base. */
function blocked(work: Work, node: ExchangeNode, answer: ServiceAnswer): Receipt | undefined {
  const { status, headers } = answer.http;
  if (status !== 400 && status !== 500) return undefined;
  const message = readServiceError(answer.text, answer.value)?.message ?? '';
  const character = /<[01][0-9a-f]>/.exec(message)?.[0];
  if (character === undefined) return undefined;
  return { kind: 'error', failure: failure('odata.exchangeBlocked', { ...placeOf(work, node), character, detail: message }), response: { status, message }, status, headers };
}

interface Reading {
  node: ExchangeNode;
  messageNo: string;
  route: SelectRoute;
}

async function tryRead(work: Work, { node, messageNo, route }: Reading, feed: AsyncIterable<Uint8Array>): Promise<ChangePackage | AtomProblem> {
  try {
    return await readChanges(work.described.model, feed, route.sets);
  } catch (error) {
    if (error instanceof AtomProblem) return error;
    if (error instanceof Failure && error.code === 'connection.responseTooLarge') throw failure('odata.packageTooLarge', { ...placeOf(work, node), messageNo, limit: route.maxBytes }, { cause: error });
    // Nothing has happened there: the same package comes again.
    if (error instanceof Failure && error.code === 'connection.malformedResponse') throw failure(error.code, error.parameters, { cause: error, next: { kind: 'retry' } });
    throw error;
  }
}

function tell(work: Work, node: ExchangeNode, messageNo: string, read: ChangePackage): void {
  const { notes } = work;
  notes.tell('info', 'odata.packageRead', { ...placeOf(work, node), messageNo, bytes: read.bytes, entries: read.entries, changes: read.changes.length });
  if (read.unsupported.size > 0) notes.tell('warn', 'odata.changesUnsupported', { ...placeOf(work, node), messageNo, types: [...read.unsupported].map(([type, count]) => `${type}: ${count}`) });
  if (read.broken.length > 0) work.context.log.warn('odata.changesBroken', { ...placeOf(work, node), messageNo, count: read.broken.length });
}
