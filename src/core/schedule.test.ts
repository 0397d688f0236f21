import { describe, expect, it } from 'vitest';
import { afterWorkMs, checkCron, nextInMs, wasMissed, type Schedule } from './schedule.ts';

const every = (ms: number, overlap: Schedule['overlap'] = 'skip'): Schedule => ({ pace: { kind: 'every', ms }, missed: 'runOnce', overlap });
const cron = (pattern: string, zone: string, overlap: Schedule['overlap'] = 'skip'): Schedule => ({ pace: { kind: 'cron', pattern, zone }, missed: 'runOnce', overlap });
const at = (text: string): number => Date.parse(text);

describe('an interval', () => {
  it('keeps its times however long the work takes', () => {
    expect(afterWorkMs(every(60_000), { nowMs: 0, lateMs: 0, tookMs: 5_000 })).toBe(55_000);
    expect(afterWorkMs(every(60_000), { nowMs: 0, lateMs: 1_000, tookMs: 5_000 })).toBe(54_000);
  });

  it('leaves out the times that passed during the work, or does one of them at once', () => {
    expect(afterWorkMs(every(60_000), { nowMs: 0, lateMs: 0, tookMs: 130_000 })).toBe(50_000);
    expect(afterWorkMs(every(60_000, 'queue1'), { nowMs: 0, lateMs: 0, tookMs: 130_000 })).toBe(0);
  });
});

describe('a cron expression', () => {
  it('is read in its time zone', () => {
    expect(nextInMs(cron('0 9 * * *', 'Europe/Moscow'), at('2026-11-28T05:00:00Z'))).toBe(3_600_000);
    expect(nextInMs(cron('0 9 * * 1-5', 'UTC'), at('2026-11-28T05:00:00Z'))).toBe(at('2026-11-30T09:00:00Z') - at('2026-11-28T05:00:00Z'));
  });

  it('comes once on a day whose hour is skipped or repeated by summer time', () => {
    expect(nextInMs(cron('30 2 * * *', 'Europe/Berlin'), at('2027-03-27T12:00:00Z'))).toBeLessThan(24 * 3_600_000);
    const first = at('2026-10-24T12:00:00Z') + (nextInMs(cron('30 2 * * *', 'Europe/Berlin'), at('2026-10-24T12:00:00Z')) ?? 0);
    expect(nextInMs(cron('30 2 * * *', 'Europe/Berlin'), first)).toBeGreaterThan(20 * 3_600_000);
  });

  it('that comes during the work is left out, or done right after it', () => {
    const during = { nowMs: at('2026-11-28T09:01:30Z'), lateMs: 0, tookMs: 90_000 };
    expect(afterWorkMs(cron('* * * * *', 'UTC'), during)).toBe(30_000);
    expect(afterWorkMs(cron('* * * * *', 'UTC', 'queue1'), during)).toBe(0);
  });

  it('is refused with the reason when it or its zone cannot be read', () => {
    expect(() => checkCron('61 * * * *', 'UTC')).toThrow(expect.objectContaining({ code: 'schedule.cron' }));
    expect(() => checkCron('every day', 'UTC')).toThrow(expect.objectContaining({ code: 'schedule.cron' }));
    expect(() => checkCron('0 9 * * *', 'Mars/Base')).toThrow(expect.objectContaining({ code: 'schedule.zone' }));
    expect(() => checkCron('0 9 * * *', 'Europe/Moscow')).not.toThrow();
  });
});

it('a time is missed when nobody came for it', () => {
  expect(wasMissed(every(60_000), 59_000)).toBe(false);
  expect(wasMissed(every(60_000), 61_000)).toBe(true);
  expect(wasMissed(cron('0 9 * * *', 'UTC'), 30_000)).toBe(false);
  expect(wasMissed(cron('0 9 * * *', 'UTC'), 3_600_000)).toBe(true);
});
