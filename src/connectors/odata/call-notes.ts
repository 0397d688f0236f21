/** What is worth knowing about how a call went: a line of the log, and kept with the call for whoever looks at it in the journal. */
import { failure, type FailureCode, type FailureParameters, type Failure, type Receipt } from '../../sdk/index.ts';
import type { ServiceContext } from './service-context.ts';

/** A long call has no more to tell than this; the log has all of it. */
const keptNotes = 50;

export class CallNotes {
  readonly #log: ServiceContext['log'];
  readonly #kept: Failure[] = [];

  constructor(log: ServiceContext['log']) {
    this.#log = log;
  }

  /** Values of rows have no place in it: logs are read by more people than bodies are. */
  tell(level: 'debug' | 'info' | 'warn', code: FailureCode, parameters: FailureParameters): void {
    this.#log[level](code, { ...parameters });
    if (this.#kept.length < keptNotes) this.#kept.push(failure(code, parameters));
  }

  on(receipt: Receipt): Receipt {
    return this.#kept.length === 0 ? receipt : { ...receipt, notes: [...(receipt.notes ?? []), ...this.#kept] };
  }
}
