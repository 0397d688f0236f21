/** What the members of a batch have stored, compared with what they sent, like single writes. */
import { Failure, failure } from '../../sdk/index.ts';
import type { BatchMember } from './batch-member.ts';
import type { BatchUnit } from './batch-multipart.ts';
import type { MemberOutcome } from './batch-outcome.ts';
import { differences } from './comparison.ts';
import type { Work } from './exchange.ts';
import { readRow } from './row.ts';
import { resolveLink } from './page-cursor.ts';

/** Carries out reads as one batch; the outcomes have the ids of the units' members. */
export type ReadTogether = (units: readonly BatchUnit[]) => Promise<readonly MemberOutcome[]>;

/**
 * Rows that did not come back are read together, in one more request. The writes are done: whatever goes wrong with that
 * reading leaves them unchecked, with a warning, and never makes a failure of them.
 */
export async function comparedOutcomes(work: Work, outcomes: readonly MemberOutcome[], read: ReadTogether): Promise<readonly MemberOutcome[]> {
  const silent = outcomes.filter((outcome) => isWrite(outcome) && outcome.row === null);
  const found = await readBack(work, silent, read);
  return outcomes.map((outcome) => {
    if (!isWrite(outcome)) return outcome;
    const stored = outcome.row === null ? found.get(outcome.member.id) : outcome;
    if (stored instanceof Failure || stored === undefined || stored.row === null) return unchecked(work, outcome, stored instanceof Failure ? stored : undefined);
    const { member } = outcome;
    return { ...outcome, row: stored.row, etag: outcome.etag ?? stored.etag, checked: true, differences: differences(work.described, member.set.type, readRow(work.described.model, member.set.type, member.sent ?? {}), stored.row) };
  });
}

const isWrite = ({ member, state }: MemberOutcome): boolean => state === 'done' && member.sent !== undefined;

function unchecked({ context }: Work, outcome: MemberOutcome, cause: Failure | undefined): MemberOutcome {
  const { member } = outcome;
  const told = failure('odata.notReadBack', { connection: context.name, set: member.set.name, detail: cause?.text('en') ?? 'no Location' });
  return { ...outcome, checked: false, member: { ...member, warnings: [...member.warnings, { code: 'odata.notReadBack', field: '', detail: told.text('en') }] } };
}

async function readBack(work: Work, silent: readonly MemberOutcome[], read: ReadTogether): Promise<ReadonlyMap<string, MemberOutcome | Failure>> {
  const units = silent.flatMap((outcome): BatchUnit[] => {
    const path = pathOf(work, outcome);
    return path === undefined ? [] : [{ group: undefined, members: [getOf(outcome.member, path)] }];
  });
  if (units.length === 0) return new Map();
  try {
    return new Map((await read(units)).map((outcome) => [outcome.member.id, outcome.failure ?? outcome]));
  } catch (error) {
    // Also whoever takes this call away must not make the writes look as if they had not left.
    if (!(error instanceof Failure) && !work.signal.aborted) throw error;
    const cause = error instanceof Failure ? error : failure('connection.closed', { connection: work.context.name });
    return new Map(silent.map(({ member }) => [member.id, cause]));
  }
}

const getOf = ({ id, set, key }: BatchMember, path: string): BatchMember => ({ id, operation: 'get', set, key, group: undefined, after: [], repeatable: true, warnings: [], sent: undefined, method: 'GET', path, headers: {}, body: undefined });

/** Of a row that was changed its own; of one that was made where the service says it is. */
function pathOf({ context, service }: Work, { member, location }: MemberOutcome): string | undefined {
  if (member.operation === 'update') return member.path;
  if (location === null) return undefined;
  const root = service.root.href.replace(/\/*$/, '/');
  const { href } = resolveLink(context.name, service.root, root, location);
  return href.startsWith(root) ? href.slice(root.length) : undefined;
}
