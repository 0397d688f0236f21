/** Plans row sources, shows how they are, and lets people run, pause and reset them. */
import type { Configuration, PublishedRoute } from '../../core/configuration/published.ts';
import { emptyEffectSet, type EffectSet, type TimerWrite } from '../../core/effect-set.ts';
import { Failure, failure, type FailureData } from '../../core/failure.ts';
import { nextInMs, scheduleStamp } from '../../core/schedule.ts';
import type { SourceSummary } from '../../core/source.ts';
import type { Value } from '../../core/value.ts';
import { isObject } from '../../core/value.ts';
import { commitOne } from '../execute-run.ts';
import { openRoute } from '../message-case.ts';
import { randomUuid } from '../uuid.ts';
import { planned, type SourceParts } from './source-run.ts';

/** What "active" proves: the row of its next reading is there. */
export type SourceState = 'active' | 'reading' | 'failing' | 'paused' | 'manual' | 'off' | 'unplanned';

export interface SourceStatus {
  route: PublishedRoute;
  state: SourceState;
  /** Why it is off, or what its last attempt failed with. */
  failure: FailureData | null;
  /** Null when it was never read. */
  stored: SourceSummary | null;
}

export interface SourceDesk {
  list(): Promise<readonly SourceStatus[]>;
  /** Throws `route.unknown`, `source.notSource`. */
  show(route: string): Promise<SourceStatus>;
  /** Reads as soon as a worker is free; one that is being read already goes on. Throws what keeps the route closed, `source.paused`. */
  run(route: string): Promise<void>;
  pause(route: string): Promise<void>;
  /** Ends a pause. */
  resume(route: string): Promise<void>;
  /** Throws `source.resetUnconfirmed`, which says what it would mean, unless confirmed. */
  reset(route: string, cursor: Value, confirmed: boolean): Promise<void>;
}

export interface SourceDeskParts extends SourceParts {
  wakeSources(): void;
}

export function createSourceDesk(parts: SourceDeskParts): SourceDesk {
  const { store, random, configuration } = parts;

  const commit = async (changes: Partial<EffectSet>): Promise<void> => {
    const committed = await commitOne(parts, { ...emptyEffectSet(randomUuid(random)), ...changes });
    if (committed.kind !== 'committed') throw failure('store.unavailable', {});
    parts.wakeSources();
  };

  const found = (name: string): PublishedRoute => {
    const route = configuration.current().route(name);
    if (route === undefined) throw failure('route.unknown', { route: name.slice(0, 80) });
    if (!isSource(parts, configuration.current(), route)) throw failure('source.notSource', { route: name });
    return route;
  };

  const show = async (name: string): Promise<SourceStatus> => {
    const route = found(name);
    return statusOf(configuration.current(), route, (await store.sources.list()).get(route.id) ?? null);
  };

  return {
    show,
    async list() {
      const current = configuration.current();
      const stored = await store.sources.list();
      return current.routes().filter((route) => isSource(parts, current, route)).map((route) => statusOf(current, route, stored.get(route.id) ?? null));
    },
    async run(name) {
      const route = found(name);
      openRoute(configuration.current(), name);
      if ((await store.sources.get(route.id)).paused) throw failure('source.paused', { route: name });
      await commit({ timers: [unlessHeld(planned(route, 0, true))] });
    },
    async pause(name) {
      await commit({ sources: [{ op: 'pause', route: found(name).id, paused: true }] });
    },
    async resume(name) {
      const route = found(name);
      const timers = route.schedule === null ? [] : [unlessHeld(planned(route, 0))];
      await commit({ sources: [{ op: 'pause', route: route.id, paused: false }], timers });
    },
    async reset(name, cursor, confirmed) {
      const { route, stored } = await show(name);
      if (!confirmed) throw failure('source.resetUnconfirmed', { route: name, messages: stored?.messages ?? 0 });
      await commit({ sources: [{ op: 'reset', route: route.id, cursor }] });
    },
  };
}

const unlessHeld = (timer: TimerWrite): TimerWrite => ({ ...timer, unlessHeld: true });

function isSource({ remote }: SourceParts, configuration: Configuration, route: PublishedRoute): boolean {
  const connection = configuration.connection(route.connection);
  return connection !== undefined && remote.reads(connection, route);
}

function statusOf(configuration: Configuration, route: PublishedRoute, stored: SourceSummary | null): SourceStatus {
  const closed = obstacle(configuration, route);
  const of = (state: SourceState, why: FailureData | null = stored?.failure ?? null): SourceStatus => ({ route, state, failure: why, stored });
  if (closed !== null) return of('off', closed.toData());
  if (stored?.paused === true) return of('paused');
  if (stored?.reading === true) return of('reading');
  if (stored !== null && stored.attempts > 0) return of('failing');
  if (stored?.dueAt !== null && stored?.dueAt !== undefined) return of('active');
  return of(route.schedule === null ? 'manual' : 'unplanned');
}

function obstacle(configuration: Configuration, route: PublishedRoute): Failure | null {
  try {
    openRoute(configuration, route.name);
    return null;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/**
 * Every open source with a schedule has its timer. Any node may do this at any time: a timer that is planned by the
 * present schedule stays as it is, and one that a worker holds is planned anew by its worker.
 */
export async function planSources(parts: SourceDeskParts): Promise<void> {
  const { store, clock, random } = parts;
  const current = parts.configuration.current();
  const [known, stored] = await Promise.all([store.sources.planned(), store.sources.list()]);
  const timers = current.routes().flatMap((route) => {
    if (route.schedule === null || !isSource(parts, current, route) || obstacle(current, route) !== null || stored.get(route.id)?.paused === true) return [];
    const timer = known.get(route.id);
    if (timer !== undefined && (timer.held || stampOf(timer.payload) === scheduleStamp(route.schedule))) return [];
    const isNew = timer === undefined && (stored.get(route.id)?.readAt ?? null) === null && route.schedule.pace.kind === 'every';
    const dueInMs = isNew ? 0 : nextInMs(route.schedule, clock.wallMs());
    return dueInMs === null ? [] : [unlessHeld(planned(route, dueInMs))];
  });
  if (timers.length === 0) return;
  await commitOne(parts, { ...emptyEffectSet(randomUuid(random)), timers });
  parts.wakeSources();
}

const stampOf = (payload: Value): Value => (isObject(payload) ? (payload['stamp'] ?? null) : null);
