/** Files of records over REST. */
import { fileOperations } from '../../api/files.ts';
import type { Caller } from '../../core/account.ts';
import { failure, type Failure } from '../../core/failure.ts';
import { imageTypes } from '../../core/file-rules.ts';
import type { FileStore } from '../../core/file-store.ts';
import { filesOf, isFileType, type StoredFile } from '../../core/file.ts';
import { limits } from '../../core/limits.ts';
import type { DirectWrite } from '../../core/scenario/machine-port.ts';
import { attributeNamed, nearestAttribute } from '../../core/template-catalogue.ts';
import type { ScalarAttribute, Template } from '../../core/template.ts';
import type { ValueObject } from '../../core/value.ts';
import { takeFile, type KeptFile } from '../../engine/record-files.ts';
import type { Upload } from '../upload.ts';
import { handle, type Answered, type Handler } from './handler.ts';
import { wantedVersion } from './if-match.ts';
import type { ApiParts } from './parts.ts';
import { rangeOf } from './range.ts';
import { RecordDesk } from './record-desk.ts';

interface PlaceParams {
  template: string;
  id: string;
  attribute: string;
}

interface Place {
  template: Template;
  attribute: ScalarAttribute;
  id: string;
  /** Files as the record shows them now. */
  files: readonly StoredFile[];
}

export function fileHandlers({ engine, configuration, files: store }: Pick<ApiParts, 'engine' | 'configuration' | 'files'>): readonly Handler[] {
  const desk = new RecordDesk(engine, configuration);
  const placeOf = async (params: PlaceParams, caller: Caller): Promise<Place> => {
    const template = desk.named(params.template);
    const attribute = fileAttribute(template, params.attribute);
    const { id, values } = await desk.visible(caller, template, params.id);
    return { template, attribute, id, files: filesOf(values[attribute.name]) };
  };
  const listed = async (params: PlaceParams, caller: Caller, status: number): Promise<Answered> => ({ status, body: { files: (await placeOf(params, caller)).files.map(fileJson) } });
  const add = (place: Place, file: { id: string; version: number } | null, stored: KeptFile): Extract<DirectWrite, { op: 'addFile' }> => ({
    op: 'addFile', template: place.template.name, id: place.id, version: null, attribute: place.attribute.name, file, stored,
  });

  return [
    handle(fileOperations.listFiles, ({ params, caller }) => listed(params, caller, 200)),

    handle(fileOperations.addFiles, async ({ params, query, uploads, caller }) => {
      const place = await placeOf(params, caller);
      const kept = await takeAll(store, place.attribute, query.name, uploads());
      await engine.write(kept.map((stored) => add(place, null, stored)), caller.account.id, 'api');
      return listed(params, caller, 201);
    }),

    handle(fileOperations.replaceFile, async ({ params, query, headers, uploads, caller }) => {
      const version = wantedVersion(headers['if-match']);
      const place = await placeOf(params, caller);
      const former = place.files.find(({ id }) => id === params.file.toLowerCase());
      if (former === undefined) throw unknownFile(place, params.file);
      const [stored, more] = await takeAll(store, place.attribute, query.name ?? former.name, uploads());
      if (stored === undefined || more !== undefined) throw failure('record.tooManyFiles', { attribute: place.attribute.name, limit: 1 });
      await desk.guarded(version, place.id, { ...add(place, { id: former.id, version: former.version + 1 }, stored), version }, caller.account.id);
      return listed(params, caller, 200);
    }),

    handle(fileOperations.deleteFile, async ({ params, headers, caller }) => {
      const version = wantedVersion(headers['if-match']);
      const place = await placeOf(params, caller);
      await desk.guarded(version, place.id, { op: 'removeFile', template: place.template.name, id: place.id, version, attribute: place.attribute.name, file: params.file.toLowerCase() }, caller.account.id);
      return listed(params, caller, 200);
    }),

    handle(fileOperations.listFileVersions, async ({ params, caller }) => {
      const place = await placeOf(params, caller);
      return { status: 200, body: { versions: (await store.versions(place.id, place.attribute.id)).map(fileJson) } };
    }),

    handle(fileOperations.restoreFile, async ({ params, query, caller }) => {
      const place = await placeOf(params, caller);
      const versions = (await store.versions(place.id, place.attribute.id)).filter(({ id }) => id === params.file.toLowerCase());
      const wanted = versions.find(({ version }) => version === query.version);
      if (wanted === undefined) throw unknownFile(place, `${params.file} (${query.version})`);
      const { id, name, hash, size, type } = wanted;
      await engine.write([add(place, { id, version: Math.max(...versions.map(({ version }) => version)) + 1 }, { name, hash, size, type })], caller.account.id, 'api');
      return listed(params, caller, 200);
    }),

    handle(fileOperations.readFile, async ({ params, query, headers, caller }) => {
      const place = await placeOf(params, caller);
      const id = params.file.toLowerCase();
      const known = query.version === undefined ? place.files : await store.versions(place.id, place.attribute.id);
      const file = known.find((candidate) => candidate.id === id && (query.version === undefined || candidate.version === query.version));
      if (file === undefined) throw unknownFile(place, params.file);
      const range = rangeOf(headers.range, file.size);
      const stream = await store.bytes(file.hash, range ?? undefined);
      const length = range === null ? file.size : range.to - range.from + 1;
      return {
        status: range === null ? 200 : 206,
        stream,
        mediaType: file.type,
        headers: { ...contentHeaders(file, query.inline === true), 'content-length': String(length), ...(range === null ? {} : { 'content-range': `bytes ${range.from}-${range.to}/${file.size}` }) },
      };
    }),
  ];
}

function fileAttribute(template: Template, name: string): ScalarAttribute {
  const attribute = attributeNamed(template, name);
  if (attribute === undefined) throw failure('query.unknownAttribute', { template: template.name, attribute: name.slice(0, 80), nearest: nearestAttribute(template, name) });
  if (attribute.kind !== 'scalar' || !isFileType(attribute.type)) throw failure('record.notFiles', { attribute: name, type: attribute.kind === 'link' ? 'record' : attribute.type });
  return attribute;
}

const unknownFile = ({ attribute }: Place, file: string): Failure => failure('record.unknownFile', { attribute: attribute.name, file: file.slice(0, 80) });

async function takeAll(store: FileStore, attribute: ScalarAttribute, name: string | undefined, uploads: AsyncIterable<Upload>): Promise<readonly KeptFile[]> {
  const kept: KeptFile[] = [];
  for await (const upload of uploads) {
    if (kept.length >= (attribute.multiple === true ? limits.filesPerAttribute.value : 1)) throw failure('record.tooManyFiles', { attribute: attribute.name, limit: attribute.multiple === true ? limits.filesPerAttribute.value : 1 });
    kept.push(await takeFile(store, attribute, upload.name ?? name ?? '', upload.chunks));
  }
  if (kept.length === 0) throw failure('http.bodyMissing');
  return kept;
}

const fileJson = ({ id, name, size, type, hash, version, at, by }: StoredFile): ValueObject => ({ id, name, size, type, sha256: hash, version, at, by });

/** Only images are ever shown in a page, and nothing may run in it. */
function contentHeaders(file: StoredFile, inline: boolean): Record<string, string> {
  const fallback = file.name.replace(/[^\w.() -]/g, '_');
  return {
    etag: `"${file.hash}"`,
    'accept-ranges': 'bytes',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'content-disposition': `${inline && imageTypes.has(file.type) ? 'inline' : 'attachment'}; filename="${fallback}"; filename*=UTF-8''${encodeURIComponent(file.name).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)}`,
  };
}
