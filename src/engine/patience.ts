/**
 * Failures that say nothing about the message itself: somebody has to open a route, a connection rests, a queue is full, a backup keeps tables from being changed.
 * What is ours to bring to an end waits for that, and the wait counts as no attempt.
 */
import { Failure } from '../core/failure.ts';
import type { EngineSettings } from './settings.ts';

const patient: ReadonlySet<string> = new Set(['route.disabled', 'route.noScenario', 'connection.disabled', 'connection.resting', 'connection.toldToWait', 'run.leaseTooOld', 'order.queueFull', 'outbox.full', 'template.busy']);

/** Milliseconds to wait, or null when the failure is one of the message. */
export function patienceMs(failed: Failure, settings: EngineSettings): number | null {
  // What keeps the question about an unknown call from being asked is waited for like what keeps a call from being made.
  if (failed.code === 'run.unverified' && failed.cause instanceof Failure) return patienceMs(failed.cause, settings);
  if (!patient.has(failed.code)) return null;
  return failed.next.kind === 'retryAfter' ? failed.next.ms : settings.patienceMs;
}

/** Too much is waiting already: whoever wants to bring more is sent away at once, and nothing is recorded. */
export const isCrowded = (failed: Failure): boolean => failed.code === 'order.queueFull' || failed.code === 'outbox.full' || failed.code === 'inbox.full' || failed.code === 'store.busy';
