/** What came of each member of a batch. Inside a group only the group is believed. Pure. */
import { Failure, failure, parseJson, type Value, type ValueObject } from '../../sdk/index.ts';
import { answerFailure } from './answer-failure.ts';
import type { BatchMember } from './batch-member.ts';
import type { Difference } from './comparison.ts';
import type { BatchUnit, PartAnswer, UnitAnswer } from './batch-multipart.ts';
import { readEtag, readSingle } from './envelope.ts';
import type { Work } from './exchange.ts';
import { readRow } from './row.ts';

/** `notRun`: known not to have been carried out, because something before it failed. */
export type MemberState = 'done' | 'failed' | 'notRun' | 'unknown';

export interface MemberOutcome {
  member: BatchMember;
  state: MemberState;
  status: number | null;
  row: ValueObject | null;
  /** Whether what was stored could be compared; absent where nothing was written. */
  checked?: boolean;
  differences?: readonly Difference[];
  etag: string | null;
  location: string | null;
  failure: Failure | null;
}

/** The answers of multipart by the order of the units; a service that stops at the first failure sends fewer. */
export function judgeUnits(work: Work, units: readonly BatchUnit[], answers: readonly UnitAnswer[]): readonly MemberOutcome[] {
  if (answers.length > units.length) return units.flatMap(({ members }) => members.map((member) => lost(work, member)));
  let failedBefore = false;
  return units.flatMap((unit, index) => {
    const answer = answers[index];
    const outcomes = answer === undefined ? missingUnit(work, unit, failedBefore) : judgeUnit(work, unit, answer);
    failedBefore ||= outcomes.some(({ state }) => state === 'failed');
    return outcomes;
  });
}

/** The answers of JSON by the ids of the members. */
export function judgeById(work: Work, units: readonly BatchUnit[], answers: readonly PartAnswer[]): readonly MemberOutcome[] {
  const byId = new Map(answers.map((answer) => [answer.contentId, answer]));
  const failed = answers.some(({ status }) => status >= 400);
  return units.flatMap((unit) => {
    const found = unit.members.flatMap(({ id }) => byId.get(id) ?? []);
    if (found.length === 0) return missingUnit(work, unit, failed);
    return unit.group === undefined ? judgeUnit(work, unit, { kind: 'set', answers: found }) : judgeGroup(work, unit, unit.members.map(({ id }) => byId.get(id)));
  });
}

/** A service that was not asked to go on after a failure does not go on. */
const missingUnit = (work: Work, { members }: BatchUnit, failedBefore: boolean): readonly MemberOutcome[] =>
  members.map((member) => (failedBefore ? { ...nothing(member), state: 'notRun', failure: failure('odata.batchNotRun', { connection: work.context.name, id: member.id }) } : lost(work, member)));

function judgeUnit(work: Work, unit: BatchUnit, answer: UnitAnswer): readonly MemberOutcome[] {
  const { members, group } = unit;
  if (answer.kind === 'one') {
    const [only] = members;
    if (members.length === 1 && only !== undefined) return [judge(work, only, answer.answer)];
    // One answer for many: the service refused the group as such.
    return judgeGroup(work, unit, members.map(() => answer.answer));
  }
  if (group !== undefined && members.length > 1) return judgeGroup(work, unit, inOrder(members, answer.answers));
  return members.map((member, index) => {
    const own = answer.answers[index];
    return own === undefined ? lost(work, member) : judge(work, member, own);
  });
}

/** By Content-ID where the service repeats it, else by order. A single refusal stands for all of a change set. */
function inOrder(members: readonly BatchMember[], answers: readonly PartAnswer[]): readonly (PartAnswer | undefined)[] {
  const [only] = answers;
  if (answers.length === 1 && only !== undefined && only.status >= 400) return members.map((member, index) => (only.contentId === undefined ? (index === 0 ? only : undefined) : only.contentId === member.id ? only : undefined));
  const named = answers.every(({ contentId }) => contentId !== undefined && members.some(({ id }) => id === contentId));
  return members.map(({ id }, index) => (named ? answers.find(({ contentId }) => contentId === id) : answers[index]));
}

/**
 * A group is one deed: when one member failed, none was carried out, whatever the service says of the others.
 * Servers were seen to answer 201 for a row that they took back together with its failed sibling.
 */
function judgeGroup(work: Work, { members }: BatchUnit, answers: readonly (PartAnswer | undefined)[]): readonly MemberOutcome[] {
  const judged = members.map((member, index) => {
    const answer = answers[index];
    return answer === undefined ? undefined : judge(work, member, answer);
  });
  const culprit = judged.find((outcome) => outcome?.state === 'failed' && outcome.status !== 424) ?? judged.find((outcome) => outcome?.state === 'failed');
  if (culprit === undefined) return judged.map((outcome, index) => outcome ?? lost(work, members[index] as BatchMember)); // of the same length
  return members.map((member, index) => {
    const outcome = judged[index];
    if (outcome === culprit) return culprit;
    return { ...nothing(member), status: outcome?.status ?? null, state: 'failed', failure: failure('odata.batchGroupFailed', { connection: work.context.name, id: member.id, culprit: culprit.member.id, detail: culprit.failure?.message ?? '' }) };
  });
}

const nothing = (member: BatchMember): MemberOutcome => ({ member, state: 'unknown', status: null, row: null, etag: null, location: null, failure: null });

const lost = (work: Work, member: BatchMember): MemberOutcome => ({ ...nothing(member), failure: failure('odata.batchMemberLost', { connection: work.context.name, id: member.id }) });

function judge(work: Work, member: BatchMember, answer: PartAnswer): MemberOutcome {
  const { context, described } = work;
  const text = new TextDecoder().decode(answer.body);
  const value = answer.body.length === 0 ? undefined : parsed(answer.body);
  const place = { connection: context.name, dialect: described.dialect, set: member.set.name, key: member.key, repeatable: member.repeatable, nowMs: context.clock.wallMs() };
  const http = { status: answer.status, headers: answer.headers, body: answer.body, url: `${context.properties.url}/$batch` };
  const refused = answerFailure(place, http, text, value);
  const base = { ...nothing(member), status: answer.status };
  if (refused !== undefined) return { ...base, state: refused.code === 'connection.unknownOutcome' ? 'unknown' : 'failed', failure: refused };
  const wire = value === undefined ? null : readSingle(value);
  return {
    ...base, state: 'done', row: value === undefined ? null : readRow(described.model, member.set.type, wire),
    etag: readEtag(answer.headers, wire) ?? null, location: answer.headers['location'] ?? answer.headers['odata-entityid'] ?? null,
  };
}

function parsed(body: Uint8Array): Value | undefined {
  try {
    return parseJson(body);
  } catch (error) {
    if (error instanceof Failure) return undefined; // not JSON: the status tells what it is
    throw error;
  }
}

/** As the message of the response has it. */
export const outcomeJson = ({ member, state, status, row, etag, location, checked, differences, failure: failed }: MemberOutcome): ValueObject => ({
  id: member.id, operation: member.operation, set: member.set.name, state, status, row, etag, location, warnings: member.warnings,
  ...(checked === undefined ? {} : { checked, differences: differences ?? [] }),
  failure: failed === null ? null : { code: failed.code, detail: failed.parameters['detail'] ?? null },
});
