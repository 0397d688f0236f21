/**
 * Reads one configuration file: UTF-8, one YAML document, plain data.
 * Anchors, aliases and tags are refused, so that what a reviewer reads is what is applied
 * and a small file cannot unfold into a large one.
 */
import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { shortText } from '../core/configuration/document-reader.ts';
import { type DocumentPath, type Finding, type Kind, isPlainObject, kinds, type Place, type Plain, type PlainObject, printPath, type SourceDocument } from '../core/configuration/object-document.ts';
import { Decimal } from '../core/decimal.ts';
import type { FailureCode } from '../core/errors.ts';
import type { FailureParameters } from '../core/failure.ts';
import { limits } from '../core/limits.ts';

/** Enough to work with; a file with more is probably no configuration at all. */
const findingsPerFile = 50;

export interface ReadFile {
  document: SourceDocument | null;
  findings: readonly Finding[];
}

/** `file` is the name shown in messages. */
export function readConfigurationFile(file: string, bytes: Uint8Array): ReadFile {
  if (bytes.length > limits.configurationFileBytes.value) return refused(file, 'config.tooLarge', { file, limit: limits.configurationFileBytes.value });
  const source = decode(bytes);
  if (source === null) return refused(file, 'config.encoding', { file });
  return new FileReader(file, source).read();
}

/** UTF-8 with or without a byte order mark; line ends become LF. Null for any other charset. */
function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replaceAll('\r\n', '\n');
  } catch {
    return null; // The decoder throws nothing but "not UTF-8".
  }
}

function refused(file: string, code: FailureCode, parameters: FailureParameters): ReadFile {
  return { document: null, findings: [{ place: { file, line: 1, column: 1 }, path: '', code, parameters }] };
}

class FileReader {
  readonly #file: string;
  readonly #source: string;
  readonly #lines = new LineCounter();
  readonly #findings: Finding[] = [];

  constructor(file: string, source: string) {
    this.#file = file;
    this.#source = source;
  }

  read(): ReadFile {
    // Duplicate keys are found below by a set; the parser would compare each key with each other.
    const parsed = parseDocument(this.#source, { lineCounter: this.#lines, uniqueKeys: false, prettyErrors: false, logLevel: 'error' });
    // A parser that ran out of stack reports what it could not finish as many small mistakes.
    const exhausted = parsed.errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION');
    if (parsed.errors.length > 0 && this.#mergeConflict()) return this.#result(null);
    for (const error of exhausted === undefined ? parsed.errors : [exhausted]) this.#syntax(error.code, error.message, error.pos[0]);
    if (parsed.errors.length > 0) return this.#result(null);
    if (parsed.contents === null || (isScalar(parsed.contents) && parsed.contents.value === null)) {
      this.#add(0, [], 'config.empty');
      return this.#result(null);
    }
    const document = this.#plain(parsed.contents, [], 0);
    if (!isMap(parsed.contents) || !isPlainObject(document)) {
      this.#add(0, [], 'config.wrongType', { place: '.', expected: 'object', got: Array.isArray(document) ? 'list' : typeof document });
      return this.#result(null);
    }
    return this.#result(this.#header(document, parsed.contents));
  }

  /** What a merge left undone would otherwise be told as many small mistakes of YAML. */
  #mergeConflict(): boolean {
    const marker = /^<{7} .*$/m.exec(this.#source);
    if (marker === null) return false;
    this.#add(marker.index, [], 'config.mergeConflict');
    return true;
  }

  #header(document: PlainObject, root: YAMLMap): SourceDocument | null {
    const locate = (path: DocumentPath): Place => this.#placeAt(offsetOf(root, path));
    const kind = kinds.find((candidate) => candidate === document['kind']);
    const name = document['name'];
    if (document['kind'] === undefined) this.#add(0, [], 'config.required', { key: 'kind', place: '.' });
    else if (kind === undefined) this.#add(offsetOf(root, ['kind']), ['kind'], 'config.unknownKind', { value: shortText(document['kind']), allowed: kinds.join(', ') });
    if (name === undefined) this.#add(0, [], 'config.required', { key: 'name', place: '.' });
    else if (typeof name !== 'string') this.#add(offsetOf(root, ['name']), ['name'], 'config.wrongType', { place: 'name', expected: 'text', got: typeof name });
    return kind === undefined || typeof name !== 'string' ? null : { kind, name, document, source: this.#source, locate };
  }

  /** A file with any finding gives no document: half a document would be applied as if it were whole. */
  #result(document: SourceDocument | null): ReadFile {
    if (document !== null && this.#findings.length === 0) return { document, findings: [] };
    const named = document === null ? {} : { kind: document.kind satisfies Kind, name: document.name };
    return { document: null, findings: this.#findings.slice(0, findingsPerFile).map((finding) => ({ ...finding, ...named })) };
  }

  #plain(node: unknown, path: DocumentPath, depth: number): Plain {
    if (this.#findings.length >= findingsPerFile) return null;
    const at = startOf(node);
    if (depth > limits.configurationDepth.value) {
      this.#add(at, path, 'config.tooDeep', { limit: limits.configurationDepth.value });
      return null;
    }
    if (isAlias(node) || hasAnchor(node)) this.#add(at, path, 'config.alias');
    if (hasTag(node)) this.#add(at, path, 'config.tag', { tag: node.tag });
    if (isMap(node)) return this.#object(node, path, depth);
    if (isSeq(node)) return node.items.map((item, index) => this.#plain(item, [...path, index], depth + 1));
    return isScalar(node) ? this.#scalar(node.value, node.source ?? '', at, path) : null;
  }

  #object(map: YAMLMap, path: DocumentPath, depth: number): PlainObject {
    const object: Record<string, Plain> = Object.create(null);
    for (const pair of map.items) {
      const at = startOf(pair.key);
      const key = isScalar(pair.key) ? pair.key.value : undefined;
      if (typeof key !== 'string') {
        this.#add(at, path, 'config.keyNotText', { key: isScalar(pair.key) ? String(key) : '?' });
        continue;
      }
      if (hasAnchor(pair.key)) this.#add(at, path, 'config.alias');
      if (Object.hasOwn(object, key)) this.#add(at, [...path, key], 'config.duplicateKey', { key });
      else object[key] = this.#plain(pair.value, [...path, key], depth + 1);
    }
    return object;
  }

  #scalar(value: unknown, text: string, at: number, path: DocumentPath): Plain {
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value === 'number') {
      if (!isExact(value, text)) this.#add(at, path, 'config.inexactNumber', { text: text.slice(0, 40) });
      return value;
    }
    if (typeof value === 'string') {
      if (value.includes('\0')) this.#add(at, path, 'config.nul', { place: printPath(path) || '.' });
      return value;
    }
    this.#add(at, path, 'config.wrongType', { place: printPath(path) || '.', expected: 'text', got: typeof value });
    return null;
  }

  #syntax(code: string, message: string, at: number): void {
    if (code === 'MULTIPLE_DOCS') this.#add(at, [], 'config.severalDocuments');
    else if (code === 'RESOURCE_EXHAUSTION') this.#add(at, [], 'config.tooDeep', { limit: limits.configurationDepth.value });
    else this.#add(at, [], 'config.syntax', { detail: message.slice(0, 200) });
  }

  #add(offset: number, path: DocumentPath, code: FailureCode, parameters: FailureParameters = {}): void {
    this.#findings.push({ place: this.#placeAt(offset), path: printPath(path), code, parameters });
  }

  #placeAt(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#file, line: Math.max(1, line), column: Math.max(1, col) };
  }
}

/** Whether the number that the parser made says the same as the text it was made of. */
function isExact(value: number, text: string): boolean {
  return Number.isFinite(value) && new Decimal(text.replace(/^\+/, '')).equals(new Decimal(String(value)));
}

const startOf = (node: unknown): number => (isNode(node) ? (node.range?.[0] ?? 0) : 0);

const isNode = (node: unknown): node is Node => isScalar(node) || isMap(node) || isSeq(node) || isAlias(node);

const hasAnchor = (node: unknown): boolean => (isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined;

const hasTag = (node: unknown): node is Node & { tag: string } => (isScalar(node) || isMap(node) || isSeq(node)) && node.tag !== undefined;

/** Where the key of the value at `path` begins, or that of its nearest ancestor. */
function offsetOf(root: YAMLMap, path: DocumentPath): number {
  let node: unknown = root;
  let offset = 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === String(part));
      if (pair === undefined) return offset;
      offset = startOf(pair.key);
      node = pair.value;
    } else if (isSeq(node) && typeof part === 'number') {
      const item: unknown = node.items[part];
      if (item === undefined) return offset;
      offset = startOf(item);
      node = item;
    } else {
      return offset;
    }
  }
  return offset;
}
