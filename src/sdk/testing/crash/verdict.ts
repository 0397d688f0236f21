/** Compares what clients were told with what independent records say. Our own journal is asked for one thing only: what waits for a person. */

/** An order as the load knows it. */
export interface JudgedOrder {
  number: string;
  route: string;
}

/** One record of effects that somebody other than the journal keeps. */
export interface Witness {
  name: string;
  /** Routes whose orders leave exactly one effect here. */
  routes: readonly string[];
  /** How often each order is found here, after the witness's own drop of repeats. */
  counts: ReadonlyMap<string, number>;
  /** An order that waits for a person has left nothing here, or at most one effect. */
  parked: 'none' | 'atMostOne';
}

/** Orders of one key in the order in which they were handled. */
export interface Sequence {
  name: string;
  numbers: readonly number[];
}

export interface Evidence {
  sent: readonly JudgedOrder[];
  acknowledged: ReadonlySet<string>;
  parked: ReadonlySet<string>;
  witnesses: readonly Witness[];
  sequences: readonly Sequence[];
  /** Things that must not be there at all, in words. */
  impossible: readonly string[];
}

export interface Verdict {
  /** Effects that are missing, by witness. */
  lost: readonly string[];
  /** Effects that are there more than once, or though nobody asked for them. */
  doubled: readonly string[];
  extra: readonly string[];
  outOfOrder: readonly string[];
  other: readonly string[];
}

export const isGood = (verdict: Verdict): boolean => Object.values(verdict).every((found: readonly string[]) => found.length === 0);

export function judge(evidence: Evidence): Verdict {
  const { sent, witnesses, sequences, impossible } = evidence;
  const lost: string[] = [];
  const doubled: string[] = [];
  for (const order of sent) {
    for (const witness of witnesses) {
      if (!witness.routes.includes(order.route)) continue;
      const found = witness.counts.get(order.number) ?? 0;
      const { least, most } = bounds(order, witness, evidence);
      if (found < least) lost.push(`${order.number}: acknowledged by ${order.route}, missing in ${witness.name}`);
      if (found > most) doubled.push(`${order.number}: ${found} times in ${witness.name}, not ${most}`);
    }
  }
  return { lost, doubled, extra: witnesses.flatMap((witness) => extra(witness, sent)), outOfOrder: sequences.flatMap(outOfOrder), other: impossible };
}

function bounds(order: JudgedOrder, witness: Witness, { acknowledged, parked }: Evidence): { least: number; most: number } {
  if (parked.has(order.number)) return { least: 0, most: witness.parked === 'none' ? 0 : 1 };
  return { least: acknowledged.has(order.number) ? 1 : 0, most: 1 };
}

function extra(witness: Witness, sent: readonly JudgedOrder[]): string[] {
  const asked = new Set(sent.filter(({ route }) => witness.routes.includes(route)).map(({ number }) => number));
  return [...witness.counts.keys()].filter((number) => !asked.has(number)).map((number) => `${number}: in ${witness.name}, but nobody sent it`);
}

function outOfOrder({ name, numbers }: Sequence): string[] {
  return numbers.flatMap((number, index) => (index > 0 && number <= (numbers[index - 1] ?? 0) ? [`${name}: ${number} was handled after ${numbers[index - 1] ?? 0}`] : []));
}

/** How often each thing occurs. */
export function countOf(things: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const thing of things) counts.set(thing, (counts.get(thing) ?? 0) + 1);
  return counts;
}
