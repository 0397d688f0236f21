/**
 * The rows of a base: those made from the seed, and over them what was written since. Memory grows with the writes,
 * not with the size of the base.
 */
import { documentSetOf, journalRow } from './journal.ts';
import type { Model } from './model.ts';
import { Identifiers } from './noise.ts';
import { type Row, rowsOf, textOf, zeroGuid } from './row.ts';
import { type BaseSize, type DataTraits, RowMaker, versionText } from './row-maker.ts';
import { rolesOf, type SetRole } from './set-role.ts';

export interface BaseOptions {
  model: Model;
  seed: string;
  size: BaseSize;
  traits: () => DataTraits;
}

export interface BaseChange {
  set: string;
  key: Row;
  removed: boolean;
}

interface Overlay {
  /** Rows written over made ones; null where one was removed. */
  changed: Map<number, Row | null>;
  /** Rows that were not made from the seed, by their key. */
  added: Map<string, Row>;
}

export class Base {
  readonly model: Model;
  readonly roles: ReadonlyMap<string, SetRole>;
  readonly #maker: RowMaker;
  readonly #newKeys: Identifiers;
  readonly #overlays = new Map<string, Overlay>();
  readonly #listeners: ((change: BaseChange) => void)[] = [];
  /** Versions of made rows are below. */
  #version = 1n << 32n;
  #madeKeys = 0;

  constructor({ model, seed, size, traits }: BaseOptions) {
    this.model = model;
    this.roles = rolesOf(model);
    this.#newKeys = new Identifiers(`${seed}/new`);
    this.#maker = new RowMaker(model, this.roles, seed, size, traits);
  }

  onChange(listener: (change: BaseChange) => void): void {
    this.#listeners.push(listener);
  }

  role(set: string): SetRole | undefined {
    return this.roles.get(set);
  }

  /** The row with this key, all its fields; undefined when there is none. */
  find(set: string, key: Row): Row | undefined {
    const role = this.#known(set);
    if (role.holder) return this.#findInHolder(role, key);
    if (role.kind === 'journal') return this.#findInJournal(role, key);
    const added = this.#overlay(set).added.get(this.#keyText(role, key));
    if (added) return added;
    const place = this.#maker.placeOf(set, key);
    if (place === undefined) return undefined;
    const changed = this.#overlay(set).changed.get(place);
    return changed === null ? undefined : (changed ?? this.#maker.make(set, place));
  }

  /** All rows in the base's own order: a new row comes somewhere, not last. `from` leaves out the first ones without making them. */
  *rows(set: string, from = 0): Generator<Row> {
    const role = this.#known(set);
    if (role.holder) yield* skipped(this.#heldRows(role, role.holder), from);
    else if (role.kind === 'journal') yield* skipped(this.#journalRows(role), from);
    else yield* this.#ownRows(set, from);
  }

  count(set: string): number {
    const role = this.#known(set);
    if (role.kind === 'journal') return this.#documentSets().reduce((sum, documents) => sum + this.count(documents), 0);
    if (!role.holder) return this.#maker.sizeOf(set) + this.#overlay(set).added.size - [...this.#overlay(set).changed.values()].filter((row) => row === null).length;
    let count = 0;
    for (const row of this.rows(role.holder.set)) count += rowsOf(row[role.holder.property]).length;
    return count;
  }

  /** Puts a whole row under its key, new or not. */
  write(set: string, row: Row): void {
    const role = this.#known(set);
    const overlay = this.#overlay(set);
    const place = this.#maker.placeOf(set, row);
    if (place === undefined) overlay.added.set(this.#keyText(role, row), row);
    else overlay.changed.set(place, row);
    this.#tell({ set, key: this.keyOf(role, row), removed: false });
  }

  remove(set: string, row: Row): void {
    const role = this.#known(set);
    const place = this.#maker.placeOf(set, row);
    if (place === undefined) this.#overlay(set).added.delete(this.#keyText(role, row));
    else this.#overlay(set).changed.set(place, null);
    this.#tell({ set, key: this.keyOf(role, row), removed: true });
  }

  keyOf(role: SetRole, row: Row): Row {
    return Object.fromEntries(role.shape.keys.map((name) => [name, row[name] ?? '']));
  }

  /** The key of some row of a set of objects, the same for the same number. */
  keyAt(set: string, number: number): string | undefined {
    const size = this.#maker.sizeOf(set);
    return size === 0 ? undefined : this.#maker.guid(set, number % size);
  }

  nextVersion(): string {
    this.#version += 1n;
    return versionText(this.#version);
  }

  newGuid(): string {
    this.#madeKeys += 1;
    return this.#newKeys.at(this.#madeKeys);
  }

  /** The next free code of a catalog or number of a document. */
  newCode(set: string): string {
    return this.#maker.codeAt(this.#maker.sizeOf(set) + this.#overlay(set).added.size);
  }

  /** Another row of the set with this code. Made rows have it in a place of its own, so no search is needed. */
  hasCode(set: string, code: string, exceptKey: string): boolean {
    const overlay = this.#overlay(set);
    for (const row of [...overlay.added.values(), ...overlay.changed.values()]) if (row !== null && row['Code'] === code && row['Ref_Key'] !== exceptKey) return true;
    const place = /^00-\d{6,}$/.test(code) ? Number(code.slice(3)) - 1 : -1;
    if (place < 0 || place >= this.#maker.sizeOf(set) || overlay.changed.has(place)) return false;
    return this.#maker.guid(set, place) !== exceptKey;
  }

  /** Whether a reference leads to something; an empty one leads nowhere and is fine. */
  leads(type: string, guid: string): boolean {
    return guid === zeroGuid || this.role(type)?.kind !== 'object' || this.find(type, { Ref_Key: guid }) !== undefined;
  }

  #findInHolder(role: SetRole, key: Row): Row | undefined {
    if (!role.holder) return undefined;
    const holder = this.find(role.holder.set, key);
    return rowsOf(holder?.[role.holder.property]).map((row) => held(role, holder ?? {}, row)).find((row) => role.shape.keys.every((name) => row[name] === key[name]));
  }

  #documentSets(): string[] {
    return [...this.roles.values()].filter(({ set, kind }) => kind === 'object' && set.startsWith('Document_')).map(({ set }) => set);
  }

  *#journalRows(role: SetRole): Generator<Row> {
    for (const set of this.#documentSets()) for (const row of this.rows(set)) yield journalRow(role, this.model.namespace, set, row);
  }

  #findInJournal(role: SetRole, key: Row): Row | undefined {
    const set = documentSetOf(key);
    const document = this.#documentSets().includes(set) ? this.find(set, { Ref_Key: key['Ref'] ?? '' }) : undefined;
    return document && journalRow(role, this.model.namespace, set, document);
  }

  *#heldRows(role: SetRole, { set, property }: { set: string; property: string }): Generator<Row> {
    for (const row of this.rows(set)) for (const inner of rowsOf(row[property])) yield held(role, row, inner);
  }

  /** Added rows stand before or after the made ones by their key. */
  *#ownRows(set: string, from: number): Generator<Row> {
    const { changed, added } = this.#overlay(set);
    const size = this.#maker.sizeOf(set);
    let toSkip = from;
    for (const [key, row] of added) if (isEarly(key) && (toSkip -= 1) < 0) yield row;
    const quick = changed.size === 0 ? Math.min(Math.max(toSkip, 0), size) : 0;
    toSkip -= quick;
    for (let place = quick; place < size; place += 1) {
      const over = changed.get(place);
      if (over !== null && (toSkip -= 1) < 0) yield over ?? this.#maker.make(set, place);
    }
    for (const [key, row] of added) if (!isEarly(key) && (toSkip -= 1) < 0) yield row;
  }

  #overlay(set: string): Overlay {
    const known = this.#overlays.get(set);
    if (known) return known;
    const fresh: Overlay = { changed: new Map(), added: new Map() };
    this.#overlays.set(set, fresh);
    return fresh;
  }

  #keyText(role: SetRole, key: Row): string {
    return role.shape.keys.map((name) => textOf(key[name])).join('|');
  }

  #known(set: string): SetRole {
    const role = this.roles.get(set);
    if (!role) throw new Error(`there is no set ${set}`);
    return role;
  }

  #tell(change: BaseChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

const isEarly = (key: string): boolean => /^[0-7]/.test(key);

/** A held row has its holder's key, which a register's records do not repeat inside the set. */
function held(role: SetRole, holder: Row, row: Row): Row {
  const whole: Row = { ...row };
  for (const name of role.shape.properties.keys()) whole[name] ??= holder[name] ?? '';
  return whole;
}

function* skipped(rows: Iterable<Row>, from: number): Generator<Row> {
  let place = 0;
  for (const row of rows) if ((place += 1) > from) yield row;
}
