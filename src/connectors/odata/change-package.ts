/** A package of changes as 1C hands it out: rows, rows that are gone, and what cannot be used. Pure. */
import { Decimal, type Value, type ValueObject } from '../../sdk/index.ts';
import { AtomProblem, createAtomReader, type AtomEntry } from './atom.ts';
import { atomDecoder, atomRow } from './atom-row.ts';
import type { EdmModel, EntitySet } from './edm.ts';
import { readRow } from './row.ts';
import { readReference } from './row-reference.ts';

export interface BrokenChange extends ValueObject {
  /** Of the row, where it can be told. */
  address: string | null;
  detail: string;
  /** As it came, cut. */
  raw: string;
}

export interface ChangePackage {
  /** In the order of the package: `{set, key, removed, row}`, and `{set, key, removed, when}` of a row that is gone. */
  changes: ValueObject[];
  /** Types that nobody asked for, with the number of their entries. */
  unsupported: ReadonlyMap<string, number>;
  /** Entries that could not be read. */
  broken: BrokenChange[];
  /** All of them together: by this number a package is empty or not. */
  entries: number;
  bytes: number;
}

/** Read as it comes: of the package only its rows are held. `wanted` names the sets whose changes are handed out; all of the description when it is undefined. Throws an AtomProblem. */
export async function readChanges(model: EdmModel, body: AsyncIterable<Uint8Array>, wanted: readonly string[] | undefined): Promise<ChangePackage> {
  const setsByType = new Map<string, EntitySet>([...model.sets.values()].filter(({ name }) => wanted === undefined || wanted.includes(name)).map((set) => [set.type.name, set]));
  const collected = { changes: [] as ValueObject[], unsupported: new Map<string, number>(), broken: [] as BrokenChange[], entries: 0, bytes: 0 };
  const leaveOut = (type: string): void => void collected.unsupported.set(type, (collected.unsupported.get(type) ?? 0) + 1);
  const reader = createAtomReader({
    entry(entry) {
      collected.entries += 1;
      const set = setsByType.get(entry.type);
      if (set === undefined) return leaveOut(entry.type);
      const { change, broken } = readChange(model, set, entry);
      if (change !== undefined) collected.changes.push(change);
      if (broken !== undefined) collected.broken.push(broken);
    },
    deleted({ ref, when }) {
      collected.entries += 1;
      const found = readReference(model, ref);
      if (found === undefined) return void collected.broken.push({ address: ref, detail: 'deleted-entry', raw: ref });
      if (!setsByType.has(found.set.type.name)) return leaveOut(found.set.type.name);
      collected.changes.push({ set: found.set.name, key: found.key, removed: true, when: when ?? null });
    },
    broken({ detail, raw }) {
      collected.entries += 1;
      collected.broken.push({ address: /<id>([^<]*)<\/id>/.exec(raw)?.[1] ?? null, detail, raw });
    },
  });
  const decode = atomDecoder();
  for await (const piece of body) {
    collected.bytes += piece.length;
    reader.write(decode(piece));
  }
  reader.write(decode(undefined));
  if (reader.close().kind !== 'feed') throw new AtomProblem('notAtom', '<entry>');
  return collected;
}

function readChange(model: EdmModel, set: EntitySet, entry: AtomEntry): { change?: ValueObject; broken?: BrokenChange } {
  try {
    const row = readRow(model, set.type, atomRow(model, entry, set.type));
    const key: Record<string, Value> = Object.create(null);
    for (const name of set.type.keys) key[name] = row[name] ?? null;
    const missing = set.type.keys.find((name) => key[name] === null);
    if (missing !== undefined) throw new AtomProblem('malformed', `${missing}: no key`);
    return { change: { set: set.name, key, removed: false, row } };
  } catch (error) {
    if (!(error instanceof AtomProblem)) throw error;
    return { broken: { address: entry.id, detail: error.message, raw: JSON.stringify(entry.properties).slice(0, 16_384) } };
  }
}

export const unsupportedList = ({ unsupported }: ChangePackage): readonly ValueObject[] => [...unsupported].map(([type, count]) => ({ type, count: new Decimal(count) }));
