/**
 * Quick ways to what the run itself has changed: its records by their values, and links with its own changes.
 * All of it can be made from the state again, so it is no part of the state, and always gives what a new one would give.
 */
import type { Scalar } from '../template.ts';
import type { Held, RecordKey, State } from './run-state.ts';

export interface OwnIndex {
  /** Ids of changed records that had these values at some time, in the order of their first change; each has still to be compared. */
  candidates(template: string, key: Readonly<Record<string, Scalar>>): readonly string[];
  /** A record has changed. */
  note(record: RecordKey, held: Held): void;
  /** The links under a list key with the run's changes, made when they are not known. */
  links(listKey: string, make: () => readonly string[]): readonly string[];
  /** A link was added or taken away; `fresh` when it can only stand at the end. */
  linkChanged(listKey: string, linked: RecordKey, now: boolean, fresh: boolean): void;
  /** Records have gone back to what they were. */
  forget(): void;
}

interface ValueIndex {
  attributes: readonly string[];
  byText: Map<string, Ids>;
}

interface Ids {
  known: Set<string>;
  inOrder: string[];
}

export function createOwnIndex(state: State): OwnIndex {
  const indexes = new Map<string, Map<string, ValueIndex>>();
  const lists = new Map<string, readonly string[]>();
  const positions = new Map<string, number>();
  const positionOf = (record: RecordKey): number => {
    extend(positions, state.touched);
    return positions.get(`${record.template}/${record.id}`) ?? -1;
  };
  const add = (index: ValueIndex, record: RecordKey, held: Held): void => insert(idsOf(index, held), record, positionOf);
  return {
    candidates(template, key) {
      const attributes = Object.keys(key).sort();
      const index = existingIndex(indexes, template, attributes) ?? buildIndex(indexes, state, template, attributes, add);
      return index.byText.get(textOf(attributes, key))?.inOrder ?? [];
    },
    note(record, held) {
      for (const index of indexes.get(record.template)?.values() ?? []) add(index, record, held);
    },
    links(listKey, make) {
      const known = lists.get(listKey);
      if (known !== undefined) return known;
      const made = make();
      lists.set(listKey, made);
      return made;
    },
    linkChanged(listKey, linked, now, fresh) {
      const known = lists.get(listKey);
      if (known === undefined) return;
      if (!now) lists.set(listKey, known.filter((id) => id !== linked.id));
      else if (fresh) lists.set(listKey, [...known, linked.id]);
      else lists.delete(listKey);
    },
    forget() {
      indexes.clear();
      lists.clear();
      positions.clear();
    },
  };
}

function existingIndex(indexes: Map<string, Map<string, ValueIndex>>, template: string, attributes: readonly string[]): ValueIndex | undefined {
  return indexes.get(template)?.get(attributes.join('\n'));
}

function buildIndex(indexes: Map<string, Map<string, ValueIndex>>, state: State, template: string, attributes: readonly string[], add: (index: ValueIndex, record: RecordKey, held: Held) => void): ValueIndex {
  const made: ValueIndex = { attributes, byText: new Map() };
  for (const record of state.touched) {
    const held = record.template === template ? state.held[template]?.[record.id] : undefined;
    if (held !== undefined) add(made, record, held);
  }
  const ofTemplate = indexes.get(template) ?? new Map<string, ValueIndex>();
  indexes.set(template, ofTemplate.set(attributes.join('\n'), made));
  return made;
}

function idsOf(index: ValueIndex, held: Held): Ids {
  const text = textOf(index.attributes, held.values);
  const known = index.byText.get(text);
  if (known !== undefined) return known;
  const made: Ids = { known: new Set(), inOrder: [] };
  index.byText.set(text, made);
  return made;
}

/** Nearly always at the end: a record that changes again is the exception. */
function insert(ids: Ids, record: RecordKey, positionOf: (record: RecordKey) => number): void {
  if (ids.known.has(record.id)) return;
  ids.known.add(record.id);
  const position = positionOf(record);
  let at = ids.inOrder.length;
  for (; at > 0; at--) {
    const before = ids.inOrder[at - 1];
    if (before === undefined || positionOf({ template: record.template, id: before }) < position) break;
  }
  ids.inOrder.splice(at, 0, record.id);
}

/** Records are only ever added at the end, until they are forgotten. */
function extend(positions: Map<string, number>, touched: readonly RecordKey[]): void {
  for (let i = positions.size; i < touched.length; i++) {
    const record = touched[i];
    if (record !== undefined) positions.set(`${record.template}/${record.id}`, i);
  }
}

/** Equal values have equal texts; unequal ones may share a text, which a comparison then tells apart. */
const textOf = (attributes: readonly string[], values: Readonly<Record<string, Scalar>>): string => attributes.map((name) => String(values[name] ?? null)).join('\n');
