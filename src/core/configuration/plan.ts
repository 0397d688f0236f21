/**
 * What applying documents to the stored configuration would do: the plan that a person reads and agrees to.
 * Nothing here looks at whether the result is right; `check-set.ts` does that for the result.
 */
import { type ChangeDetail, differences } from './document-difference.ts';
import type { ObjectDocument, Finding, Kind, SourceDocument } from './object-document.ts';
import { kinds, samePlain } from './object-document.ts';
import { nearestKnown } from '../nearest-known.ts';
import { usesOf } from './uses.ts';

/** An object as the store keeps it. */
export interface StoredObject extends ObjectDocument {
  id: string;
  /** Grows by one whenever the document changes. */
  version: number;
  /** The text it was applied from; null when it was made by the API or the UI. */
  source: string | null;
}

export interface PlanOptions {
  /** Objects that are stored and not in the documents are deleted. */
  prune: boolean;
  /** A template that goes takes its records out of sight; they come back with it. Else its records keep it from going. */
  hideRecords?: boolean;
  /** Only these objects are looked at; the others stay as they are. */
  only?: readonly { kind: Kind; name: string }[];
}

export interface Plan {
  creates: readonly NewObject[];
  changes: readonly (NewObject & { id: string; details: readonly ChangeDetail[] })[];
  /** Same data, but comments, order or layout of the text differ. */
  relaid: readonly (NewObject & { id: string })[];
  deletes: readonly StoredObject[];
  /** Stored, not in the documents, and kept because nobody asked to delete. */
  kept: readonly StoredObject[];
  refused: readonly Finding[];
}

export interface NewObject extends ObjectDocument {
  source: string | null;
}

export const isEmptyPlan = (plan: Plan): boolean => plan.creates.length + plan.changes.length + plan.relaid.length + plan.deletes.length === 0;

/** `print` gives the text of a stored object that has no source of its own. */
export function planApply(stored: readonly StoredObject[], documents: readonly SourceDocument[], print: (object: ObjectDocument) => string, options: PlanOptions): Plan {
  const looked = (object: ObjectDocument): boolean => options.only === undefined || options.only.some((one) => one.kind === object.kind && one.name === object.name);
  const before = new Map(stored.filter(looked).map((object) => [keyOf(object), object]));
  const after = new Map(documents.filter(looked).map((document) => [keyOf(document), document]));
  const creates = inOrder([...after.values()].filter((document) => !before.has(keyOf(document))));
  const missing = inOrder([...before.values()].filter((object) => !after.has(keyOf(object))));
  const pairs = inOrder([...before.values()]).flatMap((object) => {
    const document = after.get(keyOf(object));
    return document === undefined ? [] : [{ object, document }];
  });
  return {
    creates: creates.map(newObject),
    changes: pairs.filter(({ object, document }) => !samePlain(object.document, document.document)).map(({ object, document }) => ({ ...newObject(document), id: object.id, details: differences(object.document, document.document) })),
    relaid: pairs
      .filter(({ object, document }) => samePlain(object.document, document.document) && (object.source ?? print(object)) !== document.source)
      .map(({ object, document }) => ({ ...newObject(document), id: object.id })),
    deletes: options.prune ? [...missing].reverse() : [],
    kept: options.prune ? [] : missing,
    // Documents that name nothing of what is stored are an addition to it, not the whole written anew.
    refused: [...nowhere(options.only ?? [], stored, documents), ...(options.prune || pairs.length > 0 ? renames(creates, missing, stored) : [])],
  };
}

export const keyOf = (object: { kind: Kind; name: string }): string => `${object.kind} ${object.name}`;

/** What is stored once the plan is carried out. */
export function plannedObjects(stored: readonly StoredObject[], plan: Plan): readonly ObjectDocument[] {
  const gone = new Set([...plan.deletes, ...plan.changes, ...plan.relaid].map(keyOf));
  return inOrder([...stored.filter((object) => !gone.has(keyOf(object))), ...plan.changes, ...plan.relaid, ...plan.creates]);
}

/** A name that neither is stored nor in the documents is a mistake of whoever wrote it. */
function nowhere(only: NonNullable<PlanOptions['only']>, stored: readonly StoredObject[], documents: readonly SourceDocument[]): readonly Finding[] {
  const known = new Set([...stored, ...documents].map(keyOf));
  return only.flatMap(({ kind, name }): readonly Finding[] => {
    if (known.has(keyOf({ kind, name }))) return [];
    const names = [...stored, ...documents].filter((object) => object.kind === kind).map((object) => object.name);
    return [{ kind, name, path: '', code: 'config.unknownObject', parameters: { kind, name, nearest: nearestKnown(name, names) } }];
  });
}

const newObject = ({ kind, name, document, source }: SourceDocument): NewObject => ({ kind, name, document, source });

/** By kind, then by name: the same everywhere, whatever order files or rows came in. */
export function inOrder<T extends ObjectDocument>(objects: readonly T[]): readonly T[] {
  return [...objects].sort((left, right) => kinds.indexOf(left.kind) - kinds.indexOf(right.kind) || compareText(left.name, right.name));
}

const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/**
 * A new object that says what a vanished one said is that one under another name. Its data and journal would stay
 * with the old name, so it is refused; whoever means it deletes the old one in an apply of its own first.
 */
function renames(creates: readonly SourceDocument[], missing: readonly StoredObject[], stored: readonly StoredObject[]): readonly Finding[] {
  return creates.flatMap((document) => {
    const old = missing.find((object) => object.kind === document.kind && samePlain(unnamed(object), unnamed(document)));
    if (old === undefined) return [];
    const uses = usesOf(old, stored).map((use) => `${use.kind} ${use.name}`);
    const parameters = { kind: document.kind, from: old.name, to: document.name, uses: uses.length === 0 ? '—' : uses.slice(0, 10).join(', ') };
    return [{ place: document.locate(['name']), kind: document.kind, name: document.name, path: 'name', code: 'config.renamed' as const, parameters }];
  });
}

const unnamed = (object: ObjectDocument): ObjectDocument['document'] => {
  const { name: _name, title: _title, ...rest } = object.document;
  return rest;
};
