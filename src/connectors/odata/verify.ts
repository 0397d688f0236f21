/** Whether a create that got no answer was carried out: looked up by the fields that tell its row from all others. */
import { failure, type SpecValues, type Value, type ValueObject, type Verdict } from '../../sdk/index.ts';
import type { EntitySet } from './edm.ts';
import { readPage } from './envelope.ts';
import { targetOf, type Work } from './exchange.ts';
import { keyText } from './key.ts';
import { printLiteral } from './literal.ts';
import { printQuery } from './query-string.ts';
import { readRow } from './row.ts';
import { readBeside, type SideReading } from './side-reading.ts';
import type { create } from './spec.ts';
import { draftOf, writableSet } from './write.ts';
import { comparedReceipt } from './written.ts';

type Route = SpecValues<typeof create>;

/** The first pause between two questions while the service may still be at the lost request; each is twice as long, up to the last. */
const pausesMs = { first: 250, last: 8_000 };
const shownCandidates = 5;

/**
 * None after `verifyWaitMs`: not done; exactly one: it is the outcome; several: a person has to choose. While the wait
 * lasts a service may still be carrying out a request whose link broke, so that "none" is believed only at its end.
 */
export async function verifyCreate(work: Work, route: Route): Promise<Verdict> {
  const { context: { clock, name }, signal } = work;
  const set = writableSet(work, route.set);
  const draft = await draftOf(work, set, work.message, { references: 'trust' });
  const blank = (route.verifyBy ?? []).find((field) => isBlank(draft.sent[field]));
  // A rule without a value would find every row that lacks it.
  if (blank !== undefined) return { kind: 'undecided', failure: failure('odata.verifyBlank', { connection: name, set: set.name, field: blank }) };
  const until = clock.monotonicMs() + route.verifyWaitMs;
  for (let pauseMs = pausesMs.first; ; pauseMs = Math.min(pauseMs * 2, pausesMs.last)) {
    const { answer, refused } = await lookUp(work, set, route, draft.sent);
    if (refused !== undefined) return settle(refused);
    const rows = answer.value === undefined ? [] : (readPage(answer.value)?.rows ?? []);
    if (rows.length > 1) return { kind: 'undecided', failure: several(work, set, rows) };
    const [wire] = rows;
    if (wire !== undefined) {
      const warnings = [...draft.warnings, { code: 'odata.adopted' as const, field: (route.verifyBy ?? []).join(', '), detail: keyText(set, readRow(work.described.model, set.type, wire)) }];
      return { kind: 'done', receipt: comparedReceipt(work, { ...draft, warnings, set, target: targetOf(set, '', false), onDifference: route.onDifference }, answer.http, { wire, etag: undefined, location: undefined }) };
    }
    const left = until - clock.monotonicMs();
    if (left <= 0) return { kind: 'notDone' };
    await clock.sleep(Math.min(left, pauseMs), signal);
  }
}

/** A refusal that will not change by itself is for a person; all else is trouble with asking. */
function settle(refused: NonNullable<SideReading['refused']>): Verdict {
  if (refused.next.kind !== 'fail' && refused.next.kind !== 'park') throw refused;
  return { kind: 'undecided', failure: refused };
}

const isBlank = (value: Value | undefined): boolean => value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

function lookUp(work: Work, set: EntitySet, { verifyBy = [] }: Route, sent: ValueObject): Promise<SideReading> {
  const { context, described } = work;
  const filter = verifyBy.map((field) => `${field} eq ${literalOf(work, set, field, sent)}`).join(' and ');
  const path = encodeURIComponent(set.name) + printQuery(context.name, described, [['$filter', filter], ['$top', String(shownCandidates + 1)]]);
  return readBeside(work, set.name, path);
}

/** 1C finds a value of a composite field only by its type. */
function literalOf({ context, described }: Work, set: EntitySet, field: string, sent: ValueObject): string {
  const place = { connection: context.name, dialect: described.dialect, field };
  const { type = 'Edm.String', role } = set.type.properties.get(field) ?? {};
  const value = sent[field] ?? null;
  const told = role?.kind === 'composite' ? sent[role.typeProperty] : undefined;
  if (typeof told !== 'string') return printLiteral(place, type, value);
  return told.startsWith('Edm.') ? printLiteral(place, told, value) : `cast(${printLiteral(place, 'Edm.Guid', value)},'${told.replace(`${described.model.namespace}.`, '')}')`;
}

function several({ context, described }: Work, set: EntitySet, rows: readonly Value[]): ReturnType<typeof failure> {
  const keys = rows.slice(0, shownCandidates).map((row) => keyText(set, readRow(described.model, set.type, row)));
  return failure('odata.severalCandidates', { connection: context.name, set: set.name, candidates: `${keys.join('; ')}${rows.length > shownCandidates ? ' …' : ''}` });
}
