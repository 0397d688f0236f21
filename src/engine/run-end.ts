/** Ends of a run that no handler of its scenario sees. Thrown inside the engine, or reasons of an abort signal. */
import type { Failure } from '../core/failure.ts';

/** The run vanishes without a trace: its lease is lost or its node is closing; somebody else does the work. */
export class Abandoned extends Error {
  override readonly name = 'Abandoned';
}

/** The whole run fails: a deadline, a cancellation, or a request that a person has to look at. */
export class RunEnds extends Error {
  override readonly name = 'RunEnds';
  readonly failure: Failure;
  constructor(reason: Failure) {
    super(reason.message);
    this.failure = reason;
  }
}
