/** Kills the platform and its database at random moments and at named points, and starts the platform again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CrashPoint } from '../../../src/core/ports.ts';
import type { Choices } from '../../../src/sdk/testing/crash/choices.ts';
import { killDatabase } from './database-processes.ts';
import type { Stage } from './stage.ts';

/** A kill at a named point is called after the point; a stop is a node that is paused beyond its lease. */
export type KillKind = 'server' | 'postmaster' | 'backend' | 'stop' | CrashPoint;

/** The points that the campaign's load passes again and again. */
const points = [
  'intake.beforeCommit',
  'intake.afterCommit',
  'commit.sent',
  'commit.acknowledged',
  'request.afterIntent',
  'request.afterBytes',
  'request.beforeOutcome',
  'outbox.afterClaim',
  'outbox.afterBytes',
  'outbox.beforeOutcome',
  'reply.beforeSend',
] as const satisfies readonly CrashPoint[];

/** A point that was not reached by then is not waited for. */
const pointMs = 4_000;

export class Killer {
  readonly #stage: Stage;
  readonly #choices: Choices;
  readonly #tell: (text: string) => void;
  readonly #kills = new Map<KillKind, number>();

  constructor(stage: Stage, choices: Choices, tell: (text: string) => void) {
    this.#stage = stage;
    this.#choices = choices;
    this.#tell = tell;
  }

  async kill(kills: number): Promise<ReadonlyMap<KillKind, number>> {
    for (let done = 0; done < kills; ) {
      const kind = await this.#killOnce();
      if (kind === null) continue;
      done += 1;
      this.#kills.set(kind, (this.#kills.get(kind) ?? 0) + 1);
      this.#tell(`kill ${done} of ${kills}: ${kind}\n`);
    }
    return this.#kills;
  }

  /** The platform runs before and after, and takes orders for a while in between. */
  async #killOnce(): Promise<KillKind | null> {
    const choices = this.#choices;
    const chance = choices.fraction();
    if (chance < 0.4) return this.#killAtPoint(choices.one(points), 1 + choices.below(25));
    await sleep(choices.between(200, 1_500));
    if (chance < 0.7) return this.#killServer('server');
    const what = chance < 0.88 ? 'postmaster' : 'backend';
    return killDatabase(this.#stage.dataFolder, what, choices) ? what : null;
  }

  async #killServer(kind: KillKind): Promise<KillKind> {
    const { platform } = this.#stage;
    await platform.kill();
    await sleep(this.#choices.between(0, 300));
    await platform.startUntilReady();
    return kind;
  }

  /** A point is armed when a process starts, so this one is killed for it; that kill counts as its own. */
  async #killAtPoint(point: CrashPoint, visit: number): Promise<KillKind> {
    const { platform } = this.#stage;
    await platform.kill();
    await platform.start(`${point}:${visit}`);
    const reached = await platform.endsWithin(pointMs);
    return this.#killServer(reached ? point : 'server');
  }
}
