/**
 * A message that comes as a form: its fields are held, its files go to the blob store as they come. Nothing is known of
 * the form before its end has come, so one that breaks off leaves only bytes that will be collected.
 */
import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { failure } from '../core/failure.ts';
import { isFileName } from '../core/file-rules.ts';
import type { FileStore } from '../core/file-store.ts';
import { parseJson, printJson } from '../core/json.ts';
import { limits } from '../core/limits.ts';
import { messageFileValue, type MessageFile } from '../core/message-file.ts';
import { setMember, type Value, type ValueObject } from '../core/value.ts';
import type { Reading } from '../engine/in-flight.ts';
import { formParts, type FormPart } from './upload.ts';

export interface Form {
  /** Field name → text or file; a list where the name comes more than once, in the order of arrival. */
  value: ValueObject;
  files: readonly MessageFile[];
  /** What two forms of one meaning have in common: fields, names and contents of files, but no ids of ours. */
  sameness: Uint8Array;
}

/**
 * Throws `message.tooLarge` (by the declared length before anything is read, else at the limit), `message.tooManyParts`,
 * `message.fileName`, `message.charset`, `message.forbiddenText`, and `http.malformed` for a form that is none or breaks off.
 */
export async function readForm(request: FastifyRequest, reply: FastifyReply, { limit, store, reading }: { limit: number; store: FileStore; reading: Reading }): Promise<Form> {
  const tooLarge = () => failure('message.tooLarge', { limit });
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge();
  const fields = new Map<string, Value[]>();
  const same: Value[] = [];
  const files: MessageFile[] = [];
  let left = limit;
  const add = (field: string, value: Value, sameAs: Value): void => {
    fields.set(field, [...(fields.get(field) ?? []), value]);
    same.push([field, sameAs]);
  };
  for await (const part of formParts(request, reply)) {
    const field = fieldOf(part);
    if (part.fileName === null) {
      const value = await fieldValue(part, Math.min(left, limits.messageBodyBytes.value), reading);
      left -= value.size;
      add(field, value.value, value.value);
    } else {
      if (!isFileName(part.fileName)) throw failure('message.fileName', { field, name: JSON.stringify(part.fileName).slice(0, 80), limit: limits.fileNameCharacters.value });
      const { hash, size, detected } = await store.take(part.chunks, left, tooLarge);
      left -= size;
      const file: MessageFile = { id: randomUUID(), name: part.fileName, size, hash, detected };
      files.push(file);
      add(field, messageFileValue(file), [file.name, hash]);
    }
  }
  const value: { [name: string]: Value } = {};
  for (const [name, values] of fields) setMember(value, name, values.length === 1 ? (values[0] ?? null) : values);
  return { value, files, sameness: Buffer.from(printJson(same)) };
}

/** The library gives a part without a name an undefined one. */
function fieldOf({ field }: { field: string | undefined }): string {
  if (field === undefined || field === '') throw failure('http.malformed', { detail: 'a part of the form has no name' });
  if (field.includes('\0') || !field.isWellFormed() || field.includes('\ufffd')) throw failure('message.forbiddenText', { path: JSON.stringify(field).slice(0, 80), character: 'NUL / U+FFFD' });
  return field.slice(0, 1_000);
}

/** Text in UTF-8, or what a part that says that it is JSON means. */
async function fieldValue({ chunks, mediaType, field }: FormPart, limit: number, reading: Reading): Promise<{ value: Value; size: number }> {
  const held: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > limit) throw failure('message.tooLarge', { limit });
    reading.grow(chunk.length);
    held.push(chunk);
  }
  const bytes = Buffer.concat(held, size);
  if (/^application\/(?:[\w.+-]+\+)?json$/i.test(mediaType)) return { value: parseJson(bytes), size };
  if (!isUtf8(bytes)) throw failure('message.charset', { position: 0 });
  const text = bytes.toString('utf8');
  if (text.includes('\0')) throw failure('message.forbiddenText', { path: field.slice(0, 80), character: 'NUL' });
  return { value: text, size };
}
