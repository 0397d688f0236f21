/** Two nodes over one database, from before the tests of the file that imports them until after: `store` and `other` are there once its hooks have run. */
import { afterAll, beforeAll } from 'vitest';
import type { CommitResult, EffectSet } from '../../src/core/effect-set.ts';
import type { PostgresStore } from '../../src/store/postgres/store.ts';
import { testDatabase, testStore, type TestDatabase } from './test-store.ts';

export let database: TestDatabase;
export let store: PostgresStore;
export let other: PostgresStore;

beforeAll(async () => {
  database = await testDatabase();
  [store, other] = await Promise.all([testStore(database), testStore(database)]);
});
afterAll(async () => {
  await Promise.all([store.close(), other.close()]);
  await database.drop();
});

/** One effect set, alone. */
export async function commit(one: EffectSet, by = store): Promise<CommitResult> {
  const [result] = await by.commit([one]);
  if (result === undefined) throw new Error('no result');
  return result;
}
