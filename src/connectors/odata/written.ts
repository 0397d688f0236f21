/** What became of a write: the stored row compared with what was sent, and what the route makes of a difference. */
import { Failure, failure, isObject, type HttpAnswer, type Receipt, type SpecValues, type Value, type ValueObject } from '../../sdk/index.ts';
import { differences, type Difference } from './comparison.ts';
import type { EntitySet } from './edm.ts';
import { readEtag, readSingle } from './envelope.ts';
import { errorReceipt, malformed, okReceipt, type Target, type Work } from './exchange.ts';
import { shownValue } from './literal.ts';
import { resolveLink } from './page-cursor.ts';
import { readRow } from './row.ts';
import type { ServiceAnswer } from './service.ts';
import { readBeside } from './side-reading.ts';
import type { create } from './spec.ts';
import type { Warning } from './warning.ts';

export interface Written {
  set: EntitySet;
  target: Target;
  /** The row that went out, as `readRow` gives it. */
  sent: ValueObject;
  /** Broken references that the route lets pass. */
  broken: readonly Difference[];
  warnings: readonly Warning[];
  /** Where the row can be read again; unknown after a create unless the service says so. */
  address?: string;
  onDifference: SpecValues<typeof create>['onDifference'];
}

/** The receipt: `{row, etag, location, checked, differences, warnings}`. */
export async function writtenReceipt(work: Work, written: Written, answer: ServiceAnswer): Promise<Receipt> {
  const { target } = written;
  const { http, value } = answer;
  if (http.body.length > 0 && value === undefined) return malformed(work, target, answer, 'JSON');
  const location = http.headers['location'] ?? http.headers['odata-entityid'];
  const returned = value === undefined ? await readAgain(work, written, location) : { wire: readSingle(value), etag: undefined };
  if (!(returned instanceof Failure)) return comparedReceipt(work, written, answer.http, { wire: returned.wire, etag: readEtag(http.headers, returned.wire) ?? returned.etag, location });
  const warning: Warning = { code: 'odata.notReadBack', field: '', detail: returned.text('en') };
  return comparedReceipt(work, { ...written, warnings: [...written.warnings, warning] }, http, { wire: null, etag: readEtag(http.headers, null), location });
}

export interface StoredRow {
  /** As the service wrote it; null when it could not be had. */
  wire: Value;
  etag: string | undefined;
  location: string | undefined;
}

/** The receipt of a stored row, however it was found. */
export function comparedReceipt(work: Work, written: Written, http: HttpAnswer, { wire, etag, location }: StoredRow): Receipt {
  const { set, sent, broken, warnings } = written;
  const row = isObject(wire) ? readRow(work.described.model, set.type, wire) : null;
  const found = [...broken, ...(row === null ? [] : differences(work.described, set.type, sent, row))];
  const response = { row, etag: etag ?? null, location: location ?? null, checked: row !== null, differences: found, warnings };
  return found.length === 0 ? okReceipt(response, http) : differing(work, written, found, response, http);
}

/** The row is stored either way: whoever is told of a failure also gets the row and may put it right. */
function differing(work: Work, { set, target, onDifference }: Written, found: readonly Difference[], response: ValueObject, http: HttpAnswer): Receipt {
  const { context } = work;
  const fields = found.map(({ field, kind, sent, stored }) => `${field} (${kind}): ${shownValue(sent)} → ${shownValue(stored)}`);
  const told = { connection: context.name, set: set.name, key: target.key, fields: fields.slice(0, shownFields).join('; ') };
  if (onDifference === 'warn') {
    work.notes.tell('warn', 'odata.storedOtherwise', { ...told, fields: found.map(({ field, kind }) => `${field}: ${kind}`).join(', ') });
    return okReceipt(response, http);
  }
  return errorReceipt(failure('odata.storedOtherwise', told, { next: { kind: onDifference } }), http, response);
}

const shownFields = 10;

/** A service that answers without the row is asked for it. The write is done: no trouble with this reading may hide that. */
async function readAgain(work: Work, { set, address }: Written, location: string | undefined): Promise<{ wire: Value; etag: string | undefined } | Failure> {
  const { context, service } = work;
  try {
    if (address === undefined && location === undefined) return failure('odata.notReadBack', { connection: context.name, set: set.name, detail: 'no Location' });
    const { answer, refused } = await readBeside(work, set.name, address ?? resolveLink(context.name, service.root, service.root.href.replace(/\/*$/, '/'), location ?? ''));
    if (refused !== undefined) return failure('odata.notReadBack', { connection: context.name, set: set.name, detail: refused.text('en') });
    const wire = readSingle(answer.value ?? null);
    return { wire, etag: readEtag(answer.http.headers, wire) };
  } catch (error) {
    // Also whoever takes this call away must not make the write look as if it had not left.
    if (!(error instanceof Failure) && !work.signal.aborted) throw error;
    return failure('odata.notReadBack', { connection: context.name, set: set.name, detail: error instanceof Failure ? error.text('en') : 'stopped' }, { cause: error });
  }
}
