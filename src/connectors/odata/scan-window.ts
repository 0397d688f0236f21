/** Windows of dates by which a large set is read, from the newest to the oldest: 1C passes over rows ever more slowly. Pure. */
import type { EdmModel, EntitySet } from './edm.ts';

/** Both bounds are wall clocks of the server; null is without bound. The upper one is outside. */
export interface Window {
  from: string | null;
  to: string | null;
  /** How wide the next one will be. */
  days: number;
}

/** How rows are told apart by date: by a field of their own, or by one of the records inside. */
export interface WindowField {
  field: string;
  inside?: string;
}

export const windowDays = { least: 1, first: 30, most: 3_650 } as const;
/** So many windows without rows one after another, and the rest is looked for in one step. */
export const emptyWindows = 3;

const dayMs = 86_400_000;
const wallClock = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/;

export const isWallClock = (text: string): boolean => wallClock.test(text) && !Number.isNaN(Date.parse(`${text}Z`));

/** The date that everything of this kind has in 1C; undefined for what has none. */
export function windowField(model: EdmModel, { type }: EntitySet): WindowField | undefined {
  const dated = (name: string): boolean => type.properties.get(name)?.type === 'Edm.DateTime';
  if (dated('Date')) return { field: 'Date' };
  if (dated('Period')) return { field: 'Period' };
  const records = type.properties.get('RecordSet');
  const inner = records?.collection === true ? model.types.get(records.type) : undefined;
  return inner?.properties.get('Period')?.type === 'Edm.DateTime' ? { field: 'Period', inside: 'RecordSet' } : undefined;
}

/** The condition of a window as 1C reads it; undefined when it has no bound. */
export function windowText({ field, inside }: WindowField, { from, to }: Window): string | undefined {
  const path = inside === undefined ? field : `r/${field}`;
  const parts = [...(from === null ? [] : [`${path} ge datetime'${from}'`]), ...(to === null ? [] : [`${path} lt datetime'${to}'`])];
  if (parts.length === 0) return undefined;
  return inside === undefined ? parts.join(' and ') : `${inside}/any(r: ${parts.join(' and ')})`;
}

/** From so many days before now on, without end: some dates lie in the future. */
export const firstWindow = (nowMs: number): Window => ({ from: back(textOf(nowMs), windowDays.first), to: null, days: windowDays.first });

/** The one before, as wide as the last one has shown to be good; undefined when the last one was open to the past. */
export function windowBefore({ from, days }: Window): Window | undefined {
  return from === null ? undefined : { from: back(from, days), to: from, days };
}

/** What is left below a window, in one step. */
export const windowBelow = ({ from, days }: Window): Window => ({ from: null, to: from, days });

/** Below a window, from so many days before the newest date there. */
export const windowDownTo = (last: Window, newest: string): Window => ({ from: back(newest, last.days), to: last.from, days: last.days });

/** Half of it, beginning at its upper bound; undefined when it cannot be narrower or has no upper bound to begin at. */
export function narrower({ from, to, days }: Window, nowMs: number): Window | undefined {
  const upper = to ?? textOf(nowMs);
  const width = from === null ? days * 2 : Math.round((Date.parse(`${upper}Z`) - Date.parse(`${from}Z`)) / dayMs);
  if (width <= windowDays.least) return undefined;
  const half = Math.max(windowDays.least, Math.floor(width / 2));
  return { from: back(upper, half), to, days: half };
}

/** Few rows in a window make the next one wider, many narrower. */
export function nextWidth(days: number, pages: number, rows: number, size: number, deepPages: number): number {
  if (pages > deepPages) return Math.max(windowDays.least, Math.floor(days / 2));
  return pages <= 1 && rows < size / 2 ? Math.min(windowDays.most, days * 2) : days;
}

const textOf = (ms: number): string => new Date(ms).toISOString().slice(0, 19);

/** Null before the first year: there is nothing earlier. */
function back(text: string, days: number): string | null {
  const ms = Date.parse(`${text}Z`) - days * dayMs;
  return ms <= Date.parse('0001-01-01T00:00:00Z') ? null : textOf(ms);
}
