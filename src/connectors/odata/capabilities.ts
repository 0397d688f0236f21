/** What a service can do, as far as it has been seen to do it. Null is "not known". */
import type { Localised, ValueObject } from '../../sdk/index.ts';
import type { BatchFormat } from './batch-format.ts';

/** Seen by reads alone. */
export interface Capabilities {
  /** Of the description that it was seen with: another description is another service. */
  metadataHash: string;
  /** Set that was read. */
  set: string | null;
  /** Forms in which it takes a batch; none when it takes no batch. */
  batch: readonly BatchFormat[] | null;
  /** Tells what has changed since last time. */
  delta: boolean | null;
  count: boolean | null;
  inOperator: boolean | null;
  /** Divides a reading into pages of the size that was asked for. */
  serverPaging: boolean | null;
  /** Rows come with a version. */
  etag: boolean | null;
  /** Hands out tokens against forged requests. */
  csrf: boolean | null;
  /** Gives its callers cookies. */
  session: boolean | null;
  /** What one address may carry, as configured or usual for the dialect; not tried. */
  maxQueryBytes: number;
}

export const capabilitiesJson = (known: Capabilities): ValueObject => ({ ...known, batch: known.batch === null ? null : [...known.batch] });

export function capabilitiesText(known: Capabilities): Localised {
  const batch = known.batch === null ? undefined : known.batch.length === 0 ? false : known.batch.join(', ');
  const facts: readonly (readonly [string, string, boolean | string | null | undefined])[] = [
    ['$batch', '$batch', batch], ['изменения с прошлого раза', 'changes since last time', known.delta], ['подсчёт', 'count', known.count], ['in', 'in', known.inOperator],
    ['страницы службы', 'pages of the service', known.serverPaging], ['версии строк', 'versions of rows', known.etag], ['токен CSRF', 'CSRF token', known.csrf], ['сеанс', 'session', known.session],
  ];
  const line = (index: 0 | 1, words: { yes: string; no: string; unknown: string }): string =>
    facts.map((fact) => `${fact[index]}: ${typeof fact[2] === 'string' ? fact[2] : fact[2] === true ? words.yes : fact[2] === false ? words.no : words.unknown}`).join('; ');
  return { ru: line(0, { yes: 'да', no: 'нет', unknown: 'не выяснено' }), en: line(1, { yes: 'yes', no: 'no', unknown: 'not known' }) };
}
