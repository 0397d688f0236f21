/**
 * When a row source reads, as it is written in a route:
 *
 *   schedule: {every: 5m}
 *   schedule: {cron: '0 7-19 * * 1-5', zone: Europe/Moscow, missed: skip, overlap: queue1}
 */
import { limits } from '../limits.ts';
import { checkCron, type Pace, type Schedule } from '../schedule.ts';
import type { KnownOperation } from './connector-catalogue.ts';
import { type DocumentFields, type DocumentReader, readBy } from './document-reader.ts';

export function readSchedule(reader: DocumentReader, fields: DocumentFields, operation: KnownOperation | undefined): Schedule | null {
  if (!fields.has('schedule')) return null;
  const written = fields.fields('schedule', ['every', 'cron', 'zone', 'missed', 'overlap']);
  if (written === undefined) return null;
  if (operation !== undefined && operation.reads !== true) reader.add(fields.path('schedule'), 'schedule.notSource', {});
  const pace = readPace(reader, written);
  const missed = written.oneOf('missed', ['runOnce', 'skip'], 'runOnce');
  const overlap = written.oneOf('overlap', ['skip', 'queue1'], 'skip');
  return pace === null ? null : { pace, missed, overlap };
}

function readPace(reader: DocumentReader, written: DocumentFields): Pace | null {
  if (written.has('every') === written.has('cron')) {
    reader.add(written.path('every'), 'schedule.paceExpected', {});
    return null;
  }
  if (written.has('every')) {
    const text = written.text('every') ?? '';
    const ms = durationMs(text);
    if (ms !== null && ms >= limits.scheduleLeastMs.value && ms <= longest) return { kind: 'every', ms };
    reader.add(written.path('every'), 'schedule.every', { value: text.slice(0, 40) });
    return null;
  }
  const pattern = written.text('cron') ?? '';
  const zone = written.has('zone') ? (written.text('zone') ?? '') : 'UTC';
  return readBy(reader, written.path('cron'), (): Pace => {
    checkCron(pattern, zone);
    return { kind: 'cron', pattern, zone };
  }) ?? null;
}

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const longest = 366 * 86_400_000;

/** Of a text like `30s`, `5m`, `1h`, `1d`; null for any other. */
function durationMs(text: string): number | null {
  const [, digits, unit] = /^(\d{1,6})([smhd])$/.exec(text.trim()) ?? [];
  return digits === undefined || unit === undefined ? null : Number(digits) * (unitMs[unit] ?? 0);
}
