/** Reads Atom of V1–V3, feeds and single entries, as it streams by. The only place that parses XML of rows. */
import { SaxesParser, type SaxesTagNS } from 'saxes';

export interface AtomEntry {
  /** Qualified name of the type, as the category tells it; empty when it does not. */
  type: string;
  /** Address of the row; empty when it has none. */
  id: string;
  etag: string | undefined;
  properties: readonly AtomProperty[];
  /** Rows of navigations that came along: one, none or many. */
  inlined: readonly (readonly [name: string, value: AtomEntry | null | readonly AtomEntry[]])[];
}

export interface AtomProperty {
  name: string;
  /** As the element tells it; the description of the service knows the others. */
  type: string | undefined;
  empty: boolean;
  text: string;
  children: readonly AtomProperty[];
}

export interface AtomTombstone {
  /** Address of the row that is gone. */
  ref: string;
  when: string | undefined;
}

/** An entry that is not XML as it should be; what stands around it is still read. */
export interface BrokenEntry {
  detail: string;
  /** As it came, cut. */
  raw: string;
}

export interface AtomHandler {
  entry(entry: AtomEntry): void;
  deleted?(tombstone: AtomTombstone): void;
  /** Without it, such an entry ends the reading. */
  broken?(entry: BrokenEntry): void;
}

/** What a feed says of itself; of a single entry only that it is one. */
export interface AtomSummary {
  kind: 'feed' | 'entry';
  count: string | undefined;
  next: string | undefined;
}

/** Thrown by the reader: why this is no Atom that can be read, and where. */
export class AtomProblem extends Error {
  readonly kind: 'malformed' | 'entities' | 'notAtom';
  constructor(kind: AtomProblem['kind'], detail: string) {
    super(detail);
    this.kind = kind;
  }
}

const spaces = {
  atom: 'http://www.w3.org/2005/Atom',
  tombstones: 'http://purl.org/atompub/tombstones/1.0',
  metadata: 'http://schemas.microsoft.com/ado/2007/08/dataservices/metadata',
} as const;

const depthLimit = 200;
const rawCharacters = 16 * 1024;

interface OpenEntry extends AtomEntry {
  properties: AtomProperty[];
  inlined: (readonly [string, AtomEntry | null | readonly AtomEntry[]])[];
}
interface OpenProperty extends AtomProperty {
  children: OpenProperty[];
}

type Frame =
  | { kind: 'feed'; entries: AtomEntry[]; outer: boolean }
  | { kind: 'entry'; entry: OpenEntry; outer: boolean }
  | { kind: 'link'; name: string; inline: AtomEntry | null | readonly AtomEntry[] | undefined }
  | { kind: 'inline'; value: AtomEntry | null | readonly AtomEntry[] }
  | { kind: 'content' | 'properties' | 'skip' }
  | { kind: 'property'; property: OpenProperty }
  | { kind: 'text'; of: 'id' | 'count'; text: string };

export interface AtomReader {
  /** Throws an AtomProblem. */
  write(text: string): void;
  /** Throws an AtomProblem when the document is not complete. */
  close(): AtomSummary;
}

export function createAtomReader(handler: AtomHandler): AtomReader {
  return new Reader(handler);
}

class Reader implements AtomReader {
  readonly #handler: AtomHandler;
  readonly #parser = new SaxesParser({ xmlns: true });
  readonly #stack: Frame[] = [];
  #summary: AtomSummary | undefined;
  /** What is wrong with the outer entry at hand. */
  #wrong: string | undefined;
  /** Text since the last outer entry, and where it begins in the document. */
  #kept = '';
  #keptFrom = 0;
  #rawFrom = 0;
  #closing = false;

  constructor(handler: AtomHandler) {
    this.#handler = handler;
    this.#parser.on('error', (error) => this.#fail(error.message.replace(/^\d*:\d*:\s*/, '').slice(0, 200)));
    this.#parser.on('doctype', () => {
      throw new AtomProblem('entities', `DOCTYPE, ${this.#parser.line}`);
    });
    this.#parser.on('opentag', (tag) => this.#open(tag));
    this.#parser.on('closetag', () => this.#close());
    this.#parser.on('text', (text) => this.#text(text));
    this.#parser.on('cdata', (text) => this.#text(text));
  }

  write(text: string): void {
    this.#kept += text;
    this.#parser.write(text);
    // Nothing but the entry at hand may be wanted again, or one whose tag has only begun.
    if (this.#outerEntry() === undefined) this.#forget(this.#keptFrom + Math.max(this.#kept.lastIndexOf('<'), 0));
  }

  close(): AtomSummary {
    this.#closing = true;
    this.#parser.close();
    if (this.#summary === undefined) throw new AtomProblem('notAtom', 'empty');
    return this.#summary;
  }

  #fail(detail: string): void {
    const lenient = this.#handler.broken !== undefined && !this.#closing && this.#outerEntry() !== undefined;
    if (!lenient) throw new AtomProblem(this.#summary === undefined ? 'notAtom' : 'malformed', `${detail} (${this.#parser.line})`);
    this.#wrong ??= detail;
  }

  #open(tag: SaxesTagNS): void {
    if (this.#stack.length >= depthLimit) throw new AtomProblem('malformed', `${depthLimit} elements deep (${this.#parser.line})`);
    this.#stack.push(this.#frameOf(tag));
  }

  #frameOf(tag: SaxesTagNS): Frame {
    const parent = this.#stack.at(-1);
    switch (parent?.kind) {
      case undefined: return this.#root(tag);
      case 'feed': return this.#inFeed(tag, parent.outer);
      case 'entry': return inEntry(tag, parent.entry);
      case 'content': return isMetadata(tag, 'properties') ? { kind: 'properties' } : { kind: 'skip' };
      case 'link': return isMetadata(tag, 'inline') ? { kind: 'inline', value: null } : { kind: 'skip' };
      case 'inline': return rowFrame(tag, false);
      case 'properties':
      case 'property': return propertyFrame(tag);
      default: return { kind: 'skip' };
    }
  }

  #root(tag: SaxesTagNS): Frame {
    const frame = rowFrame(tag, true);
    if (frame.kind === 'skip') throw new AtomProblem('notAtom', `<${tag.name.slice(0, 80)}>`);
    this.#summary = { kind: frame.kind === 'feed' ? 'feed' : 'entry', count: undefined, next: undefined };
    return frame;
  }

  #inFeed(tag: SaxesTagNS, outer: boolean): Frame {
    if (isAtom(tag, 'entry')) {
      if (outer) this.#begin();
      return { kind: 'entry', entry: emptyEntry(tag), outer };
    }
    if (!outer || this.#summary === undefined) return { kind: 'skip' };
    if (tag.uri === spaces.tombstones && tag.local === 'deleted-entry') this.#handler.deleted?.({ ref: attribute(tag, 'ref') ?? '', when: attribute(tag, 'when') });
    if (isAtom(tag, 'link') && attribute(tag, 'rel') === 'next') this.#summary.next = attribute(tag, 'href');
    return isMetadata(tag, 'count') ? { kind: 'text', of: 'count', text: '' } : { kind: 'skip' };
  }

  #begin(): void {
    this.#wrong = undefined;
    const start = this.#kept.lastIndexOf('<', this.#parser.position - this.#keptFrom - 1);
    this.#rawFrom = this.#keptFrom + Math.max(start, 0);
  }

  #text(text: string): void {
    const frame = this.#stack.at(-1);
    if (frame?.kind === 'property') frame.property.text += text;
    else if (frame?.kind === 'text') frame.text += text;
  }

  #close(): void {
    const frame = this.#stack.pop();
    const parent = this.#stack.at(-1);
    switch (frame?.kind) {
      case 'property':
        if (parent?.kind === 'property') parent.property.children.push(frame.property);
        else this.#nearestEntry()?.properties.push(frame.property);
        break;
      case 'text':
        if (frame.of === 'id') Object.assign(this.#nearestEntry() ?? {}, { id: frame.text.trim() });
        else if (this.#summary !== undefined) this.#summary.count = frame.text.trim();
        break;
      case 'entry': this.#finish(frame.entry, frame.outer, parent); break;
      case 'feed': if (parent?.kind === 'inline') parent.value = frame.entries; break;
      case 'inline': if (parent?.kind === 'link') parent.inline = frame.value; break;
      case 'link': if (frame.inline !== undefined) this.#nearestEntry()?.inlined.push([frame.name, frame.inline]); break;
      default:
    }
  }

  #finish(entry: AtomEntry, outer: boolean, parent: Frame | undefined): void {
    if (parent?.kind === 'inline') parent.value = entry;
    else if (parent?.kind === 'feed' && !outer) parent.entries.push(entry);
    if (!outer) return;
    const end = this.#parser.position;
    if (this.#wrong === undefined) this.#handler.entry(entry);
    else this.#handler.broken?.({ detail: this.#wrong, raw: this.#kept.slice(this.#rawFrom - this.#keptFrom, end - this.#keptFrom).slice(0, rawCharacters) });
    this.#wrong = undefined;
    this.#forget(end);
  }

  #forget(upTo: number): void {
    this.#kept = this.#kept.slice(Math.max(upTo - this.#keptFrom, 0));
    this.#keptFrom = upTo;
  }

  #outerEntry(): Frame | undefined {
    return this.#stack.find((frame) => frame.kind === 'entry' && frame.outer);
  }

  #nearestEntry(): OpenEntry | undefined {
    const frame = this.#stack.findLast((each) => each.kind === 'entry');
    return frame?.kind === 'entry' ? frame.entry : undefined;
  }
}

function rowFrame(tag: SaxesTagNS, outer: boolean): Frame {
  if (isAtom(tag, 'feed')) return { kind: 'feed', entries: [], outer };
  return isAtom(tag, 'entry') ? { kind: 'entry', entry: emptyEntry(tag), outer } : { kind: 'skip' };
}

const emptyEntry = (tag: SaxesTagNS): OpenEntry => ({ type: '', id: '', etag: metadataAttribute(tag, 'etag'), properties: [], inlined: [] });

function inEntry(tag: SaxesTagNS, entry: OpenEntry): Frame {
  // A media entry has its properties beside its content.
  if (isMetadata(tag, 'properties')) return { kind: 'properties' };
  if (tag.uri !== spaces.atom) return { kind: 'skip' };
  switch (tag.local) {
    case 'id': return { kind: 'text', of: 'id', text: '' };
    case 'category':
      entry.type = attribute(tag, 'term') ?? '';
      return { kind: 'skip' };
    case 'content': return { kind: 'content' };
    case 'link': return { kind: 'link', name: attribute(tag, 'title') ?? attribute(tag, 'rel')?.split('/').at(-1) ?? '', inline: undefined };
    default: return { kind: 'skip' };
  }
}

function propertyFrame(tag: SaxesTagNS): Frame {
  const type = metadataAttribute(tag, 'type');
  return { kind: 'property', property: { name: tag.local, type, empty: metadataAttribute(tag, 'null') === 'true', text: '', children: [] } };
}

const isAtom = (tag: SaxesTagNS, local: string): boolean => tag.uri === spaces.atom && tag.local === local;
const isMetadata = (tag: SaxesTagNS, local: string): boolean => tag.uri === spaces.metadata && tag.local === local;
const attribute = (tag: SaxesTagNS, local: string): string | undefined => tag.attributes[local]?.value;
const metadataAttribute = (tag: SaxesTagNS, local: string): string | undefined => Object.values(tag.attributes).find((each) => each.uri === spaces.metadata && each.local === local)?.value;
