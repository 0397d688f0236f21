/** The master key of a backup: which one it needs, and how it comes along or is found at the other place. */
import type { BackupKey } from '../../core/backup-key.ts';
import { failure } from '../../core/failure.ts';
import { masterKeysFrom, writeKeyFile, writtenMasterKey, type MasterKeyOptions } from '../secrets/master-key.ts';
import type { Archive } from './archive-reader.ts';
import { unwrapKey, wrapKey } from './wrapped-key.ts';

type KeyPlace = Pick<MasterKeyOptions, 'given' | 'file'>;

/** Of the key that seals: while it is being changed the one before it is written behind it. */
const idOf = (text: string, where: string): string => Buffer.from(masterKeysFrom(text, where)[0]?.id ?? []).toString('hex');

/** Null and null where no key has been drawn yet: then there are no secrets. Without a passphrase the key stays here. */
export async function keyForBackup(place: KeyPlace, passphrase: string | null): Promise<BackupKey> {
  const written = await writtenMasterKey(place);
  if (written === undefined) return { keyId: null, key: null };
  return { keyId: idOf(written.text, written.where), key: passphrase === null ? null : await wrapKey(written.text, passphrase) };
}

/** Whether a passphrase is needed: the key travels in the backup and is not here already. */
export async function wantsPassphrase({ manifest, key }: Archive, place: KeyPlace): Promise<boolean> {
  const written = await writtenMasterKey(place);
  return key !== null && (written === undefined || idOf(written.text, written.where) !== manifest.keyId);
}

/**
 * Sees to it that the key of the backup is the one that the platform will find. Throws `backup.otherKey`, `backup.noKey`,
 * `backup.passphrase`. A key that is written here does no harm should the restore fail after it.
 */
export async function placeKey({ manifest, key }: Archive, place: KeyPlace, passphrase: string | null): Promise<void> {
  if (manifest.keyId === null) return;
  const written = await writtenMasterKey(place);
  if (written !== undefined) {
    if (idOf(written.text, written.where) !== manifest.keyId) throw failure('backup.otherKey', { where: written.where, key: manifest.keyId });
    return;
  }
  if (key === null || passphrase === null) throw failure('backup.noKey', { key: manifest.keyId, where: place.file });
  const text = await unwrapKey(key, passphrase);
  // The seal proves who wrote it, the id that it is the key of these secrets.
  if (idOf(text, 'backup') !== manifest.keyId) throw failure('backup.passphrase');
  await writeKeyFile(place.file, `${text}\n`);
}
