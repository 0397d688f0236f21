/** Makes the rows of a base out of a seed: the row at a place is made when it is asked for and kept nowhere. */
import { bareType, isCollection, isComposite, membersOf, type Model, type Property, type Shape } from './model.ts';
import { hashOf, Identifiers, mix } from './noise.ts';
import { emptyDate, emptyOf, type Field, nothingType, type Row, textOf, zeroGuid } from './row.ts';
import type { SetRole } from './set-role.ts';

export interface BaseSize {
  /** Rows of every set of objects and of every register. */
  rows: number;
  /** Sets whose number of rows is another. */
  bySet: ReadonlyMap<string, number>;
  /** At most so many rows in a table part. */
  partRows: number;
}

export interface DataTraits {
  oddDates: boolean;
  controlCharacters: boolean;
}

const nouns = ['Болт', 'Винт', 'Стол', 'Шкаф', 'Насос', 'Кабель', 'Шуруп', 'Замок', 'Шланг', 'Клапан', 'Фильтр', 'Щит'];
const adjectives = ['северный', 'стальной', 'лёгкий', 'новый', 'малый', 'южный', 'точный', 'прочный'];
const startMs = Date.UTC(2015, 0, 1);
const stepMs = 37 * 60_000;
const nodesOfPlan = 3;
const accountsOfChart = 12;
const kindsOfChart = 6;

export class RowMaker {
  readonly #model: Model;
  readonly #roles: ReadonlyMap<string, SetRole>;
  readonly #seed: string;
  readonly #size: BaseSize;
  readonly #traits: () => DataTraits;
  readonly #catalogs: readonly string[];
  readonly #sizes = new Map<string, number>();
  readonly #identifiers = new Map<string, Identifiers>();
  readonly #hashes = new Map<SetRole, Map<string, number>>();
  readonly #parts = new Map<Property, SetRole>();

  constructor(model: Model, roles: ReadonlyMap<string, SetRole>, seed: string, size: BaseSize, traits: () => DataTraits) {
    this.#model = model;
    this.#roles = roles;
    this.#seed = seed;
    this.#size = size;
    this.#traits = traits;
    this.#catalogs = [...roles.values()].filter(({ set, kind }) => kind === 'object' && set.startsWith('Catalog_')).map(({ set }) => set).slice(0, 3);
  }

  sizeOf(set: string): number {
    const known = this.#sizes.get(set);
    if (known !== undefined) return known;
    const size = this.#computeSize(set);
    this.#sizes.set(set, size);
    return size;
  }

  /** The row at a place, which is below `sizeOf(set)`. */
  make(set: string, place: number): Row {
    const role = this.#role(set);
    const row: Row = {};
    for (const property of role.shape.properties.values()) {
      row[property.name] ??= role.shape.keys.includes(property.name) ? this.#keyField(role, property, place) : this.#field(role, property, place, row);
    }
    return row;
  }

  /** The place of a row by one of its keys; undefined when no such row was ever made. */
  placeOf(set: string, key: Row): number | undefined {
    const { shape, kind } = this.#role(set);
    const place = kind === 'constant' ? 0 : this.#placeBy(set, shape, key);
    if (place === undefined || !(place >= 0 && place < this.sizeOf(set))) return undefined;
    const made = this.make(set, place);
    return shape.keys.every((name) => made[name] === key[name]) ? place : undefined;
  }

  codeAt = (place: number): string => `00-${String(place + 1).padStart(6, '0')}`;

  #computeSize(set: string): number {
    const { kind, shape } = this.#role(set);
    if (kind === 'constant') return 1;
    if (kind === 'part') return 0;
    const wanted = this.#size.bySet.get(set) ?? usualSize(set, this.#size.rows);
    if (kind === 'object' || shape.keys.some((name) => this.#countsFreely(shape, name))) return wanted;
    const targets = shape.keys.map((name) => this.#targetOf(shape, name)).filter((target) => target !== undefined);
    return Math.min(wanted, ...targets.slice(0, 1).map((target) => this.sizeOf(target)));
  }

  /** Whether a key field tells any number of rows apart. */
  #countsFreely(shape: Shape, name: string): boolean {
    const type = shape.properties.get(name)?.type;
    if (name.endsWith('_Type') && shape.properties.has(name.slice(0, -5))) return false;
    return type === 'Edm.DateTime' || type === 'Edm.Int64' || (type === 'Edm.Guid' && this.#targetOf(shape, name) === undefined) || (type === 'Edm.String' && !shape.properties.has(`${name}_Type`));
  }

  #keyField({ set, shape, kind }: SetRole, { name, type }: Property, place: number): Field {
    if (name === 'Ref_Key') return this.guid(set, place);
    if (kind === 'constant') return emptyOf(type);
    const target = this.#targetOf(shape, name);
    if (target !== undefined) return this.guid(target, place % this.sizeOf(target));
    if (name.endsWith('_Type')) return `${this.#model.namespace}.${this.#targetOf(shape, name.slice(0, -5)) ?? 'Undefined'}`;
    switch (type) {
      case 'Edm.DateTime': return dateText(startMs + place * 3_600_000);
      case 'Edm.Guid': return this.guid(`${set}.${name}`, place);
      case 'Edm.String': return `Ключ ${place}`;
      case 'Edm.Boolean': return false;
      default: return String(place + 1);
    }
  }

  #placeBy(set: string, shape: Shape, key: Row): number | undefined {
    for (const name of shape.keys) {
      const text = textOf(key[name]);
      const type = shape.properties.get(name)?.type;
      if (name === 'Ref_Key') return this.#identify(set).placeOf(text);
      if (type === 'Edm.DateTime') return (Date.parse(`${text}Z`) - startMs) / 3_600_000;
      const target = this.#targetOf(shape, name);
      if (target === undefined && type === 'Edm.Guid') return this.#identify(`${set}.${name}`).placeOf(text);
      if (target === undefined && type === 'Edm.String' && text.startsWith('Ключ ')) return Number(text.slice(5));
      if (type?.startsWith('Edm.Int')) return Number(text) - 1;
      if (target !== undefined && !shape.keys.some((other) => this.#countsFreely(shape, other))) return this.#identify(target).placeOf(text);
    }
    return undefined;
  }

  guid(set: string, place: number): string {
    return this.#identify(set).at(place);
  }

  #field(role: SetRole, property: Property, place: number, row: Row): Field {
    const { set, shape } = role;
    const { name, type } = property;
    const noise = mix(this.#hash(role, name), place);
    if (isCollection(type)) return this.#part(role, property, place, row);
    if (isComposite(shape, property)) return this.#composite(property, noise, row);
    const members = membersOf(this.#model, property);
    if (members) return members[noise % (members.length + 1)] ?? '';
    switch (type) {
      case 'Edm.Guid': return this.#reference(set, shape, name, place, noise);
      case 'Edm.Boolean': return this.#flag(set, name, place, noise);
      case 'Edm.DateTime': return this.#date(name, place, noise);
      case 'Edm.Int16': case 'Edm.Int32': return String(noise % 100);
      case 'Edm.Int64': return String(name === 'SentNo' || name === 'ReceivedNo' ? 0 : noise % 1_000_000);
      case 'Edm.Double': case 'Edm.Decimal': return String((noise % 10_000_000) / 100);
      case 'Edm.Binary': return Buffer.from(`${name} ${noise}`).toString('base64');
      case 'Edm.Stream': return '';
      case 'Edm.String': return this.#text(set, property, place, noise);
      default: return this.#other(type);
    }
  }

  /** Complex types may be nested. */
  #other(type: string): Field {
    const shape = this.#model.complexes.get(bareType(type));
    return shape ? Object.fromEntries([...shape.properties.values()].map(({ name, type: inner }) => [name, inner.startsWith('Edm.') || isCollection(inner) ? emptyOf(inner) : this.#other(inner)])) : '';
  }

  #part(role: SetRole, property: Property, place: number, row: Row): Row[] {
    const inner = this.#partRole(role.set, property);
    if (!inner) return [];
    const count = mix(this.#hash(role, `${property.name}/rows`), place) % (this.#size.partRows + 1) || (role.kind === 'recorder' ? 1 : 0);
    return Array.from({ length: count }, (_, index) => {
      const made: Row = {};
      for (const field of inner.shape.properties.values()) {
        if (field.name === 'Ref_Key') made['Ref_Key'] = row['Ref_Key'] ?? zeroGuid;
        else if (field.name === 'LineNumber') made['LineNumber'] = String(index + 1);
        else made[field.name] ??= this.#field(inner, field, place * 1000 + index, made);
      }
      return made;
    });
  }

  #partRole(set: string, property: Property): SetRole | undefined {
    const known = this.#parts.get(property);
    const shape = known?.shape ?? this.#model.complexes.get(bareType(property.type));
    if (known || !shape) return known;
    const role: SetRole = { set: `${set}.${property.name}`, shape, kind: 'part', holder: undefined };
    this.#parts.set(property, role);
    return role;
  }

  #composite({ name }: Property, noise: number, row: Row): Field {
    const target = noise % 4 === 0 ? undefined : this.#catalogs[noise % this.#catalogs.length];
    row[`${name}_Type`] = target === undefined ? nothingType : `${this.#model.namespace}.${target}`;
    return target === undefined ? '' : this.guid(target, (noise >>> 8) % Math.max(1, this.sizeOf(target)));
  }

  #reference(set: string, shape: Shape, name: string, place: number, noise: number): string {
    const target = this.#targetOf(shape, name);
    if (name === 'Parent_Key' && (target === undefined || target === set)) return place === 0 ? zeroGuid : this.guid(set, Math.floor((place - 1) / 8));
    const size = target === undefined ? 0 : this.sizeOf(target);
    return target === undefined || size === 0 || noise % 8 === 0 ? zeroGuid : this.guid(target, (noise >>> 8) % size);
  }

  #flag(set: string, name: string, place: number, noise: number): boolean {
    switch (name) {
      case 'DeletionMark': return noise % 53 === 0;
      case 'IsFolder': return place < this.sizeOf(set) / 8;
      case 'ThisNode': return place === 0;
      case 'Predefined': return false;
      case 'Active': return true;
      default: return noise % 2 === 0;
    }
  }

  #date(name: string, place: number, noise: number): string {
    if (this.#traits().oddDates && noise % 97 === 0) return noise % 2 === 0 ? emptyDate : '0209-05-11T00:00:00';
    if (name === 'Date' || name === 'Period') return dateText(startMs + place * stepMs);
    return noise % 5 === 0 ? emptyDate : dateText(startMs + (noise % 5000) * 86_400_000);
  }

  #text(set: string, { name, maxLength }: Property, place: number, noise: number): string {
    switch (name) {
      case 'Code': case 'Number': return this.codeAt(place);
      case 'DataVersion': return versionText(BigInt(place + 1));
      case 'PredefinedDataName': return '';
      case 'ИНН': return String(7_700_000_000 + (noise % 100_000_000));
      case 'КПП': return String(770_000_000 + (noise % 1_000_000));
      case 'RecordType': return noise % 2 === 0 ? 'Receipt' : 'Expense';
    }
    if (name.endsWith('_Type')) return this.#model.entities.get(set)?.properties.has(`${name.slice(0, -5)}_Base64Data`) ? 'application/octet-stream' : nothingType;
    const text = `${nouns[noise % nouns.length]} ${adjectives[(noise >>> 8) % adjectives.length]} ${place + 1}`;
    const marked = this.#traits().controlCharacters && noise % 10 === 0 ? `${text}\u0002` : text;
    return maxLength === undefined ? marked : marked.slice(0, maxLength);
  }

  /** The set that a field refers to: `Owner_Key` by the navigation `Owner`. */
  #targetOf(shape: Shape, name: string): string | undefined {
    const plain = name.endsWith('_Key') ? name.slice(0, -4) : name;
    const target = shape.navigations.get(plain)?.target ?? (name === 'Recorder' || name === 'Recorder_Key' ? this.#anyDocument() : undefined);
    return target !== undefined && this.#roles.get(target)?.kind === 'object' ? target : undefined;
  }

  #anyDocument(): string | undefined {
    return [...this.#roles.values()].find(({ set, kind }) => kind === 'object' && set.startsWith('Document_'))?.set;
  }

  #role(set: string): SetRole {
    const role = this.#roles.get(set);
    if (!role) throw new Error(`there is no set ${set}`);
    return role;
  }

  #identify(set: string): Identifiers {
    const known = this.#identifiers.get(set);
    if (known) return known;
    const fresh = new Identifiers(`${this.#seed}/${set}`);
    this.#identifiers.set(set, fresh);
    return fresh;
  }

  #hash(role: SetRole, name: string): number {
    let hashes = this.#hashes.get(role);
    if (!hashes) this.#hashes.set(role, (hashes = new Map()));
    let hash = hashes.get(name);
    if (hash === undefined) hashes.set(name, (hash = hashOf(`${this.#seed}/${role.set}/${name}`)));
    return hash;
  }
}

/** Some sets are small in any base. */
function usualSize(set: string, rows: number): number {
  if (set.startsWith('ExchangePlan_')) return nodesOfPlan;
  if (set.startsWith('ChartOfAccounts_')) return Math.min(rows, accountsOfChart);
  return set.startsWith('ChartOfCharacteristicTypes_') ? Math.min(rows, kindsOfChart) : rows;
}

export const dateText = (ms: number): string => new Date(ms).toISOString().slice(0, 19);

/** Eight bytes, counted up by every write of the base. */
export function versionText(version: bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(version);
  return bytes.toString('base64');
}
