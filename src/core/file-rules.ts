/** What a file has to be like to become part of a record. */
import { failure, type Failure } from './failure.ts';
import { limits } from './limits.ts';
import { shown } from './scalar.ts';
import type { ScalarAttribute } from './template.ts';

/** What the content says of itself; null when it does not say. */
export interface DetectedType {
  extension: string;
  type: string;
}

/** Images that every browser shows and none takes for a program; an SVG may hold a script, so it is a document. */
export const imageTypes: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/bmp', 'image/avif']);

export const extensionOf = (name: string): string => (/\.([^.]{1,16})$/.exec(name)?.[1] ?? '').toLowerCase();

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const hostile = /[\u0000-\u001f\u007f-\u009f/\\:*?"<>|\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u;

/** A name is shown and offered for saving, so it may not lead anywhere or pretend to be another. */
export const isFileName = (name: string): boolean =>
  name.trim() === name && name !== '' && name.length <= limits.fileNameCharacters.value && !hostile.test(name) && !/^\.+$/.test(name) && !name.endsWith('.') && name.isWellFormed();

/** Throws `record.fileName`. */
export function checkFileName(attribute: string, name: string): void {
  if (!isFileName(name)) throw failure('record.fileName', { attribute, name: shown(name), limit: limits.fileNameCharacters.value });
}

export const fileLimit = (attribute: Pick<ScalarAttribute, 'maxBytes'>): number => attribute.maxBytes ?? limits.fileBytes.value;

export const fileTooLarge = (attribute: Pick<ScalarAttribute, 'name' | 'maxBytes'>): Failure => failure('record.fileTooLarge', { attribute: attribute.name, limit: fileLimit(attribute) });

/** The media type of a file that may be kept. Throws `record.fileType`. */
export function fileTypeOf(attribute: Pick<ScalarAttribute, 'name' | 'type' | 'extensions'>, name: string, detected: DetectedType | null): string {
  const extension = extensionOf(name);
  const allowed = attribute.extensions;
  const wrong = (got: string): Failure => failure('record.fileType', { attribute: attribute.name, name: shown(name), allowed: allowed?.join(', ') ?? [...imageTypes].map((type) => type.slice(6)).join(', '), got });
  if (attribute.type === 'image' && (detected === null || !imageTypes.has(detected.type))) throw wrong(detected?.type ?? (extension || '?'));
  if (allowed !== undefined) {
    if (!allowed.includes(extension)) throw wrong(extension || '?');
    if (detected !== null && !isSame(extension, detected.extension)) throw wrong(detected.type);
  }
  return mediaTypeOf(name, detected);
}

/** By the content where it says so, else by the name. */
export const mediaTypeOf = (name: string, detected: DetectedType | null): string => detected?.type ?? typesByExtension[extensionOf(name)] ?? 'application/octet-stream';

const isSame = (extension: string, detected: string): boolean => extension === detected || (kinds[detected] ?? []).includes(extension);

/** Contents that several kinds of files share. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  jpg: ['jpeg', 'jpe', 'jfif'], tif: ['tiff'], zip: ['docx', 'xlsx', 'pptx', 'vsdx', 'odt', 'ods', 'epub', 'jar'], cfb: ['doc', 'xls', 'ppt', 'msg', 'vsd'], xml: ['svg', 'html', 'htm', 'xsd', 'kml'], mp4: ['m4v', 'm4a', 'mov'], ogg: ['oga', 'ogv', 'opus'],
};

/** Only for contents that say nothing of themselves. Whatever a browser would run goes as plain bytes. */
const typesByExtension: Readonly<Record<string, string>> = { txt: 'text/plain', csv: 'text/csv', json: 'application/json', xml: 'application/xml', md: 'text/markdown', yaml: 'application/yaml', eml: 'message/rfc822' };
