/** Changes of one row: create, update, delete. */
import { Failure, failure, nearestKnown, printJson, type Receipt, type SpecValues, type ValueObject } from '../../sdk/index.ts';
import type { EntitySet } from './edm.ts';
import { errorReceipt, okReceipt, perform, refusal, targetOf, type Target, type Work } from './exchange.ts';
import { keyText, rowAddress, setNamed } from './key.ts';
import { addressIn, assertPostable, attempt, isPosted, leftUnposted, posted, restored, setPosted } from './posting.ts';
import { withCauses } from './refusal-causes.ts';
import { findReferences, refuseBroken } from './references.ts';
import { readRow } from './row.ts';
import { writeRow } from './row-writing.ts';
import type { create, remove, update } from './spec.ts';
import type { Warning } from './warning.ts';
import { writtenReceipt, type Written } from './written.ts';
import { performChange } from './versioned-change.ts';
import { returnRow, versionOf } from './write-headers.ts';

/** The message is the row. The response: `{row, etag, location, checked, differences, warnings}`. */
export async function createRow(work: Work, route: SpecValues<typeof create>): Promise<Receipt> {
  const set = writableSet(work, route.set);
  const target = targetOf(set, '', false);
  // Before anything is sent, because afterwards it is too late to learn that the rule names nothing.
  for (const field of route.verifyBy ?? []) if (!set.type.properties.has(field)) throw failure('odata.unknownField', { connection: work.context.name, set: set.name, field: `verifyBy: ${field}`, nearest: nearestKnown(field, [...set.type.properties.keys()]) });
  assertPostable(work, set, route.posting);
  const draft = await draftOf(work, set, work.message, route);
  const answer = await perform(work, {
    method: 'POST', path: encodeURIComponent(set.name), headers: { ...returnRow(work.described.dialect), ...loadMode(work, route.dataLoadMode) }, body: draft.body,
  });
  const refused = refusal(work, target, answer);
  if (refused !== undefined) return withCauses(work, set, draft.sent, true, refused);
  const written = await writtenReceipt(work, { ...draft, set, target, onDifference: route.onDifference }, answer);
  const path = route.posting === 'none' ? undefined : addressIn(work, set, written);
  return path === undefined ? written : posted(work, set, path, written);
}

/** The message is the row with its key; only the fields in it are changed, unless `replace`. */
export async function updateRow(work: Work, route: SpecValues<typeof update>): Promise<Receipt> {
  const { context, described } = work;
  const set = writableSet(work, route.set);
  const target = targetOf(set, keyText(set, work.message), route.match !== 'etag');
  const path = rowAddress({ connection: context.name, dialect: described.dialect }, set, work.message);
  const headers = { ...returnRow(work.described.dialect), ...versionOf(work, route.match, etagIn(work)), ...loadMode(work, route.dataLoadMode) };
  // The version of the row is a condition and no field, unless the row has a field of that name.
  const own = set.type.keys.concat(route.match === 'etag' && !set.type.properties.has('etag') ? ['etag'] : []);
  const fields: ValueObject = Object.fromEntries(Object.entries(work.message).filter(([name]) => !own.includes(name)));
  assertPostable(work, set, route.posting);
  const draft = await draftOf(work, set, fields, route);
  return aroundPosting(work, set, path, route.posting, async () => {
    const answer = await performChange(work, set.name, route.match, { method: route.replace ? 'PUT' : described.rules.patch, path, headers, body: draft.body });
    if (route.match === 'absent' && answer.http.status === 412) return errorReceipt(failure('odata.keyExists', { connection: context.name, set: set.name, detail: `HTTP 412, ${target.key}` }), answer.http, null);
    const refused = refusal(work, target, answer);
    if (refused !== undefined) return withCauses(work, set, draft.sent, false, refused);
    return writtenReceipt(work, { ...draft, set, target, address: path, onDifference: route.onDifference }, answer);
  });
}

/** Unpost, write, post: whatever fails in the middle, the receipt says what the document is now. */
async function aroundPosting(work: Work, set: EntitySet, path: string, posting: SpecValues<typeof update>['posting'], write: () => Promise<Receipt>): Promise<Receipt> {
  if (posting === 'none') return write();
  const wasPosted = posting !== 'post' && (await isPosted(work, set, path));
  const unposts = posting === 'unpostBeforeUpdate' && wasPosted;
  if (unposts) {
    const failed = await setPosted(work, set, path, 'Unpost', { beforeBytes: () => work.call.beforeBytes() });
    if (failed !== undefined) return { kind: 'error', failure: failed, response: null };
  }
  let written: Receipt;
  try {
    written = await write();
  } catch (error) {
    // Also a write of unknown outcome leaves the document posted, as it was.
    const failed = unposts ? await attempt(work, () => setPosted(work, set, path, 'Post')) : undefined;
    throw failed === undefined || !(error instanceof Failure) ? error : leftUnposted(work, set, error, failed);
  }
  if (written.kind === 'error' && written.failure.code !== 'odata.storedOtherwise') return unposts ? restored(work, set, path, written) : written;
  return posting === 'post' || wasPosted ? posted(work, set, path, written) : written;
}

/** The message holds the key. In 1C this is for ever; marking for deletion is an update of `DeletionMark`. */
export async function deleteRow(work: Work, route: SpecValues<typeof remove>): Promise<Receipt> {
  const { context, described } = work;
  const set = writableSet(work, route.set);
  const target = targetOf(set, keyText(set, work.message), route.match !== 'etag');
  const path = rowAddress({ connection: context.name, dialect: described.dialect }, set, work.message);
  if (route.deletion === 'mark') return markRow(work, set, target, path);
  const answer = await performChange(work, set.name, route.match, { method: 'DELETE', path, headers: versionOf(work, route.match, etagIn(work)) });
  return refusal(work, target, answer) ?? okReceipt({}, answer.http);
}

/** As people delete in 1C: the row stays, and a document loses its movements. */
async function markRow(work: Work, set: EntitySet, target: Target, path: string): Promise<Receipt> {
  if (!set.type.properties.has('DeletionMark')) throw failure('odata.notMarkable', { connection: work.context.name, set: set.name });
  const unposts = set.type.properties.has('Posted') && (await isPosted(work, set, path));
  if (unposts) {
    const failed = await setPosted(work, set, path, 'Unpost', { beforeBytes: () => work.call.beforeBytes() });
    if (failed !== undefined) return { kind: 'error', failure: failed, response: null };
  }
  const answer = await perform(work, { method: work.described.rules.patch, path, body: new TextEncoder().encode('{"DeletionMark":true}') });
  return refusal(work, target, answer) ?? okReceipt({}, answer.http);
}

/** Rows of a table part and records of a register live inside their owner, which is written as a whole. Throws `odata.partOfOwner`. */
export function writableSet({ context, described: { model, dialect } }: Work, name: string): EntitySet {
  const set = setNamed(context.name, model, name);
  const records = dialect === '1c' && name.endsWith('_RecordType') ? name.slice(0, -'_RecordType'.length) : undefined;
  const owner = set.parentSet ?? (records !== undefined && model.sets.get(records)?.type.properties.has('RecordSet') === true ? records : undefined);
  if (owner === undefined) return set;
  throw failure('odata.partOfOwner', { connection: context.name, set: name, owner, part: set.parentSet === undefined ? 'RecordSet' : name.slice(owner.length + 1) });
}

interface Draft extends Pick<Written, 'sent' | 'broken' | 'warnings'> {
  body: Uint8Array;
}

/** What is to be written, checked as far as it can be before it goes out. */
export async function draftOf(work: Work, set: EntitySet, fields: ValueObject, { references }: Pick<SpecValues<typeof create>, 'references'>): Promise<Draft> {
  const { context, described } = work;
  const warnings: Warning[] = [];
  const row = writeRow({ connection: context.name, dialect: described.dialect, model: described.model, set: set.name, warn: (warning) => warnings.push(warning) }, set.type, fields);
  const sent = readRow(described.model, set.type, row);
  const { broken, unsure } = references === 'trust' ? { broken: [], unsure: [] } : await findReferences(work, work.references, set.type, sent);
  const refused = references === 'refuse' ? refuseBroken(work, set.name, broken) : undefined;
  if (refused !== undefined) throw refused;
  return { body: new TextEncoder().encode(printJson(row)), sent, broken, warnings: [...warnings, ...unsure] };
}

const etagIn = ({ message }: Work): string | undefined => {
  const etag = Object.hasOwn(message, 'etag') ? message['etag'] : undefined;
  return typeof etag === 'string' ? etag : undefined;
};

const loadMode = ({ described }: Work, enabled: boolean): Readonly<Record<string, string>> => (enabled && described.dialect === '1c' ? { '1c_odata-dataloadmode': 'true' } : {});
