/**
 * Finds the run's own records by the values of some attributes, without looking through all of them.
 * It is made from the state whenever it is missing, so it is no part of the state; what it gives has still to be compared.
 */
import type { Scalar } from '../template.ts';
import type { Held, RecordKey, State } from './run-state.ts';

export interface OwnKeys {
  /** Ids of changed records that had these values at some time since the index was made, in the order of their first change. */
  candidates(state: State, template: string, key: Readonly<Record<string, Scalar>>): readonly string[];
  /** A record has changed. */
  note(record: RecordKey, held: Held): void;
  /** Records have gone back to what they were. */
  forget(): void;
}

interface Index {
  attributes: readonly string[];
  ids: Map<string, Set<string>>;
}

export function createOwnKeys(): OwnKeys {
  const indexes = new Map<string, Map<string, Index>>();
  const positions = new Map<string, number>();
  return {
    candidates(state, template, key) {
      const attributes = Object.keys(key).sort();
      const found = indexOf(indexes, state, template, attributes).ids.get(textOf(attributes, key));
      if (found === undefined) return [];
      extend(positions, state.touched);
      const position = (id: string): number => positions.get(`${template}/${id}`) ?? 0;
      return found.size === 1 ? [...found] : [...found].sort((left, right) => position(left) - position(right));
    },
    note(record, held) {
      for (const index of indexes.get(record.template)?.values() ?? []) add(index, record.id, held);
    },
    forget() {
      indexes.clear();
      positions.clear();
    },
  };
}

function indexOf(indexes: Map<string, Map<string, Index>>, state: State, template: string, attributes: readonly string[]): Index {
  const ofTemplate = indexes.get(template) ?? new Map<string, Index>();
  indexes.set(template, ofTemplate);
  const name = attributes.join('\n');
  const known = ofTemplate.get(name);
  if (known !== undefined) return known;
  const made: Index = { attributes, ids: new Map() };
  for (const [id, held] of Object.entries(state.held[template] ?? {})) if (held.touched) add(made, id, held);
  ofTemplate.set(name, made);
  return made;
}

/** Records are only ever added at the end, until they are forgotten. */
function extend(positions: Map<string, number>, touched: readonly RecordKey[]): void {
  for (const { template, id } of touched.slice(positions.size)) positions.set(`${template}/${id}`, positions.size);
}

function add(index: Index, id: string, held: Held): void {
  const text = textOf(index.attributes, held.values);
  const ids = index.ids.get(text);
  if (ids === undefined) index.ids.set(text, new Set([id]));
  else ids.add(id);
}

/** Equal values have equal texts; unequal ones may share a text, which a comparison then tells apart. */
const textOf = (attributes: readonly string[], values: Readonly<Record<string, Scalar>>): string => attributes.map((name) => String(values[name] ?? null)).join('\n');
