/** Failures that no step of the run itself may answer. */
import type { Failure } from '../failure.ts';

/** Limits end the run: a handler that swallowed them could go round for ever. */
export const isFatal = (reason: Failure): boolean =>
  reason.code === 'run.iterations' || reason.code === 'run.writes' || reason.code === 'run.triggerRuns' || reason.code === 'run.chainDepth' || reason.code === 'run.scenarioChanged';
