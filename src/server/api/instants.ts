/** Instants in an address, as a person writes them. */
import { failure } from '../../core/failure.ts';

/** A day or an instant with its zone. Throws `store.instant`. */
export function assertInstants(...texts: readonly (string | undefined)[]): void {
  for (const text of texts) {
    if (text === undefined) continue;
    if (!/^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?$/.test(text) || Number.isNaN(Date.parse(text))) throw failure('store.instant', { text: text.slice(0, 40) });
  }
}
