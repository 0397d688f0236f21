/** The master key under a passphrase, so that a backup can be opened elsewhere and yet tells nothing to whoever finds it. */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import type { WrappedKey } from '../../core/backup-key.ts';
import { failure } from '../../core/failure.ts';

/** 128 MiB and about a third of a second for each guess. */
const cost = { N: 2 ** 17, r: 8, p: 1 } as const;
/** More than this is not asked of the machine, whatever a file says. */
const mostMemory = 512 * 1024 * 1024;
const purpose = Buffer.from('zveno backup master key');
const tagBytes = 16;

export async function wrapKey(text: string, passphrase: string): Promise<WrappedKey> {
  const [salt, nonce] = [randomBytes(16), randomBytes(12)];
  const cipher = createCipheriv('aes-256-gcm', await keyOf(passphrase, salt, cost), nonce).setAAD(purpose);
  const sealed = Buffer.concat([cipher.update(text.trim(), 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return { kdf: 'scrypt', ...cost, salt: salt.toString('base64'), nonce: nonce.toString('base64'), sealed: sealed.toString('base64') };
}

/** Throws `backup.passphrase` when it is not the one, or the key was changed: which of the two cannot be told apart. */
export async function unwrapKey(wrapped: WrappedKey, passphrase: string): Promise<string> {
  try {
    const sealed = Buffer.from(wrapped.sealed, 'base64');
    const cipher = createDecipheriv('aes-256-gcm', await keyOf(passphrase, Buffer.from(wrapped.salt, 'base64'), wrapped), Buffer.from(wrapped.nonce, 'base64'), { authTagLength: tagBytes }).setAAD(purpose);
    cipher.setAuthTag(sealed.subarray(-tagBytes));
    return Buffer.concat([cipher.update(sealed.subarray(0, -tagBytes)), cipher.final()]).toString('utf8');
  } catch (cause) {
    throw failure('backup.passphrase', {}, { cause });
  }
}

const keyOf = (passphrase: string, salt: Buffer, { N, r, p }: { N: number; r: number; p: number }): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFC'), salt, 32, { N, r, p, maxmem: mostMemory }, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
