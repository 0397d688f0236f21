/** Runs the stages of a check one after another; the first failure ends it. */
import { Failure } from '../core/failure.ts';
import type { Clock } from '../core/ports.ts';
import type { CheckStage, Localised, StageName } from './connector.ts';

export interface StageRun {
  stage: StageName;
  /** Gives what was found; throws a Failure when the stage failed. */
  run(): Promise<Localised | { skipped: Localised }>;
}

/** What a successful check says in the end. */
export const established: Localised = { ru: 'Соединение установлено', en: 'Connection established' };

export async function* runStages(clock: Clock, stages: readonly StageRun[]): AsyncGenerator<CheckStage> {
  for (const each of stages) {
    const { stage } = each;
    const began = clock.monotonicMs();
    try {
      const found = await each.run();
      if ('skipped' in found) yield { stage, state: 'skipped', detail: found.skipped };
      else yield { stage, state: 'ok', detail: found, ms: clock.monotonicMs() - began };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      yield { stage, state: 'failed', failure: error, ms: clock.monotonicMs() - began };
      return;
    }
  }
}
