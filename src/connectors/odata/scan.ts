/**
 * Reads a whole set however large it is: pages sized by the bytes and the time that they take, windows by date where
 * passing over rows would take ever longer, and a look at every border for rows that have moved meanwhile.
 */
import { Decimal, failure, type Receipt, type SpecValues } from '../../sdk/index.ts';
import type { Work } from './exchange.ts';
import { filteredQuery, keptRows } from './filtered-query.ts';
import { setNamed } from './key.ts';
import { firstScan, parseScanCursor, printScanCursor, type ScanCursor } from './scan-cursor.ts';
import { countRows, newestBelow, readScanPage, type PageOutcome, type Scan, type ScanPage } from './scan-page.ts';
import { emptyWindows, firstWindow, narrower, nextWidth, windowBefore, windowBelow, windowDownTo, windowField, type Window } from './scan-window.ts';
import type { scan } from './spec.ts';

type Route = SpecValues<typeof scan>;

/** Past so many pages 1C passes over rows so slowly that windows are better. */
const deepPages = 20;
/** A page that took longer makes the next one smaller. */
const patienceMs = 20_000;
const growth = 8;
const rescans = 3;
/** Requests of one call, before it gives what it has, which may be nothing. */
const requestsOfCall = 16;

/** `{rows, next, drift, read}`. `next` goes back as `cursor`; null is the end. After a `drift` rows of a window come again. */
export async function scanPage(work: Work, route: Route): Promise<Receipt> {
  const set = setNamed(work.context.name, work.described.model, route.set);
  if (set.parentSet !== undefined) throw failure('odata.tablePartAlone', { connection: work.context.name, set: set.name, owner: set.parentSet });
  const given = parseScanCursor(work.context.name, Object.hasOwn(work.message, 'cursor') ? work.message['cursor'] : undefined);
  const start = given ?? firstScan(route.pageRows, work.context.clock.wallMs());
  const query = filteredQuery(work, route, set, start);
  if (query.plan.filters.length > 1) throw failure('odata.listInPieces', { connection: work.context.name, count: query.plan.filters.length });
  return new Scanning({ work, route, query, by: byDate(work, route) }).go(start);
}

function byDate({ context, described }: Work, { set: name, windows }: Route): Scan['by'] {
  if (windows === 'off' || described.dialect !== '1c') return undefined;
  return windowField(described.model, setNamed(context.name, described.model, name));
}

/** One call. */
class Scanning {
  readonly #scan: Scan;
  #drift = false;

  constructor(scan: Scan) {
    this.#scan = scan;
  }

  async go(start: ScanCursor): Promise<Receipt> {
    let cursor: ScanCursor = start;
    for (let request = 0; request < requestsOfCall; request += 1) {
      this.#scan.work.signal.throwIfAborted();
      const outcome = await readScanPage(this.#scan, cursor);
      if (outcome.kind === 'refused') return outcome.receipt;
      if (outcome.kind === 'slow') {
        cursor = this.#eased(cursor, outcome);
        continue;
      }
      this.#tell(cursor, outcome);
      if (await this.#drifted(cursor, outcome)) {
        cursor = this.#again(cursor);
        continue;
      }
      const windows = await this.#better(cursor, outcome);
      if (windows !== undefined) {
        cursor = windows;
        continue;
      }
      const next = outcome.ended ? await this.#afterWindow(cursor, outcome) : behind(cursor, outcome, this.#scan.route);
      if (outcome.rows.length > 0 || next === undefined) return this.#answer(outcome, cursor, next);
      cursor = next;
    }
    return this.#answer(undefined, cursor, cursor);
  }

  /** Smaller pages, and at the beginning of a window a narrower one. Throws `odata.readTooSlow` where nothing is smaller. */
  #eased(cursor: ScanCursor, { failure: cause, ms }: Extract<PageOutcome, { kind: 'slow' }>): ScanCursor {
    const { work: { context, notes }, query: { set } } = this.#scan;
    const window = this.#easedWindow(cursor);
    if (cursor.size === 1 && window === undefined) throw failure('odata.readTooSlow', { ...this.#place(cursor), ms, detail: cause.text('en') }, { cause });
    const size = Math.max(1, Math.floor(cursor.size / 2));
    notes.tell('warn', 'odata.pageShrunk', { connection: context.name, set: set.name, code: cause.code, ms, asked: cursor.size, rows: size, from: window?.from ?? cursor.window?.from ?? null, to: cursor.window?.to ?? null });
    return { ...cursor, size, ...(window === undefined ? {} : { window }) };
  }

  /** Some registers of 1C cannot be read at all without a window: its memory does not do. Rows that were handed out stay behind. */
  #easedWindow({ window, skip, startMs }: ScanCursor): Window | undefined {
    if (skip > 0) return undefined;
    if (window !== undefined) return narrower(window, startMs);
    return this.#scan.by === undefined ? undefined : firstWindow(startMs);
  }

  #tell(cursor: ScanCursor, { rows, bytes, ms }: ScanPage): void {
    this.#scan.work.notes.tell('info', 'odata.pageRead', { ...this.#place(cursor), asked: cursor.size, rows: rows.length, bytes, ms, skip: cursor.skip });
  }

  #place({ window, size }: ScanCursor): { connection: string; set: string; rows: number; from: string | null; to: string | null } {
    return { connection: this.#scan.work.context.name, set: this.#scan.query.set.name, rows: size, from: window?.from ?? null, to: window?.to ?? null };
  }

  /** At every border by the row before it, at the end by the number of rows, where there is more than one page. */
  async #drifted(cursor: ScanCursor, page: ScanPage): Promise<boolean> {
    if (page.moved) return this.#mayRescan(cursor, 'border');
    if (!page.ended || cursor.pages === 0) return false;
    const count = await countRows(this.#scan, cursor.window);
    const seen = cursor.skip + page.rows.length;
    return count !== null && count !== seen && this.#mayRescan(cursor, `${seen} ≠ ${count}`);
  }

  #mayRescan(cursor: ScanCursor, detail: string): boolean {
    const again = cursor.attempt < rescans;
    this.#scan.work.notes.tell('warn', 'odata.pageDrift', { ...this.#place(cursor), skip: cursor.skip, attempt: cursor.attempt, detail, again });
    this.#drift = true;
    return again;
  }

  #again({ last: _last, ...cursor }: ScanCursor): ScanCursor {
    return { ...cursor, skip: 0, pages: 0, attempt: cursor.attempt + 1 };
  }

  /** After the first page of a set that has dates: whether windows are better than passing over rows. */
  async #better(cursor: ScanCursor, page: ScanPage): Promise<ScanCursor | undefined> {
    if (this.#scan.by === undefined || cursor.window !== undefined || cursor.pages > 0 || cursor.attempt > 0 || page.ended) return undefined;
    const size = sized(cursor, page, this.#scan.route);
    const count = this.#scan.route.windows === 'always' ? null : await countRows(this.#scan, undefined);
    if (count !== null && count / size <= deepPages) return undefined;
    return { ...cursor, size, window: firstWindow(cursor.startMs) };
  }

  async #afterWindow(cursor: ScanCursor, page: ScanPage): Promise<ScanCursor | undefined> {
    const { window } = cursor;
    if (window === undefined) return undefined;
    const rows = cursor.skip + page.rows.length;
    const empty = rows === 0 ? cursor.empty + 1 : 0;
    const next = await this.#next({ ...window, days: nextWidth(window.days, cursor.pages + 1, rows, cursor.size, deepPages) }, empty);
    if (next === undefined) return undefined;
    const { last: _last, ...rest } = cursor;
    return { ...rest, size: sized(cursor, page, this.#scan.route), skip: 0, pages: 0, attempt: 0, empty: empty >= emptyWindows ? 0 : empty, read: cursor.read + page.rows.length, window: next };
  }

  /** Dates of the years 1 and 209 lie far below the others: they are not looked for month by month. */
  async #next(window: Window, empty: number): Promise<Window | undefined> {
    const { by } = this.#scan;
    if (window.from === null || by === undefined) return undefined;
    if (empty < emptyWindows) return windowBefore(window);
    // Records of a register have an order of their own, whatever is asked for.
    if (by.inside !== undefined) return windowBelow(window);
    const newest = await newestBelow(this.#scan, by, window);
    return newest === undefined ? windowBelow(window) : windowDownTo(window, newest);
  }

  #answer(page: ScanPage | undefined, cursor: ScanCursor, next: ScanCursor | undefined): Receipt {
    const { query } = this.#scan;
    return {
      kind: 'ok',
      response: {
        rows: page === undefined ? [] : keptRows(page.rows, query),
        next: next === undefined ? null : printScanCursor(next),
        drift: this.#drift,
        read: new Decimal(cursor.read + (page?.rows.length ?? 0)),
      },
    };
  }
}

function behind(cursor: ScanCursor, page: ScanPage, route: Route): ScanCursor {
  const { rows } = page;
  return { ...cursor, size: sized(cursor, page, route), skip: cursor.skip + rows.length, pages: cursor.pages + 1, read: cursor.read + rows.length, ...(page.last === undefined ? {} : { last: page.last }) };
}

/** As many rows as the wanted bytes hold, fewer after a slow page, not many times more at once. */
function sized({ size }: ScanCursor, { rows, bytes, ms }: ScanPage, { targetBytes, pageRows }: Route): number {
  if (rows.length === 0) return size;
  const byBytes = Math.floor(targetBytes / Math.max(1, bytes / rows.length));
  const byTime = ms > patienceMs ? Math.floor((rows.length * patienceMs) / ms) : Infinity;
  return Math.max(1, Math.min(byBytes, byTime, pageRows, size * growth));
}
