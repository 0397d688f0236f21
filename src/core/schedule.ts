/** When something is due: every so often, or by a cron expression in a time zone. Pure: the present is handed in. */
import { Cron } from 'croner';
import { failure } from './failure.ts';

export type Pace = { kind: 'every'; ms: number } | { kind: 'cron'; pattern: string; zone: string };

export interface Schedule {
  pace: Pace;
  /** A time that passed while nobody was there: done once when somebody is, or left out. */
  missed: 'runOnce' | 'skip';
  /** A time that comes while the one before is still being worked on: left out, or done right after it. */
  overlap: 'skip' | 'queue1';
}

/** Changes whenever the schedule does. */
export const scheduleStamp = (schedule: Schedule): string => JSON.stringify(schedule);

/** Milliseconds from `nowMs` to the next time behind it. Null for a cron expression that never comes again. */
export function nextInMs({ pace }: Schedule, nowMs: number): number | null {
  if (pace.kind === 'every') return pace.ms;
  const next = cronOf(pace.pattern, pace.zone).nextRun(new Date(nowMs));
  return next === null ? null : Math.max(0, next.getTime() - nowMs);
}

/**
 * The time after a work that was due `lateMs` before it began and took `tookMs`. Times of an interval stay where they
 * were: one that takes longer than its interval leaves those out that passed, or does one of them at once.
 */
export function afterWorkMs(schedule: Schedule, { nowMs, lateMs, tookMs }: { nowMs: number; lateMs: number; tookMs: number }): number | null {
  const { pace, overlap } = schedule;
  if (pace.kind === 'every') {
    const passed = lateMs + tookMs;
    if (passed >= pace.ms && overlap === 'queue1' && tookMs >= pace.ms) return 0;
    return pace.ms - (passed % pace.ms);
  }
  const begun = nowMs - tookMs;
  const whileWorking = nextInMs(schedule, begun);
  if (overlap === 'queue1' && whileWorking !== null && whileWorking < tookMs) return 0;
  return nextInMs(schedule, nowMs);
}

/** What comes this late was missed: nobody was there when it was due. */
export function wasMissed({ pace }: Schedule, lateMs: number): boolean {
  return lateMs > (pace.kind === 'every' ? Math.max(pace.ms, leewayMs) : leewayMs);
}

const leewayMs = 60_000;

/** Throws `schedule.cron` or `schedule.zone`. */
export function checkCron(pattern: string, zone: string): void {
  try {
    Intl.DateTimeFormat('en', { timeZone: zone });
  } catch (cause) {
    throw failure('schedule.zone', { zone: zone.slice(0, 80) }, { cause });
  }
  try {
    cronOf(pattern, zone);
  } catch (cause) {
    throw failure('schedule.cron', { cron: pattern.slice(0, 80), detail: cause instanceof Error ? cause.message.slice(0, 200) : '' }, { cause });
  }
}

const cronOf = (pattern: string, zone: string): Cron => new Cron(pattern, { timezone: zone, paused: true, mode: '5-or-6-parts' });
