/** Where a scan goes on: its page, its window and what it has learned of the weight of rows. Travels through messages as it is in a page cursor. Pure. */
import { failure, isObject, parseJson, type Value, type ValueObject } from '../../sdk/index.ts';
import { isWallClock, type Window } from './scan-window.ts';

export interface ScanCursor {
  /** Rows to ask for next. */
  size: number;
  /** Rows of the window, or of the set, that are behind. */
  skip: number;
  /** Pages of the window that are behind. */
  pages: number;
  /** Absent while the set is read as a whole. */
  window?: Window;
  /** Windows without rows, one after another. */
  empty: number;
  /** Which reading of the window this is; a shift of rows starts it anew. */
  attempt: number;
  /** The key of the last row, by which a shift is found. */
  last?: string;
  /** Rows handed out so far, those that came again included. */
  read: number;
  startMs: number;
}

/** The first page tells how heavy rows are. */
export const probeRows = 20;

export const firstScan = (pageRows: number, startMs: number): ScanCursor => ({ size: Math.min(probeRows, pageRows), skip: 0, pages: 0, empty: 0, attempt: 0, read: 0, startMs });

/** Throws `odata.cursor`; undefined when there is none yet. */
export function parseScanCursor(connection: string, value: Value | undefined): ScanCursor | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const cursor = typeof value === 'string' && value.length <= 4_000 && /^[A-Za-z0-9_-]+$/.test(value) ? cursorOf(decode(value)) : undefined;
  if (cursor === undefined) throw failure('odata.cursor', { connection, cursor: typeof value === 'string' ? value.slice(0, 60) : typeof value });
  return cursor;
}

export const printScanCursor = (cursor: ScanCursor): string => Buffer.from(JSON.stringify(cursor), 'utf8').toString('base64url');

function decode(text: string): Value {
  try {
    return parseJson(Buffer.from(text, 'base64url'));
  } catch {
    return null;
  }
}

function cursorOf(read: Value): ScanCursor | undefined {
  if (!isObject(read)) return undefined;
  const { size, skip, pages, empty, attempt, last, startMs, window } = read;
  const counts = { size, skip, pages, empty, attempt, read: read['read'], startMs };
  if (!isCounts(counts) || counts.size < 1 || counts.size > 20_000) return undefined;
  if (last !== undefined && typeof last !== 'string') return undefined;
  const opened = window === undefined ? undefined : windowOf(window);
  if (window !== undefined && opened === undefined) return undefined;
  return { ...counts, ...(last === undefined ? {} : { last }), ...(opened === undefined ? {} : { window: opened }) };
}

type Counts = Omit<ScanCursor, 'last' | 'window'>;

const isCounts = (counts: Readonly<Record<keyof Counts, Value | undefined>>): counts is Counts => Object.values(counts).every((value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0);

/** Its bounds become part of a condition, so they must be nothing else than moments. */
function windowOf(value: Value): Window | undefined {
  if (!isObject(value)) return undefined;
  const { from, to, days }: ValueObject = value;
  if (typeof days !== 'number' || !Number.isInteger(days) || days < 1 || days > 40_000) return undefined;
  return isBound(from) && isBound(to) ? { from, to, days } : undefined;
}

const isBound = (value: Value | undefined): value is string | null => value === null || (typeof value === 'string' && isWallClock(value));
