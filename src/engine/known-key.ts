/** What is stored under an idempotency key, as a commit that lost at it would be told. */
import type { CommitResult, IdempotencyWrite } from '../core/effect-set.ts';
import type { Store } from '../core/store-port.ts';
import { sameHash } from './request-hash.ts';

export type Duplicate = Extract<CommitResult, { kind: 'duplicate' }>;

export async function knownKey(store: Pick<Store, 'idempotency'>, write: IdempotencyWrite | null): Promise<Duplicate | null> {
  const stored = write === null ? null : await store.idempotency(write.route, write.caller, write.key);
  return stored === null || write === null ? null : { kind: 'duplicate', ...stored, sameBody: sameHash(stored.bodyHash, write.bodyHash) };
}
