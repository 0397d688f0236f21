/** Answers requests as the standard OData interface of one base does. What it refuses it throws as a Refusal. */
import { type Address, readAddress, type Segment } from './address.ts';
import { type Answer, type Format, formatOf, jsonType, plainErrors, refusalAnswer, xmlType } from './answer.ts';
import { atomDocument, atomEntry, atomFeed, feedHead, xml } from './atom-answer.ts';
import type { Base, BaseChange } from './base.ts';
import type { ChangeQueue } from './change-queue.ts';
import { readBody } from './entity-body.ts';
import { create, remove, setDone, setPosted, update, type WritingPlace } from './entity-writing.ts';
import { exception, pageOf } from './exception-texts.ts';
import { conditionOf } from './filter.ts';
import { type AnswerPlace, jsonEntity, jsonList, type Listed } from './json-answer.ts';
import { keyPart, readKey } from './key.ts';
import { isCollection, type Property, type Shape } from './model.ts';
import type { Pace, Work } from './pace.ts';
import { propertyAnswer } from './property-answer.ts';
import type { Quirks } from './quirks.ts';
import { countRows, numberOption, readPage, type Reading } from './reading.ts';
import { Refusal, WebServerRefusal } from './refusal.ts';
import type { Rights } from './rights.ts';
import { type Row, rowsOf, textOf } from './row.ts';
import { dateText } from './row-maker.ts';
import { referred, type Selection, selectionOf, wholeSelection } from './selection.ts';
import type { SetRole } from './set-role.ts';
import { computeTable, functionOf, readCall } from './virtual-table.ts';

export interface OnecRequest {
  method: string;
  url: string;
  host: string;
  header: (name: string) => string | undefined;
  body: () => Promise<Uint8Array>;
}

export interface PublicationOptions {
  /** The path before `/odata/standard.odata`, like `/base`. */
  path: string;
  metadata: string;
  base: Base;
  queue: ChangeQueue;
  /** Sets of the base that the composition leaves out: nobody sees them from outside. */
  unpublished: ReadonlySet<string>;
  quirks: () => Quirks;
  pace: Pace;
  now: () => number;
}

interface Asked {
  request: OnecRequest;
  address: Address;
  format: Format;
  quirks: Quirks;
  rights: Rights;
  work: Work;
  place: AnswerPlace;
}

/** One entity that the path leads to. */
interface Found {
  role: SetRole;
  row: Row;
}

/** The name and the text of an element that XML cannot hold. */
const unwritable = /<d:([^>/\s]+)[^>]*>([^<]*[\u0000-\u0008\u000b\u000c\u000e-\u001f][^<]*)</u;

const atomFormat: Format = { kind: 'atom' };
const metadataSpace = 'xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"';

export class Publication {
  readonly #options: PublicationOptions;

  constructor(options: PublicationOptions) {
    this.#options = options;
  }

  /** Undefined when the address belongs to another publication. */
  address(url: string): Address | undefined {
    return readAddress(url, this.#options.path, this.#options.quirks());
  }

  async answer(request: OnecRequest, address: Address, rights: Rights, work: Work): Promise<Answer> {
    const [first, ...rest] = address.segments;
    const quirks = this.#options.quirks();
    const place = { root: `http://${request.host}${encodeURI(this.#options.path)}/odata/standard.odata/`, base: this.#options.base };
    if (quirks.moduleMissing) throw pageOf('moduleMissing');
    if (quirks.fileBaseLocked && request.method !== 'GET') throw pageOf('fileBaseLocked');
    if (first?.name === '$batch') return refusalAnswer(new Refusal(0), false, plainErrors);
    if (first?.name === '$metadata') await work.spend(this.#options.pace.metadataMs);
    if (first?.name === '$metadata') return { status: 200, type: xmlType, body: this.#metadata(quirks) };
    if (quirks.languageMissing) throw exception('languageMissing');
    const format = this.#hasOneForm(address) ? atomFormat : formatOf(address.query.get('$format'), request.header('accept'));
    const asked: Asked = { request, address, format, quirks, rights, work, place };
    await work.spend(request.method === 'GET' ? this.#options.pace.readMs : this.#options.pace.writeMs);
    if (!first) return this.#sets(asked);
    if (first.name === 'SelectChanges' || first.name === 'NotifyChangesReceived') return this.#changes(asked, first.name);
    const role = quirks.emptyComposition || this.#options.unpublished.has(first.name) ? undefined : this.#options.base.role(first.name);
    if (!role) throw new Refusal(8, first.name);
    if (quirks.duplicateNames && /^[A-Z][a-z]+Register_/.test(role.set)) throw new Refusal(18, role.set);
    this.#needRight(asked, role, rest);
    return first.inside === undefined || first.inside.trim() === '' ? this.#ofSet(asked, role, rest) : this.#ofEntity(asked, { role, row: this.#find(role, first.inside) }, rest);
  }

  #metadata({ emptyComposition, metadataCut }: Quirks): string {
    const { base, metadata } = this.#options;
    if (emptyComposition) return emptyMetadata(base);
    return metadataCut ? metadata.slice(0, metadata.length / 2) : metadata;
  }

  /** Numbers, bare values and streams come in one form, whatever is accepted. */
  #hasOneForm({ segments }: Address): boolean {
    const last = segments.at(-1)?.name ?? '';
    return last === '$count' || last === '$value' || [...this.#options.base.model.entities.values()].some(({ properties }) => properties.get(last)?.type === 'Edm.Stream');
  }

  #needRight({ request, rights }: Asked, { set }: SetRole, rest: readonly Segment[]): void {
    const reads = request.method === 'GET' || (rest[0]?.name.startsWith('Slice') ?? false);
    if (!(reads ? rights.mayRead(set) : rights.mayWrite(set))) throw new Refusal(20, set);
  }

  #find(role: SetRole, inside: string): Row {
    const row = this.#options.base.find(role.set, readKey(inside, role.shape));
    if (!row) throw new Refusal(9, role.set);
    return row;
  }

  #sets({ format, quirks, place, request }: Asked): Answer {
    if (request.method !== 'GET') throw new Refusal(19, request.method);
    const sets = quirks.emptyComposition ? [] : [...place.base.roles.keys()].filter((set) => !this.#options.unpublished.has(set));
    if (format.kind === 'json') {
      const head = format.detail === 'nometadata' ? {} : { 'odata.metadata': `${place.root}$metadata` };
      return { status: 200, type: jsonType(format.detail), body: JSON.stringify({ ...head, value: sets.map((name) => ({ name, url: name })) }) };
    }
    const collections = sets.map((set) => `<collection href="${xml(set)}"><atom:title>${xml(set)}</atom:title></collection>`).join('');
    return { status: 200, type: xmlType, body: `<?xml version="1.0" encoding="UTF-8"?>\n<service xmlns="http://www.w3.org/2007/app" xmlns:atom="http://www.w3.org/2005/Atom" xml:base="${xml(place.root)}"><workspace><atom:title>Default</atom:title>${collections}</workspace></service>` };
  }

  #ofSet(asked: Asked, role: SetRole, rest: readonly Segment[]): Answer | Promise<Answer> {
    const [next] = rest;
    if (next?.name === '$count') return this.#count(asked, role);
    if (next) return this.#virtual(asked, role, next);
    if (role.kind === 'journal' && asked.request.method !== 'GET') throw new Refusal(19, asked.request.method);
    switch (asked.request.method) {
      case 'GET': return this.#list(asked, role);
      case 'POST': return this.#create(asked, role);
      default: throw new Refusal(19, asked.request.method);
    }
  }

  #reading({ address: { query }, quirks, rights, place: { base } }: Asked, role: SetRole): Reading {
    const field = ['$filter', '$orderby'].map((option) => rights.hiddenAmong(role, query.get(option))).find((name) => name !== undefined);
    if (field !== undefined) throw new Refusal(20, `${role.set}.${field}`);
    return { role, query, base, quirks, rights };
  }

  /** Without the fields that the user has no right to; whether naming them is an error is a matter of `allowedOnly`. */
  #visible({ address: { query }, quirks, rights }: Asked, { set }: SetRole, selection: Selection): Selection {
    const hidden = selection.properties.find(({ name }) => !rights.maySee(set, name));
    if (!hidden) return selection;
    if (quirks.forbiddenFieldFails && query.get('allowedOnly') !== 'true') throw new Refusal(20, `${set}.${hidden.name}`);
    return shownTo(rights, set, selection);
  }

  #count(asked: Asked, role: SetRole): Answer {
    if (asked.quirks.noCount) throw new Refusal(6, '$count');
    return { status: 200, type: 'text/plain;charset=utf-8', body: `${asked.quirks.countMark ? '\uFEFF' : ''}${countRows(this.#reading(asked, role))}` };
  }

  #list(asked: Asked, role: SetRole): Answer {
    const reading = this.#reading(asked, role);
    if (asked.quirks.rowsArrive && role.kind === 'object' && numberOption(reading.query, '$skip', 0) > 0) this.#arrive(role);
    const page = readPage(reading);
    asked.work.add((page.skipped * this.#options.pace.rowMs) / 10);
    const selection = this.#visible(asked, role, selectionOf(role.shape, asked.address.query.get('$select'), asked.address.query.get('$expand'), asked.place.base, asked.quirks));
    return this.#shown(asked, { set: role.set, shape: role.shape, selection, rows: page.rows, count: page.count });
  }

  /** Somebody enters an object meanwhile; by what it shows it comes first. */
  #arrive(role: SetRole): void {
    const { base, quirks, now } = this.#options;
    create({ base, quirks: quirks(), now, loading: true }, role, { Description: '  Новый', Комментарий: 'Новый' });
  }

  #shown({ format, place, work, quirks }: Asked, list: Listed): Answer {
    const paid = { ...list, rows: this.#paid(quirks.wrongTypes ? worded(list) : list.rows, work) };
    if (format.kind === 'json') return { status: 200, type: jsonType(format.detail), body: jsonList(place, paid, format.detail) };
    return { status: 200, type: 'application/atom+xml;type=feed;charset=utf-8', body: atomFeed(place, paid, this.#updated()) };
  }

  *#paid(rows: Iterable<Row>, work: Work): Generator<Row> {
    for (const row of rows) {
      work.add(this.#options.pace.rowMs);
      yield row;
    }
  }

  /** A virtual table is computed whole: $top shortens only the answer, $skip is refused, an order is ignored. */
  #virtual(asked: Asked, role: SetRole, { name, inside }: Segment): Answer {
    const { request, address: { query }, place: { base }, quirks } = asked;
    const called = functionOf(base.model, role, name);
    if (!called) throw new Refusal(11, name);
    if (request.method !== 'GET') throw new Refusal(19, request.method);
    if (query.has('$skip')) throw new Refusal(14, '$skip');
    asked.work.add(base.count(role.set) * this.#options.pace.rowMs);
    const { shape, rows } = computeTable({ role, base, quirks, argument: readCall(called, inside, query) }, name);
    const fits = conditionOf(query.get('$filter'), { ...role, shape, kind: 'keyed' }, base, quirks);
    const values = shape === role.shape ? undefined : { name, type: `${base.model.namespace}.${shape.name}` };
    const selection = selectionOf(shape, query.get('$select'), undefined, base, quirks);
    return this.#shown(asked, { set: role.set, shape, selection, rows: rows.filter(fits).slice(0, numberOption(query, '$top', Infinity)), count: undefined, ...(values ? { values } : {}) });
  }

  #ofEntity(asked: Asked, found: Found, rest: readonly Segment[]): Answer | Promise<Answer> {
    const [next, ...further] = rest;
    if (asked.rights.hidesRow(found.role.set, found.row)) throw new Refusal(20, found.role.set);
    if (!next) return this.#entity(asked, found);
    if (functionOf(this.#options.base.model, found.role, next.name)) return this.#call(asked, found, next.name);
    return this.#beyond(asked, found, next.name, further);
  }

  /** A navigation leads on to another entity, the name of a table part to its rows, that of a field to its value. */
  #beyond(asked: Asked, { role, row }: Found, name: string, further: readonly Segment[]): Answer | Promise<Answer> {
    const { base } = asked.place;
    const property = role.shape.properties.get(name);
    const part = property && isCollection(property.type) ? base.role(`${role.set}_${name}`) : undefined;
    if (asked.request.method !== 'GET') throw asked.request.method === 'POST' && (part || !property) ? new Refusal(11, name) : new Refusal(19, asked.request.method);
    if (part && further.length === 0) return this.#shown(asked, { set: part.set, shape: part.shape, selection: wholeSelection(part.shape), rows: rowsOf(row[name]).map((inner) => ({ ...base.keyOf(role, row), ...inner })), count: undefined });
    if (property && !part) return this.#field(asked, { role, row }, property, further);
    if (!role.shape.navigations.has(name)) throw new Refusal(6, name);
    const found = referred(row, role.shape, name, base);
    const target = found && base.role(found.set);
    if (!found || !target) throw new Refusal(9, name);
    return this.#ofEntity(asked, { role: target, row: found.row }, further);
  }

  #field({ place, format, rights }: Asked, { role, row }: Found, property: Property, further: readonly Segment[]): Answer {
    if (!rights.maySee(role.set, property.name)) throw new Refusal(20, `${role.set}.${property.name}`);
    return propertyAnswer(place, format, { property, row, further });
  }

  async #entity(asked: Asked, found: Found): Promise<Answer> {
    if (found.role.kind === 'journal' && asked.request.method !== 'GET') throw new Refusal(19, asked.request.method);
    switch (asked.request.method) {
      case 'GET': {
        const { query } = asked.address;
        const expand = asked.quirks.expandOnlyInCollections ? undefined : query.get('$expand');
        return this.#one(asked, found, 200, this.#visible(asked, found.role, selectionOf(found.role.shape, query.get('$select'), expand, asked.place.base, asked.quirks)));
      }
      case 'PATCH': case 'MERGE': case 'PUT': {
        this.#match(asked, found.row);
        const row = update(this.#writing(asked), found.role, found.row, await this.#body(asked, found.role), asked.request.method === 'PUT');
        return this.#one(asked, { role: found.role, row }, 200);
      }
      case 'DELETE':
        this.#match(asked, found.row);
        remove(this.#writing(asked), found.role, found.row);
        return { status: 204, type: '', body: '' };
      default: throw new Refusal(19, asked.request.method);
    }
  }

  async #create(asked: Asked, role: SetRole): Promise<Answer> {
    const row = create(this.#writing(asked), role, await this.#body(asked, role));
    const answer = this.#one(asked, { role, row }, 201);
    return { ...answer, headers: { ...answer.headers, location: encodeURI(`${decodeURI(asked.place.root)}${role.set}${keyPart(role.shape, row)}`) } };
  }

  #call(asked: Asked, { role, row }: Found, name: string): Answer {
    if (asked.request.method !== 'POST') throw new Refusal(19, asked.request.method);
    return this.#one(asked, { role, row: this.#done(asked, { role, row }, name) }, 200);
  }

  #done(asked: Asked, { role, row }: Found, name: string): Row {
    const place = this.#writing(asked);
    switch (name) {
      case 'Post': case 'Unpost': return setPosted(place, role, row, name === 'Post');
      case 'Start': return setDone(place, role, row, 'Started');
      case 'ExecuteTask': return setDone(place, role, row, 'Executed');
      default: throw new Refusal(21, name);
    }
  }

  #one({ format, place, quirks, rights }: Asked, { role, row }: Found, status: number, selection = wholeSelection(role.shape)): Answer {
    const of = { set: role.set, shape: role.shape, selection: shownTo(rights, role.set, selection) };
    const headers = quirks.ifMatchIgnored || !row['DataVersion'] ? undefined : { etag: `W/"${textOf(row['DataVersion'])}"` };
    if (format.kind === 'json') return { status, type: jsonType(format.detail), headers, body: jsonEntity(place, of, row, format.detail) };
    return { status, type: 'application/atom+xml;type=entry;charset=utf-8', headers, body: atomDocument(place, of, row, this.#updated()) };
  }

  #match({ request, quirks }: Asked, row: Row): void {
    const wanted = request.header('if-match');
    if (quirks.ifMatchIgnored || wanted === undefined || wanted === '*') return;
    if (wanted.replace(/^W\//, '').replaceAll('"', '') !== textOf(row['DataVersion'])) throw exception('staleVersion', [], 412);
  }

  #writing({ place: { base }, quirks, request }: Asked): WritingPlace {
    const loading = request.header('1c_odata-dataloadmode') === 'true';
    if (loading && quirks.loadModeRefused) throw new Refusal(17);
    return { base, quirks, now: this.#options.now, loading };
  }

  async #body({ request, rights }: Asked, { set }: SetRole): Promise<ReturnType<typeof readBody>> {
    const body = readBody(await request.body(), request.header('content-type') ?? '');
    const closed = Object.keys(body).find((name) => fieldsOf(name).some((field) => !rights.maySet(set, field)));
    if (closed !== undefined) throw new Refusal(20, `${set}.${closed}`);
    return body;
  }

  #changes(asked: Asked, name: 'SelectChanges' | 'NotifyChangesReceived'): Answer {
    const { request, address: { query } } = asked;
    if (request.method !== 'POST') throw new Refusal(19, request.method);
    const { plan, node } = this.#node(query.get('DataExchangePoint'));
    const number = query.get('MessageNo') ?? '';
    if (!/^\d{1,9}$/.test(number)) throw new Refusal(12, 'MessageNo');
    if (name === 'SelectChanges') return this.#package(asked, this.#options.queue.select(plan, node, Number(number)));
    this.#options.queue.confirm(plan, node, Number(number));
    return { status: 204, type: '', body: '' };
  }

  #node(point: string | undefined): { plan: string; node: Row } {
    const [, plan = '', inside = ''] = /(ExchangePlan_[\p{L}\p{N}_]+)\((.*)\)'?$/u.exec(point ?? '') ?? [];
    const role = this.#options.base.role(plan);
    if (!role) throw new Refusal(12, 'DataExchangePoint');
    return { plan, node: this.#find(role, inside.replaceAll("''", "'")) };
  }

  /** Always Atom, whatever was asked for; what cannot be written as XML spoils the whole package. */
  #package({ place, rights, quirks }: Asked, changes: readonly BaseChange[]): Answer {
    const updated = this.#updated();
    const entries = changes.filter(({ set }) => rights.mayRead(set) && !this.#options.unpublished.has(set)).map((change) => changeEntry(place, change, updated));
    const blocked = entries.map((entry) => unwritable.exec(entry)).find((found) => found !== null);
    if (blocked && !quirks.brokenEntries) throw exception('unwritableText', [blocked[1] ?? '', blocked[2] ?? ''], 400);
    return { status: 200, type: 'application/atom+xml;type=feed;charset=utf-8', body: [feedHead(place, 'SelectChanges', updated), ...entries, '</feed>'] };
  }

  #updated(): string {
    return `${dateText(this.#options.now())}Z`;
  }
}

/** Rows whose long numbers are words. */
function* worded({ shape, rows }: Listed): Generator<Row> {
  const longs = [...shape.properties.values()].filter(({ type, name }) => type === 'Edm.Int64' && name !== 'LineNumber').map(({ name }) => name);
  for (const row of rows) yield { ...row, ...Object.fromEntries(longs.map((name) => [name, 'много'])) };
}

const shownTo = (rights: Rights, set: string, selection: Selection): Selection => ({ ...selection, properties: selection.properties.filter(({ name }) => rights.maySee(set, name)) });

/** The fields that a name of a body may write: a binding writes the key of a reference. */
const fieldsOf = (name: string): string[] => (name.endsWith('@odata.bind') ? [name.slice(0, -'@odata.bind'.length), `${name.slice(0, -'@odata.bind'.length)}_Key`] : [name]);

function changeEntry(place: AnswerPlace, { set, key }: BaseChange, updated: string): string {
  const role = place.base.role(set);
  if (!role) throw new WebServerRefusal(500, `there is no set ${set}`);
  const row = place.base.find(set, key);
  if (!row) return `<at:deleted-entry ref="${xml(`${place.root}${set}${keyPart(role.shape, key)}`)}" when="${updated}"/>\n`;
  return `${atomEntry(place, { set, shape: role.shape, selection: changeSelection(role.shape) }, row, updated)}\n`;
}

const changeSelection = (shape: Shape): ReturnType<typeof wholeSelection> => ({ ...wholeSelection(shape), navigations: [] });

const emptyMetadata = ({ model: { namespace } }: Base): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<edmx:Edmx ${metadataSpace} Version="1.0"><edmx:DataServices xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata" m:DataServiceVersion="3.0"><Schema xmlns="http://schemas.microsoft.com/ado/2009/11/edm" Namespace="${namespace}"><EntityContainer Name="EnterpriseV8" m:IsDefaultEntityContainer="true"/></Schema></edmx:DataServices></edmx:Edmx>\n`;
