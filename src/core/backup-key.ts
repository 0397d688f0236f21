/** What a backup carries of the master key. */

/** The master key under a passphrase: scrypt makes a key of the passphrase, AES-256-GCM seals with it. All base64. */
export interface WrappedKey {
  kdf: 'scrypt';
  N: number;
  r: number;
  p: number;
  salt: string;
  nonce: string;
  sealed: string;
}

export interface BackupKey {
  /** Id of the master key in hexadecimal digits; null where there are no secrets. */
  keyId: string | null;
  /** Null: the key is kept elsewhere. */
  key: WrappedKey | null;
}
