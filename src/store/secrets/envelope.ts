/**
 * Envelope encryption of one secret: a data key of its own encrypts the text, the master key wraps the data key.
 * Both are bound to the secret's name, so that sealed bytes moved to another row do not open.
 *
 *   1 byte format · 8 bytes key id · wrapped data key (12 nonce, 32, 16 tag) · 12 nonce · text · 16 tag
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { failure } from '../../core/failure.ts';
import type { MasterKey } from './master-key.ts';

const format = 1;
const idEnd = 9;
const nonceBytes = 12;
const tagBytes = 16;
const wrappedEnd = idEnd + nonceBytes + 32 + tagBytes;

export function seal(name: string, text: string, master: MasterKey): Buffer {
  const dataKey = randomBytes(32);
  const wrapped = encrypt(master.wrapping, dataKey, associated(name, 'key', master.id));
  return Buffer.concat([Uint8Array.of(format), master.id, wrapped, encrypt(dataKey, Buffer.from(text, 'utf8'), associated(name, 'text', master.id))]);
}

/** Throws `secret.otherKey` when another master key sealed it, `secret.unreadable` when it is damaged or of another secret. */
export function unseal(name: string, sealed: Uint8Array, master: MasterKey): string {
  const bytes = Buffer.from(sealed);
  if (bytes[0] !== format || bytes.length < wrappedEnd + nonceBytes + tagBytes) throw failure('secret.unreadable', { name });
  const id = bytes.subarray(1, idEnd);
  if (!id.equals(master.id)) throw failure('secret.otherKey', { keyId: id.toString('hex'), activeKeyId: Buffer.from(master.id).toString('hex'), where: master.where });
  try {
    const dataKey = decrypt(master.wrapping, bytes.subarray(idEnd, wrappedEnd), associated(name, 'key', id));
    return decrypt(dataKey, bytes.subarray(wrappedEnd), associated(name, 'text', id)).toString('utf8');
  } catch (cause) {
    throw failure('secret.unreadable', { name }, { cause });
  }
}

/** Eight bytes that name the master key. */
export const keyIdOf = (sealed: Uint8Array): Uint8Array => sealed.subarray(1, idEnd);

const associated = (name: string, field: 'key' | 'text', id: Uint8Array): Buffer => Buffer.concat([Buffer.from(`secret\0${name}\0${field}\0`), id]);

function encrypt(key: Uint8Array, plain: Uint8Array, bound: Uint8Array): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes }).setAAD(bound);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Uint8Array, bytes: Buffer, bound: Uint8Array): Buffer {
  const end = bytes.length - tagBytes;
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes }).setAAD(bound).setAuthTag(bytes.subarray(end));
  return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, end)), decipher.final()]);
}
