/**
 * Files that a message brought. The message holds them by reference: its value names them by id, their bytes lie in the
 * blob store, and only runs of this message can make a record take one. Nothing that a sender writes opens bytes.
 */
import { isFileName, mediaTypeOf, type DetectedType } from './file-rules.ts';
import { isObject, type Value, type ValueObject } from './value.ts';

export interface MessageFile {
  id: string;
  name: string;
  size: number;
  /** SHA-256, 64 lower-case hexadecimal digits. */
  hash: string;
  detected: DetectedType | null;
}

/** As the message shows it. */
export const messageFileValue = ({ id, name, size, hash, detected }: MessageFile): ValueObject => ({ id, name, size, type: mediaTypeOf(name, detected), sha256: hash });

/** As it is kept beside the message; `messageFilesOf` is the inverse. */
export const messageFilesValue = (files: readonly MessageFile[]): Value => files.map(({ id, name, size, hash, detected }) => ({ id, name, size, hash, detected: detected === null ? null : { ...detected } }));

/** Reads only what the function above wrote. */
export const messageFilesOf = (value: Value | undefined): readonly MessageFile[] => (Array.isArray(value) ? value.map(messageFileOf) : []);

function messageFileOf(value: Value): MessageFile {
  const { id, name, size, hash, detected } = isObject(value) ? value : {};
  if (typeof id !== 'string' || typeof name !== 'string' || typeof size !== 'number' || typeof hash !== 'string') throw new Error('this is no file of a message');
  const { extension, type } = isObject(detected) ? detected : {};
  return { id, name, size, hash, detected: typeof extension === 'string' && typeof type === 'string' ? { extension, type } : null };
}

/** What a form may bring as a file: its content, or the reference that the platform made of it. */
export function isMessageFile(value: Value): boolean {
  if (!isObject(value)) return false;
  const { id, name, content } = value;
  return typeof name === 'string' && isFileName(name) && (typeof content === 'string' || typeof id === 'string');
}
