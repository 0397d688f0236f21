/** Files that a step or a caller gives for a record, turned into what the record keeps. */
import { Failure, failure, type Problem } from '../failure.ts';
import { checkFileName, extensionOf, fileLimit, fileTooLarge, fileTypeOf } from '../file-rules.ts';
import { base64Bytes, filesOf, filesText, givenFile, isFileType, type StoredFile } from '../file.ts';
import { limits } from '../limits.ts';
import type { MessageFile } from '../message-file.ts';
import { expectedOf, shown } from '../scalar.ts';
import { attributeNamed } from '../template-catalogue.ts';
import type { ScalarAttribute, Template } from '../template.ts';
import type { Value, ValueObject } from '../value.ts';
import { authorOf, heldRecord } from './held-records.ts';
import { ask, effectIdOf, templateById, type Run } from './run.ts';
import { dictionary, type Dictionary } from './run-state.ts';

export interface GivenFiles {
  named: boolean;
  /** By attribute name: the text that the record keeps. */
  texts: ValueObject;
  problems: readonly Problem[];
}

/** Stores what is new; a file that the run has seen in some record may be given again by its id. */
export function filesGiven(run: Run, template: Template, values: ValueObject, path: string): GivenFiles {
  const texts = dictionary<Value>();
  const problems: Problem[] = [];
  for (const attribute of template.attributes) {
    if (attribute.kind !== 'scalar' || !isFileType(attribute.type) || !Object.hasOwn(values, attribute.name)) continue;
    const value = values[attribute.name] ?? null;
    const items: readonly Value[] = value === null ? [] : Array.isArray(value) ? value : [value];
    const most = attribute.multiple === true ? limits.filesPerAttribute.value : 1;
    // Null stands for a value that is refused already.
    texts[attribute.name] = null;
    if (items.length > most) problems.push({ path: attribute.name, code: 'record.tooManyFiles', parameters: { attribute: attribute.name, limit: most } });
    else texts[attribute.name] = filesText(items.flatMap((item, index) => fileGiven(run, attribute, item, `${path} ${attribute.name} ${index}`, problems) ?? []));
  }
  return { named: Object.keys(texts).length > 0, texts, problems };
}

function fileGiven(run: Run, attribute: ScalarAttribute, item: Value, key: string, problems: Problem[]): StoredFile | undefined {
  const given = givenFile(item);
  const refuse = (code: Problem['code'], parameters: Problem['parameters']): undefined => void problems.push({ path: attribute.name, code, parameters: { attribute: attribute.name, ...parameters } });
  if (given === undefined) return refuse('record.wrongType', { expected: expectedOf[attribute.type], got: shown(item) });
  const brought = given.kind === 'known' ? run.state.files.find(({ id }) => id === given.id) : undefined;
  if (brought !== undefined) return fileOfMessage(run, attribute, brought, key, problems);
  if (given.kind === 'known') {
    const known = knownFile(run, given.id);
    if (known === undefined) return refuse('record.unknownFile', { file: given.id.slice(0, 80) });
    return known.attribute === attribute.id || judged(attribute, known.file, problems) ? known.file : undefined;
  }
  const bytes = base64Bytes(given.content);
  if (bytes === undefined) return refuse('record.fileContent', { name: shown(given.name) });
  const { name, type, extensions, maxBytes } = attribute;
  const answer = ask(run, `file ${key}`, { kind: 'storeFile', attribute: { name, type, ...(extensions === undefined ? {} : { extensions }), ...(maxBytes === undefined ? {} : { maxBytes }) }, name: given.name, content: given.content });
  if (answer.kind !== 'storeFile') throw new Error('a file is answered by a file');
  return newFile(run, key, { name: given.name, ...answer.file });
}

/** The attribute looks at a file of the message as it does at an uploaded one. */
function fileOfMessage(run: Run, attribute: ScalarAttribute, { name, hash, size, detected }: MessageFile, key: string, problems: Problem[]): StoredFile | undefined {
  return noted(attribute, problems, () => {
    checkFileName(attribute.name, name);
    if (size > fileLimit(attribute)) throw fileTooLarge(attribute);
    return newFile(run, key, { name, hash, size, type: fileTypeOf(attribute, name, detected) });
  });
}

/** A file of another attribute was let in by other rules. What its content is has been found out then. */
function judged(attribute: ScalarAttribute, { name, size, type }: StoredFile, problems: Problem[]): boolean {
  return noted(attribute, problems, () => {
    if (size > fileLimit(attribute)) throw fileTooLarge(attribute);
    fileTypeOf(attribute, name, { extension: extensionOf(name), type });
    return true;
  }) === true;
}

function noted<T>(attribute: ScalarAttribute, problems: Problem[], look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    problems.push({ path: attribute.name, code: error.code, parameters: error.parameters });
    return undefined;
  }
}

function newFile(run: Run, key: string, stored: { name: string; hash: string; size: number; type: string }): StoredFile {
  return { id: effectIdOf(run, `file ${key}`), name: stored.name, size: stored.size, type: stored.type, hash: stored.hash, version: 1, at: run.state.identity.startedAt, by: authorOf(run.state) };
}

/** Only records that the run holds are looked through: an id alone opens nothing. */
function knownFile(run: Run, id: string): { file: StoredFile; attribute: string } | undefined {
  for (const [templateId, records] of Object.entries(run.state.held)) {
    const attributes = fileAttributes(templateById(run, templateId));
    if (attributes.length === 0) continue;
    for (const held of Object.values(records)) {
      for (const { id: attribute, name } of attributes) {
        const found = [...filesOf(held.values[name]), ...filesOf(held.base?.values[name])].find((file) => file.id === id);
        if (found !== undefined) return { file: found, attribute };
      }
    }
  }
  return undefined;
}

export const fileAttributes = (template: Template): readonly ScalarAttribute[] => template.attributes.filter((attribute): attribute is ScalarAttribute => attribute.kind === 'scalar' && isFileType(attribute.type));

/** The text after files were added or taken away, by the ids of those that go. */
export function editedFiles(run: Run, template: Template, id: string, name: string, given: string | null, op: 'add' | 'exclude', path: string): string | null {
  const current = filesOf(heldRecord(run.state, template.id, id)?.values[name]);
  const files = filesOf(given);
  const known = new Set(current.map((file) => file.id));
  const wanted = new Set(files.map((file) => file.id));
  const next = op === 'add' ? [...current, ...files.filter((file) => !known.has(file.id))] : current.filter((file) => !wanted.has(file.id));
  if (next.length > limits.filesPerAttribute.value) throw filesRefused(path, template, name);
  return filesText(next);
}

const filesRefused = (path: string, template: Template, attribute: string): Failure =>
  failure('run.values', { path, template: template.name }, { problems: [{ path: attribute, code: 'record.tooManyFiles', parameters: { attribute, limit: limits.filesPerAttribute.value } }] });

export interface FileChange {
  attribute: string;
  /** The file that gets a new version, at least this one; null for a new file. */
  file: { id: string; version: number } | null;
  stored: { name: string; hash: string; size: number; type: string };
}

/** A new file takes the place of the only one where there can be but one. */
export function withFile(run: Run, template: Template, id: string, { attribute: name, file, stored }: FileChange, path: string): Dictionary<string | null> {
  const attribute = attributeNamed(template, name);
  if (attribute?.kind !== 'scalar') throw new Error(`no attribute ${name} for files`);
  const current = filesOf(heldRecord(run.state, template.id, id)?.values[name]);
  if (file === null) {
    const added = newFile(run, `${path} ${name}`, stored);
    if (attribute.multiple === true && current.length >= limits.filesPerAttribute.value) throw filesRefused(path, template, name);
    return { [name]: filesText(attribute.multiple === true ? [...current, added] : [added]) };
  }
  const former = current.find((known) => known.id === file.id);
  const next: StoredFile = { ...newFile(run, `${path} ${name}`, stored), id: file.id, version: Math.max(file.version, (former?.version ?? 0) + 1) };
  if (former !== undefined) return { [name]: filesText(current.map((known) => (known === former ? next : known))) };
  return { [name]: filesText(attribute.multiple === true ? [...current, next] : [next]) };
}

export function withoutFile(run: Run, template: Template, id: string, name: string, file: string): Dictionary<string | null> {
  const current = filesOf(heldRecord(run.state, template.id, id)?.values[name]);
  if (!current.some((known) => known.id === file)) throw failure('record.unknownFile', { attribute: name, file });
  return { [name]: filesText(current.filter((known) => known.id !== file)) };
}
