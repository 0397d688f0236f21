/**
 * A configuration folder: one object a file, `<kind>s/<name>.yaml` as `zveno export` writes it.
 * The place of a file means nothing; what counts is the document's `kind` and `name`.
 */
import { mkdir, opendir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Finding, Kind, SourceDocument } from '../core/configuration/object-document.ts';
import { Failure, failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { readConfigurationFile } from './configuration-file.ts';

/** Folders in folders: kinds, and groups below them. */
const folderDepth = 8;

export interface ReadFolder {
  documents: readonly SourceDocument[];
  findings: readonly Finding[];
}

export async function readConfigurationFolder(folder: string): Promise<ReadFolder> {
  const files = await configurationFiles(folder);
  if (files.length === 0) throw failure('config.noDocuments', { folder });
  const documents: SourceDocument[] = [];
  const findings: Finding[] = [];
  for (const file of files) {
    const read = readConfigurationFile(file, await boundedBytes(join(folder, file)));
    findings.push(...read.findings);
    if (read.document !== null) documents.push(read.document);
  }
  return { documents, findings: [...findings, ...duplicates(documents)] };
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

/** Paths relative to the folder, sorted; hidden files and folders are skipped. */
async function configurationFiles(folder: string): Promise<readonly string[]> {
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
      else if (kind.isFile() && /\.ya?ml$/i.test(entry.name)) found.push(relative(folder, child).split(sep).join('/'));
      if (found.length > limits.configurationFiles.value) throw failure('config.tooMany', { folder, limit: limits.configurationFiles.value });
    }
  };
  try {
    await walk(folder, 0);
  } catch (error) {
    throw error instanceof Failure ? error : failure('config.folder', { folder, detail: reason(error) }, { cause: error });
  }
  return found.sort();
}

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

/**
 * Writes one file an object. Files of objects that exist no more are deleted when `force` is given,
 * else a foreign file is refused before anything is written.
 */
export async function writeConfigurationFolder(folder: string, objects: readonly { kind: Kind; name: string; source: string }[], force: boolean): Promise<void> {
  const wanted = new Map(objects.map((object) => [fileOf(object.kind, object.name), object.source]));
  const existing = await configurationFiles(await madeFolder(folder));
  const foreign = existing.filter((file) => !wanted.has(file));
  if (foreign[0] !== undefined && !force) throw failure('cli.exportFolder', { folder, file: foreign[0] });
  for (const file of foreign) await rm(join(folder, file));
  for (const [file, source] of wanted) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), source);
  }
}

async function madeFolder(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    return folder;
  } catch (error) {
    throw failure('config.folder', { folder, detail: reason(error) }, { cause: error });
  }
}
