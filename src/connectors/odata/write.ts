/** Changes of one row: create, update, delete. */
import { printJson, type Receipt, type SpecValues, type Value, type ValueObject } from '../../sdk/index.ts';
import type { EntitySet } from './edm.ts';
import { readEtag, readSingle } from './envelope.ts';
import { malformed, okReceipt, perform, refusal, targetOf, type Target, type Work } from './exchange.ts';
import { keyText, rowAddress, setNamed } from './key.ts';
import { differences, readRow, writeRow } from './row.ts';
import type { ServiceAnswer } from './service.ts';
import type { create, remove, update } from './spec.ts';
import { returnRow, versionOf } from './write-headers.ts';

/** The message is the row. The response: `{row, etag, location, differs}`. */
export async function createRow(work: Work, route: SpecValues<typeof create>): Promise<Receipt> {
  const set = setNamed(work.context.name, work.described.model, route.set);
  const target = targetOf(set, '', false);
  const answer = await perform(work, {
    method: 'POST', path: encodeURIComponent(set.name), headers: { ...returnRow(work.described.dialect), ...loadMode(work, route.dataLoadMode) }, body: bodyOf(work, set, work.message),
  });
  return refusal(work, target, answer) ?? stored(work, set, target, work.message, answer);
}

/** The message is the row with its key; only the fields in it are changed, unless `replace`. */
export async function updateRow(work: Work, route: SpecValues<typeof update>): Promise<Receipt> {
  const { context, described } = work;
  const set = setNamed(context.name, described.model, route.set);
  const target = targetOf(set, keyText(set, work.message), route.match !== 'etag');
  const path = rowAddress({ connection: context.name, dialect: described.dialect }, set, work.message);
  const headers = { ...returnRow(work.described.dialect), ...versionOf(work, route.match, etagIn(work)), ...loadMode(work, route.dataLoadMode) };
  // The version of the row is a condition and no field, unless the row has a field of that name.
  const own = set.type.keys.concat(route.match === 'etag' && !set.type.properties.has('etag') ? ['etag'] : []);
  const fields: ValueObject = Object.fromEntries(Object.entries(work.message).filter(([name]) => !own.includes(name)));
  const answer = await perform(work, { method: route.replace ? 'PUT' : described.rules.patch, path, headers, body: bodyOf(work, set, fields) });
  return refusal(work, target, answer) ?? stored(work, set, target, fields, answer);
}

/** The message holds the key. In 1C this is for ever; marking for deletion is an update of `DeletionMark`. */
export async function deleteRow(work: Work, route: SpecValues<typeof remove>): Promise<Receipt> {
  const { context, described } = work;
  const set = setNamed(context.name, described.model, route.set);
  const target = targetOf(set, keyText(set, work.message), route.match !== 'etag');
  const path = rowAddress({ connection: context.name, dialect: described.dialect }, set, work.message);
  const answer = await perform(work, { method: 'DELETE', path, headers: versionOf(work, route.match, etagIn(work)) });
  return refusal(work, target, answer) ?? okReceipt({}, answer.http);
}

function bodyOf({ context, described }: Work, set: EntitySet, fields: ValueObject): Uint8Array {
  const body = writeRow({ connection: context.name, dialect: described.dialect, model: described.model, set: set.name }, set.type, fields);
  return new TextEncoder().encode(printJson(body));
}

/** What the service says it has stored. A service may answer without the row; then nothing is known of it. */
function stored({ described, ...work }: Work, set: EntitySet, target: Target, written: ValueObject, answer: ServiceAnswer): Receipt {
  const { http, value } = answer;
  if (http.body.length > 0 && value === undefined) return malformed({ described, ...work }, target, answer, 'JSON');
  const wire: Value = value === undefined ? null : readSingle(value);
  const row = value === undefined ? null : readRow(described.model, set.type, wire);
  return okReceipt({
    row,
    etag: readEtag(http.headers, wire) ?? null,
    location: http.headers['location'] ?? http.headers['odata-entityid'] ?? null,
    differs: row === null ? [] : differences(set.type, written, row),
  }, http);
}

const etagIn = ({ message }: Work): string | undefined => {
  const etag = Object.hasOwn(message, 'etag') ? message['etag'] : undefined;
  return typeof etag === 'string' ? etag : undefined;
};

const loadMode = ({ described }: Work, enabled: boolean): Readonly<Record<string, string>> => (enabled && described.dialect === '1c' ? { '1c_odata-dataloadmode': 'true' } : {});
