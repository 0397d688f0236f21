/** The configuration as the store keeps it, before anything is read from its documents. */
import type { StoredObject } from './plan.ts';
import type { Addresses } from './reference.ts';

export interface StoredConfiguration {
  /** Grows with every publication, and with every change of an address or a secret. */
  revision: number;
  objects: readonly StoredObject[];
  addresses: Addresses;
  /** Version of each secret that is set; it grows whenever the secret is set anew. */
  secrets: ReadonlyMap<string, number>;
}
