/** Many operations in one request, and what came of each of them. */
import { Failure, failure, limits, type Receipt, type SpecValues, type Value, type ValueObject } from '../../sdk/index.ts';
import { answerFailure } from './answer-failure.ts';
import type { BatchFormat } from './batch-format.ts';
import { parseBatchJson, printBatchJson } from './batch-json.ts';
import { readMembers, type BatchMember } from './batch-member.ts';
import { BatchProblem, parseMultipart, printMultipart, type BatchUnit } from './batch-multipart.ts';
import { createBatchSize, sizeRefusal, type BatchSize } from './batch-size.ts';
import { comparedOutcomes } from './batch-comparison.ts';
import { judgeById, judgeUnits, outcomeJson, type MemberOutcome } from './batch-outcome.ts';
import type { batch } from './batch-spec.ts';
import { okReceipt, perform, type Work } from './exchange.ts';
import { shownValue } from './literal.ts';
import type { ServiceAnswer } from './service.ts';

type Route = SpecValues<typeof batch>;

/**
 * The message: `{operations: [{operation, set, row | key, id, etag, group, into}]}`. The response:
 * `{results, done, failed, unknown, notRun}`; it is an error answer unless all were done.
 */
export async function performBatch(work: Work, route: Route): Promise<Receipt> {
  const members = readMembers(work, route);
  const size = createBatchSize(work, route.maxOps);
  const outcomes: MemberOutcome[] = [];
  let last: ServiceAnswer | undefined;
  let waiting = size.split(unitsOf(members));
  for (let units = waiting[0]; units !== undefined; units = waiting[0]) {
    const sent = await attempt(work, route, { units, size, others: outcomes.length > 0 && !members.every(({ repeatable }) => repeatable) });
    if (sent === 'divide') {
      waiting = size.split(waiting.flat());
      continue;
    }
    waiting = waiting.slice(1);
    outcomes.push(...(await comparedOutcomes(work, sent.outcomes, async (reads) => (await exchangeBatch(work, route, reads)).outcomes)));
    last = sent.answer ?? last;
    // After a member whose fate nobody knows, more would only make it harder to find out.
    if (sent.stopped) break;
  }
  const reached = new Set(outcomes.map(({ member }) => member.id));
  const rest = members.filter(({ id }) => !reached.has(id)).map((member): MemberOutcome => ({ member, state: 'notRun', status: null, row: null, etag: null, location: null, failure: failure('odata.batchNotRun', { connection: work.context.name, id: member.id }) }));
  return receiptOf(work, route, members, [...outcomes, ...rest], last);
}

/** Neighbours of one group are one unit, and so is every member without a group. */
function unitsOf(members: readonly BatchMember[]): readonly BatchUnit[] {
  const units: { group: string | undefined; members: BatchMember[] }[] = [];
  for (const member of members) {
    const own = member.group === undefined ? undefined : units.find(({ group }) => group === member.group);
    if (own === undefined) units.push({ group: member.group, members: [member] });
    else own.members.push(member);
  }
  return units;
}

interface Sent {
  outcomes: readonly MemberOutcome[];
  answer?: ServiceAnswer;
  stopped: boolean;
}

interface Attempt {
  units: readonly BatchUnit[];
  size: BatchSize;
  /** Something was carried out before: then a failure is one of these members, and no longer of the whole call. */
  others: boolean;
}

/** A batch that is too large for the service has not been carried out, and is divided where that can be. */
async function attempt(work: Work, route: Route, { units, size, others }: Attempt): Promise<Sent | 'divide'> {
  const members = units.flatMap((unit) => unit.members);
  try {
    const sent = await exchangeBatch(work, route, units).catch((error: unknown) => {
      if (!(error instanceof Failure) || error.code !== 'odata.batchRefusedLarge') throw error;
      size.shrink(units, error);
      return undefined;
    });
    if (sent === undefined) return 'divide';
    size.accepted(units);
    return { ...sent, stopped: sent.outcomes.some(({ state }) => state === 'unknown') };
  } catch (error) {
    if (!others || !(error instanceof Failure)) throw error;
    const state = error.code === 'connection.unknownOutcome' ? 'unknown' : 'notRun';
    return { outcomes: members.map((member) => ({ member, state, status: null, row: null, etag: null, location: null, failure: error })), stopped: true };
  }
}

async function exchangeBatch(work: Work, route: Route, units: readonly BatchUnit[]): Promise<{ outcomes: readonly MemberOutcome[]; answer: ServiceAnswer }> {
  const { service, described } = work;
  const { capabilities } = service;
  if (capabilities.deniedLately('batch', (forms) => Array.isArray(forms) && forms.length === 0)) throw failure('odata.batchDenied', { connection: work.context.name });
  const known = route.format === 'auto' ? formIn(capabilities.get('batch')) : route.format;
  const first = known ?? 'multipart';
  let answer = await sendAs(work, units, first);
  let format: BatchFormat = first;
  const large = sizeRefusal(work, units, answer);
  if (large !== undefined) throw large;
  // A batch that was refused as such has changed nothing: the other form may be tried.
  if (known === undefined && described.dialect === 'v4' && notUnderstood.includes(answer.http.status)) {
    const other = await sendAs(work, units, 'json');
    const tooLarge = sizeRefusal(work, units, other);
    if (tooLarge !== undefined) throw tooLarge;
    if (other.http.status < 300) [answer, format] = [other, 'json'];
  }
  const refused = refusedBatch(work, units, answer);
  if (refused?.code === 'odata.batchUnsupported') capabilities.learn('batch', []);
  if (refused !== undefined) throw refused;
  if (formIn(capabilities.get('batch')) !== format) capabilities.learn('batch', [format]);
  return { answer, outcomes: outcomesOf(work, units, answer, format) };
}

/** The form to begin with; parts, when both are taken. */
function formIn(forms: Value | undefined): BatchFormat | undefined {
  if (!Array.isArray(forms)) return undefined;
  return forms.includes('multipart') ? 'multipart' : forms.includes('json') ? 'json' : undefined;
}

const notUnderstood: readonly number[] = [400, 404, 405, 406, 415, 501];

function sendAs(work: Work, units: readonly BatchUnit[], format: BatchFormat): Promise<ServiceAnswer> {
  const { dialect, rules } = work.described;
  const v4 = dialect === 'v4';
  const boundary = `batch_${work.call.effectId.replace(/[^A-Za-z0-9]/g, '').slice(0, 32)}`;
  const body = format === 'json' ? printBatchJson(units, rules.accept) : printMultipart(units, { boundary, accept: rules.accept, changesAlone: v4 });
  const prefer: Readonly<Record<string, string>> = v4 ? { prefer: 'odata.continue-on-error,continue-on-error' } : {};
  return perform(work, {
    method: 'POST', path: '$batch', body,
    headers: { ...prefer, accept: format === 'json' ? 'application/json' : 'multipart/mixed', 'content-type': format === 'json' ? 'application/json' : `multipart/mixed; boundary=${boundary}` },
  });
}

/** What the service answered to the batch as such. */
function refusedBatch({ context, described }: Work, units: readonly BatchUnit[], { http, text, value }: ServiceAnswer): Failure | undefined {
  const repeatable = units.every(({ members }) => members.every((member) => member.repeatable));
  if ([404, 405, 501].includes(http.status)) return failure('odata.batchUnsupported', { connection: context.name, status: http.status });
  const place = { connection: context.name, dialect: described.dialect, set: '$batch', key: '', repeatable, nowMs: context.clock.wallMs() };
  // The parts of an accepted batch have answers of their own.
  return http.status < 300 ? undefined : answerFailure(place, http, text, value);
}

function outcomesOf(work: Work, units: readonly BatchUnit[], answer: ServiceAnswer, format: BatchFormat): readonly MemberOutcome[] {
  try {
    if (answer.http.bodyFailure !== undefined) throw new BatchProblem(answer.http.bodyFailure.message);
    return format === 'json' ? judgeById(work, units, parseBatchJson(answer.value)) : judgeUnits(work, units, parseMultipart(answer.http.headers['content-type'] ?? '', answer.http.body));
  } catch (error) {
    if (!(error instanceof BatchProblem)) throw error;
    // The service has acted, and nobody can read what it did.
    throw failure('connection.unknownOutcome', { connection: work.context.name, address: answer.http.url, detail: `$batch: ${error.message}`, late: false }, { cause: error });
  }
}

/** What the service said, where it said something: the sentence around it names the connection already. */
function detailOf(failed: Failure | null | undefined): string {
  const detail = failed?.parameters['detail'];
  return typeof detail === 'string' && detail !== '' ? `${detail}.` : (failed?.message ?? '');
}

function receiptOf({ context }: Work, { onDifference }: Route, members: readonly BatchMember[], outcomes: readonly MemberOutcome[], last: ServiceAnswer | undefined): Receipt {
  const byId = new Map(outcomes.map((outcome) => [outcome.member.id, outcome]));
  const ordered = members.flatMap(({ id }) => byId.get(id) ?? []);
  const count = (state: MemberOutcome['state']): number => ordered.filter((outcome) => outcome.state === state).length;
  const response: ValueObject = { results: ordered.map(outcomeJson), done: count('done'), failed: count('failed'), unknown: count('unknown'), notRun: count('notRun') };
  const differing = ordered.filter(({ differences = [] }) => differences.length > 0);
  for (const { member, differences = [] } of differing) context.log.warn('odata.storedOtherwise', { connection: context.name, set: member.set.name, fields: differences.map(({ field, kind }) => `${field}: ${kind}`).join(', ') });
  if (last !== undefined && ordered.every(({ state }) => state === 'done')) {
    const [worst] = differing;
    if (worst === undefined || onDifference === 'warn') return okReceipt(response, last.http);
    const fields = (worst.differences ?? []).map(({ field, kind, sent, stored }) => `${field} (${kind}): ${shownValue(sent)} → ${shownValue(stored)}`).join('; ');
    return { kind: 'error', failure: failure('odata.storedOtherwise', { connection: context.name, set: worst.member.set.name, key: worst.member.key || worst.member.id, fields: fields.slice(0, limits.odataDetailCharacters.value) }, { next: { kind: onDifference } }), response, status: last.http.status, headers: last.http.headers };
  }
  if (ordered.length === 0) return { kind: 'ok', response };
  const first = ordered.find(({ state }) => state === 'failed') ?? ordered.find(({ state }) => state === 'unknown') ?? ordered[0];
  const waits = ordered.every(({ state, failure: failed }) => state === 'failed' && (failed?.next.kind === 'retry' || failed?.next.kind === 'retryAfter'));
  const parameters = { connection: context.name, count: ordered.length, done: count('done'), failed: count('failed') + count('notRun'), unknown: count('unknown'), id: first?.member.id ?? '', detail: detailOf(first?.failure).slice(0, limits.odataDetailCharacters.value) };
  return { kind: 'error', failure: failure(count('unknown') > 0 ? 'odata.batchUnknown' : 'odata.batchPartly', parameters, waits && first?.failure ? { next: first.failure.next } : {}), response, ...(last === undefined ? {} : { status: last.http.status, headers: last.http.headers }) };
}
