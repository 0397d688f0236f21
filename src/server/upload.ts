/** Files that a request brings: its whole body, or the parts of a form. They are handed on as they come, never held as a whole. */
import type { MultipartFile } from '@fastify/multipart';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';

export interface Upload {
  /** Null when the request does not name the file. */
  name: string | null;
  /** Has to be read to its end before the next file comes. */
  chunks: AsyncIterable<Uint8Array>;
}

/** Throws `http.contentType` for a compressed body and `http.malformed` for one that breaks off or stands still. */
export async function* uploadsOf(request: FastifyRequest, reply: FastifyReply): AsyncGenerator<Upload> {
  const { headers, raw } = request;
  leaveToSend(request, reply);
  try {
    if (!request.isMultipart()) yield { name: dispositionName(headers['content-disposition']), chunks: watched(raw.iterator({ destroyOnReturn: false })) };
    else for await (const part of filesOf(request)) yield { name: part.filename, chunks: watched(part.file.iterator({ destroyOnReturn: false })) };
  } finally {
    letGo(raw);
  }
}

/** A part of a form as it comes, fields and files alike; has to be read to its end before the next one. */
export interface FormPart {
  field: string;
  /** Null for a field. Folders before the name are cut off. */
  fileName: string | null;
  mediaType: string;
  chunks: AsyncIterable<Uint8Array>;
}

/** Throws as `uploadsOf` does, and `message.tooManyParts`. */
export async function* formParts(request: FastifyRequest, reply: FastifyReply): AsyncGenerator<FormPart> {
  leaveToSend(request, reply);
  try {
    // Fields come as streams, too: their bytes are looked at before they count as text.
    const parts = request.parts({ isPartAFile: () => true, limits: { fileSize: limits.fileBytes.value + 1, files: limits.formParts.value, headerPairs: 20 } });
    for await (const part of broken(parts)) {
      if (part.type !== 'file') throw new Error('every part comes as a stream');
      // A field has no file name, whatever the declaration of the library says.
      const { filename } = part as { filename: string | undefined };
      yield { field: part.fieldname, fileName: filename ?? null, mediaType: part.mimetype, chunks: watched(part.file.iterator({ destroyOnReturn: false })) };
    }
  } finally {
    letGo(request.raw);
  }
}

function leaveToSend({ headers }: FastifyRequest, reply: FastifyReply): void {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') throw failure('http.contentType');
  if (headers.expect !== undefined) reply.raw.writeContinue();
}

/** A refusal goes over the same socket, which must not stand still with unread bytes. */
function letGo(raw: FastifyRequest['raw']): void {
  raw.unpipe();
  raw.resume();
}

const filesOf = (request: FastifyRequest): AsyncGenerator<MultipartFile> =>
  broken(request.files({ throwFileSizeLimit: false, limits: { fileSize: limits.fileBytes.value + 1, files: limits.uploadFiles.value, fields: 0, headerPairs: 20 } }));

async function* broken<T>(parts: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    for await (const part of parts) yield part;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && ['FST_PARTS_LIMIT', 'FST_FILES_LIMIT'].includes(String(cause.code))) throw failure('message.tooManyParts', { limit: limits.formParts.value }, { cause });
    throw failure('http.malformed', { detail: cause instanceof Error ? cause.message : String(cause) }, { cause });
  }
}

/** Bytes that do not come for a while are given up. */
async function* watched(chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (;;) {
    const next = await orStopped(chunks.next());
    if (next.done === true) return;
    yield next.value;
  }
}

async function orStopped<T>(coming: Promise<T>): Promise<T> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(failure('http.malformed', { detail: 'the body stood still' })), limits.uploadIdleMs.value);
  try {
    return await Promise.race([coming, stopped]);
  } catch (cause) {
    throw failure('http.malformed', { detail: 'the body broke off' }, { cause });
  } finally {
    clearTimeout(timer);
  }
}

/** `filename*=UTF-8''…` before `filename="…"`. */
function dispositionName(header: string | undefined): string | null {
  if (header === undefined) return null;
  const encoded = /filename\*\s*=\s*UTF-8''([^;\s]+)/i.exec(header)?.[1];
  if (encoded === undefined) return /filename\s*=\s*"((?:[^"\\]|\\.)*)"/i.exec(header)?.[1]?.replace(/\\(.)/g, '$1') ?? null;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return null;
  }
}
