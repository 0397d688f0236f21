/**
 * A configuration folder: one object a file, `<kind>s/<name>.yaml` as `zveno export` writes it, and `records/<template>.jsonl`
 * with the records of reference templates that travel. The place of a document means nothing; what counts is its `kind` and `name`.
 */
import { mkdir, open, opendir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Finding, Kind, SourceDocument } from '../core/configuration/object-document.ts';
import { Failure, failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { templateOfFile, type RecordFile } from '../engine/reference-data/record-file.ts';
import { readConfigurationFile } from './configuration-file.ts';

/** Folders in folders: kinds, and groups below them. */
const folderDepth = 8;

export interface ReadFolder {
  documents: readonly SourceDocument[];
  findings: readonly Finding[];
  records: readonly RecordFile[];
}

export async function readConfigurationFolder(folder: string): Promise<ReadFolder> {
  const { documents: files, records } = await configurationFiles(folder);
  if (files.length + records.length === 0) throw failure('config.noDocuments', { folder });
  const documents: SourceDocument[] = [];
  const findings: Finding[] = [];
  for (const file of files) {
    const read = readConfigurationFile(file, await boundedBytes(join(folder, file)));
    findings.push(...read.findings);
    if (read.document !== null) documents.push(read.document);
  }
  return { documents, findings: [...findings, ...duplicates(documents)], records: await Promise.all(records.map((file) => recordFile(folder, file))) };
}

/** One byte more than allowed is enough to know that a file is too large. */
async function boundedBytes(path: string): Promise<Uint8Array> {
  const limit = limits.configurationFileBytes.value;
  const { size } = await stat(path);
  return size > limit ? new Uint8Array(limit + 1) : await readFile(path);
}

function duplicates(documents: readonly SourceDocument[]): readonly Finding[] {
  const seen = new Map<string, SourceDocument>();
  const findings: Finding[] = [];
  for (const document of documents) {
    const key = `${document.kind} ${document.name}`;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, document);
    else findings.push({ place: document.locate(['name']), kind: document.kind, name: document.name, path: 'name', code: 'config.duplicateObject', parameters: { kind: document.kind, name: document.name, other: first.locate([]).file } });
  }
  return findings;
}

interface FolderFiles {
  documents: readonly string[];
  records: readonly string[];
}

async function recordFile(folder: string, file: string): Promise<RecordFile> {
  const path = join(folder, file);
  const { size } = await stat(path);
  return { file, template: templateOfFile(file) ?? file, bytes: size, read: (offset, length) => partOf(path, offset, length) };
}

async function partOf(path: string, offset: number, length: number): Promise<Uint8Array> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(length), position: offset });
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Paths relative to the folder, sorted; hidden files and folders are skipped. */
async function configurationFiles(folder: string): Promise<FolderFiles> {
  const found: string[] = [];
  const outside = await leadsOutside(folder);
  const walk = async (path: string, depth: number): Promise<void> => {
    for await (const entry of await opendir(path)) {
      if (entry.name.startsWith('.')) continue;
      const child = join(path, entry.name);
      // Mounted configuration is often made of links, so these are followed within the folder; the depth bounds a circle of them.
      if (entry.isSymbolicLink() && (await outside(child))) throw failure('config.linkOutside', { folder, file: relative(folder, child) });
      const kind = entry.isSymbolicLink() ? await stat(child) : entry;
      if (kind.isDirectory() && depth < folderDepth) await walk(child, depth + 1);
      else if (kind.isFile() && (/\.ya?ml$/i.test(entry.name) || isRecordFile(child))) found.push(relative(folder, child).split(sep).join('/'));
      if (found.length > limits.configurationFiles.value) throw failure('config.tooMany', { folder, limit: limits.configurationFiles.value });
    }
  };
  try {
    await walk(folder, 0);
  } catch (error) {
    throw error instanceof Failure ? error : failure('config.folder', { folder, detail: reason(error) }, { cause: error });
  }
  found.sort();
  return { documents: found.filter((file) => !isRecordFile(file)), records: found.filter(isRecordFile) };
}

/** Other files of lines are nobody's business here. */
const isRecordFile = (path: string): boolean => /(?:^|[\\/])records[\\/][^\\/]+\.jsonl$/.test(path);

/** Also tells a link that leads nowhere. */
async function leadsOutside(folder: string): Promise<(path: string) => Promise<boolean>> {
  const root = await realpath(folder).catch((error: unknown) => {
    throw failure('config.folder', { folder, detail: reason(error) }, { cause: error });
  });
  return async (path) => {
    const target = await realpath(path);
    return target !== root && !target.startsWith(`${root}${sep}`);
  };
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** `routes/orders.yaml` */
export const fileOf = (kind: Kind, name: string): string => `${kind.toLowerCase()}s/${name}.yaml`;

/** `records/Country.jsonl` */
export const recordsOf = (template: string): string => `records/${template}.jsonl`;

export interface WrittenFolder {
  objects: readonly { kind: Kind; name: string; source: string }[];
  /** By template, its lines; null leaves files of records alone. */
  records: ReadonlyMap<string, AsyncIterable<string>> | null;
}

/**
 * Writes one file an object, and one of the records of each template that has some. Files of what exists no more are deleted
 * when `force` is given, else a foreign file is refused before anything is written.
 */
export async function writeConfigurationFolder(folder: string, { objects, records }: WrittenFolder, force: boolean): Promise<void> {
  const wanted = new Map(objects.map((object) => [fileOf(object.kind, object.name), object.source]));
  const lines = new Map([...(records ?? [])].map(([template, pages]) => [recordsOf(template), pages]));
  const existing = await configurationFiles(await madeFolder(folder));
  const foreign = [...existing.documents, ...(records === null ? [] : existing.records)].filter((file) => !wanted.has(file) && !lines.has(file));
  if (foreign[0] !== undefined && !force) throw failure('cli.exportFolder', { folder, file: foreign[0] });
  for (const file of foreign) await rm(join(folder, file));
  for (const [file, source] of wanted) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), source);
  }
  for (const [file, pages] of lines) await writeLines(join(folder, file), pages);
}

/** Under another name until it is whole. */
async function writeLines(path: string, pages: AsyncIterable<string>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const written = `${path}.part`;
  const handle = await open(written, 'w');
  try {
    for await (const text of pages) await handle.writeFile(text);
  } finally {
    await handle.close();
  }
  await rename(written, path);
}

async function madeFolder(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    return folder;
  } catch (error) {
    throw failure('config.folder', { folder, detail: reason(error) }, { cause: error });
  }
}
