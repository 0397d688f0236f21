/** What went wrong, when it need not be a Failure: a bug of ours ends one unit of work and is told as such. */
import { Failure, failure } from '../core/failure.ts';

export const crashed = (error: unknown): Failure => failure('run.crashed', { detail: error instanceof Error ? error.message : String(error) }, { cause: error });

export const asFailure = (error: unknown): Failure => (error instanceof Failure ? error : crashed(error));
