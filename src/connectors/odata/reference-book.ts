/** Which rows were seen to be there, so that a reference to them is not looked up at every write. */
import type { Clock } from '../../sdk/index.ts';

/** Rows that were seen to be there. Rows of 1C are hardly ever removed for good, so this is believed for some minutes. */
export interface ReferenceBook {
  has(set: string, key: string): boolean;
  add(set: string, key: string): void;
}

const believedMs = 300_000;
const rememberedRows = 10_000;

export function createReferenceBook(clock: Clock): ReferenceBook {
  const until = new Map<string, number>();
  return {
    has: (set, key) => (until.get(`${set}|${key}`) ?? 0) > clock.monotonicMs(),
    add(set, key) {
      if (until.size >= rememberedRows) until.clear();
      until.set(`${set}|${key}`, clock.monotonicMs() + believedMs);
    },
  };
}
