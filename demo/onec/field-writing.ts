/** What 1C makes of a value that a client sends into a field. */
import type { Base } from './base.ts';
import type { BodyObject, BodyValue } from './entity-body.ts';
import { exception } from './exception-texts.ts';
import { bareType, isCollection, isComposite, membersOf, type Property, type Shape } from './model.ts';
import type { Quirks } from './quirks.ts';
import { Refusal } from './refusal.ts';
import { emptyDate, emptyOf, type Field, nothingType, type Row, zeroGuid } from './row.ts';

/** Lengths of the configuration where the metadata tells none. */
const hiddenLengths: ReadonlyMap<string, number> = new Map([['Code', 11], ['Number', 11], ['Description', 100]]);
const hiddenLength = 150;

export class FieldWriting {
  readonly #base: Base;
  readonly #quirks: Quirks;

  constructor(base: Base, quirks: Quirks) {
    this.#base = base;
    this.#quirks = quirks;
  }

  /** Writes the given fields over `row`; `closed` names those that a client cannot write. */
  apply(row: Row, body: BodyObject, shape: Shape, closed: ReadonlySet<string>): void {
    for (const [name, value] of Object.entries(body)) {
      if (name.endsWith('@odata.bind')) this.#bind(row, name.slice(0, -'@odata.bind'.length), value, shape);
      if (name.includes('@') || name.startsWith('odata.')) continue;
      const property = shape.properties.get(name);
      if (property && !closed.has(name)) row[name] = this.#field(property, value, shape, body);
      else if (property && this.#quirks.closedFieldsFail && !shape.keys.includes(name)) throw new Refusal(16, name);
      else if (!property && !this.#quirks.ignoreUnknownFields) throw new Refusal(10, name);
    }
    for (const property of shape.properties.values()) if (isComposite(shape, property) && row[`${property.name}_Type`] === nothingType) row[property.name] = '';
  }

  #bind(row: Row, name: string, value: BodyValue, shape: Shape): void {
    const match = typeof value === 'string' ? /([\p{L}\p{N}_]+)\(guid'([0-9a-fA-F-]{36})'\)$/u.exec(value) : null;
    const [, set = '', guid = ''] = match ?? [];
    if (!match) throw new Refusal(4, `${name}@odata.bind`);
    if (shape.properties.has(`${name}_Key`)) row[`${name}_Key`] = this.#reference(guid, shape.navigations.get(name)?.target ?? set, name);
    else if (shape.properties.has(`${name}_Type`)) [row[name], row[`${name}_Type`]] = [this.#reference(guid, set, name), `${this.#base.model.namespace}.${set}`];
    else if (!this.#quirks.ignoreUnknownFields) throw new Refusal(10, name);
  }

  #field(property: Property, value: BodyValue, shape: Shape, body: BodyObject): Field {
    const { name, type } = property;
    if (isCollection(type)) return this.#rows(property, value);
    if (value === null) return isComposite(shape, property) ? '' : emptyOf(type);
    if (isComposite(shape, property)) return this.#composite(name, value, body);
    const members = membersOf(this.#base.model, property);
    if (members) return memberIn(members, textIn(value, name), name);
    switch (type) {
      case 'Edm.Guid': return this.#reference(textIn(value, name), shape.navigations.get(name.replace(/_Key$/, ''))?.target, name);
      case 'Edm.Boolean': return flagIn(value, name);
      case 'Edm.DateTime': return dateIn(value, name);
      case 'Edm.Int16': return this.#whole(value, name, 2n ** 15n);
      case 'Edm.Int32': return this.#whole(value, name, 2n ** 31n);
      case 'Edm.Int64': return this.#whole(value, name, 2n ** 63n);
      case 'Edm.Double': case 'Edm.Decimal': return this.#number(value, name);
      case 'Edm.String': return this.#cut(textIn(value, name), property);
      case 'Edm.Binary': case 'Edm.Stream': return textIn(value, name);
      default: return this.#other(type, value, name);
    }
  }

  #other(type: string, value: BodyValue, name: string): Field {
    const shape = this.#base.model.complexes.get(bareType(type));
    if (!shape) throw new Refusal(0, `${name}: ${type}`);
    return this.#complex(shape, value, name);
  }

  #complex(shape: Shape, value: BodyValue, name: string): Row {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Refusal(4, name);
    const row: Row = Object.fromEntries([...shape.properties.values()].map((property) => [property.name, emptyOf(property.type)]));
    this.apply(row, value, shape, new Set(['Ref_Key']));
    return row;
  }

  /** A table part comes whole, its rows numbered from one on without a gap. */
  #rows({ name, type }: Property, value: BodyValue): Row[] {
    const shape = this.#base.model.complexes.get(bareType(type));
    if (!Array.isArray(value)) throw new Refusal(4, name);
    if (!shape) return [];
    const rows = value.map((inner) => this.#complex(shape, inner, name));
    if (!shape.properties.has('LineNumber')) return rows;
    if (this.#quirks.lineNumbersRequired) {
      if (value.some((inner) => typeof inner === 'object' && inner !== null && !Object.hasOwn(inner, 'LineNumber'))) throw exception('internal');
      if (rows.some((row, index) => row['LineNumber'] !== String(index + 1))) throw new Refusal(4, `${name}/LineNumber`);
    }
    return rows.map((row, index) => ({ ...row, LineNumber: String(index + 1) }));
  }

  #composite(name: string, value: BodyValue, body: BodyObject): string {
    const type = body[`${name}_Type`];
    const text = textIn(value, name);
    return typeof type === 'string' && type !== nothingType && type.includes('.') && !type.startsWith('Edm.') ? this.#reference(text, bareType(type), name) : text;
  }

  #reference(text: string, target: string | undefined, name: string): string {
    if (text === '') return zeroGuid;
    if (!/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/.test(text)) throw new Refusal(4, `${name}: ${text}`);
    const guid = text.toLowerCase();
    if (!this.#quirks.keepBrokenReferences && target !== undefined && !this.#base.leads(target, guid)) throw new Refusal(9, `${name}: ${guid}`);
    return guid;
  }

  #whole(value: BodyValue, name: string, bound: bigint): string {
    const text = typeof value === 'object' ? '' : String(value).trim();
    const number = /^-?\d{1,30}$/.test(text) ? BigInt(text) : undefined;
    return number !== undefined && number < bound && number >= -bound ? String(number) : this.#badNumber(name, text);
  }

  #number(value: BodyValue, name: string): string {
    const text = typeof value === 'object' ? '' : String(value).trim();
    if (/^-?\d+(\.\d+)?$/.test(text)) return text;
    return /^-?\d+(\.\d+)?[eE][+-]?\d{1,3}$/.test(text) ? String(Number(text)) : this.#badNumber(name, text);
  }

  #badNumber(name: string, text: string): string {
    if (this.#quirks.zeroBadNumbers) return '0';
    throw new Refusal(4, `${name}: ${text}`);
  }

  #cut(text: string, { name, maxLength }: Property): string {
    if (name.endsWith('_Type') || name === 'Recorder') return text;
    const length = maxLength ?? hiddenLengths.get(name) ?? (/^(Комментарий|Содержание|Дополнительн)/.test(name) ? Infinity : hiddenLength);
    if (text.length <= length) return text;
    if (this.#quirks.cutStrings) return text.slice(0, length);
    throw new Refusal(4, name);
  }
}

function textIn(value: BodyValue, name: string): string {
  if (value === null) return '';
  if (typeof value === 'object') throw new Refusal(4, name);
  return String(value);
}

function memberIn(members: readonly string[], text: string, name: string): string {
  if (text !== '' && !members.includes(text)) throw new Refusal(4, `${name}: ${text}`);
  return text;
}

function flagIn(value: BodyValue, name: string): boolean {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false' || value === '') return false;
  throw new Refusal(4, name);
}

/** Dates have no zone here. */
function dateIn(value: BodyValue, name: string): string {
  const text = textIn(value, name);
  if (text === '') return emptyDate;
  const [, day, time = 'T00:00:00'] = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}:\d{2})?(?:\.\d+)?$/.exec(text) ?? [];
  if (day === undefined || Number.isNaN(Date.parse(`${day}${time}Z`))) throw new Refusal(4, `${name}: ${text}`);
  return `${day}${time}`;
}
