/** Wrong sign-ins in PostgreSQL, by its clock. */
import { createHash } from 'node:crypto';
import { limits } from '../../../core/limits.ts';
import type { SignInFailures, SignInTry } from '../../../core/sign-in-failures.ts';
import { asked } from '../pool.ts';
import type { Queryable } from '../statement.ts';
import { addressGroup } from './address-group.ts';

interface Counter {
  kind: 'pair' | 'name' | 'address';
  key: Buffer;
  name: Buffer | null;
  /** How many go without a pause. */
  free: number;
  longestMs: number;
}

const interval = (parameter: string): string => `${parameter}::float8 * interval '1 millisecond'`;
const day = 86_400_000;

export function createSignInFailures(given: Queryable): SignInFailures {
  const query = async <Row>(name: string, text: string, values: readonly unknown[]): Promise<Row[]> => (await asked(given.query<Row>({ name, text, values }))).rows;
  return {
    async pause(tried) {
      const counters = countersOf(tried);
      const text = `SELECT coalesce(greatest(0, extract(epoch FROM max(f.until) - clock_timestamp()) * 1000), 0)::float8 AS ms
        FROM unnest($1::text[], $2::bytea[]) AS c (kind, key) JOIN zveno.sign_in_failure f ON f.kind = c.kind AND f.key = c.key
        WHERE c.kind = 'pair' OR NOT EXISTS (SELECT 1 FROM zveno.sign_in_place p WHERE p.key = $3 AND p.seen_at > clock_timestamp() - ${interval('$4')})`;
      const place = placeOf(tried);
      const [row] = await query<{ ms: number }>('sign_in_pause', text, [counters.map(({ kind }) => kind), counters.map(({ key }) => key), place, limits.signInPlaceDays.value * day]);
      return Math.ceil(row?.ms ?? 0);
    },
    async failed(tried) {
      const text = `INSERT INTO zveno.sign_in_failure AS f (kind, key, name, failures, last_at, until) VALUES ($1, $2, $3, 1, clock_timestamp(), clock_timestamp())
        ON CONFLICT (kind, key) DO UPDATE SET last_at = excluded.last_at, failures = ${counted}, until = excluded.last_at + ${pauseAfter(counted)}`;
      await Promise.all(countersOf(tried).map(({ kind, key, name, free, longestMs }) => query('sign_in_failed', text, [kind, key, name, limits.signInForgottenMs.value, free, longestMs])));
    },
    async succeeded(tried) {
      const [pair] = countersOf(tried);
      if (tried.name === null || pair === undefined) return;
      const text = `WITH gone AS (DELETE FROM zveno.sign_in_failure WHERE kind = 'pair' AND key = $1)
        INSERT INTO zveno.sign_in_place AS p (key, name) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET seen_at = clock_timestamp() WHERE p.seen_at < clock_timestamp() - interval '1 hour'`;
      await query('sign_in_succeeded', text, [pair.key, pair.name]);
    },
    async forget(name) {
      await query('sign_in_forget', 'DELETE FROM zveno.sign_in_failure WHERE name = $1', [hashOf(name)]);
    },
  };
}

/** After a long silence it begins anew. */
const counted = `CASE WHEN f.last_at < clock_timestamp() - ${interval('$4')} THEN 1 ELSE f.failures + 1 END`;

/** A second, then twice as long each time. The power is bounded before it is taken. */
const pauseAfter = (failures: string): string => `CASE WHEN ${failures} < $5::integer THEN interval '0' ELSE ${interval(`least($6::float8, 1000 * power(2, least(${failures} - $5::integer, 30)))`)} END`;

function countersOf({ name, address }: SignInTry): readonly Counter[] {
  const group = addressGroup(address);
  const byAddress: Counter = { kind: 'address', key: hashOf(`address ${group}`), name: null, free: limits.signInAddressFailures.value, longestMs: limits.signInAddressPauseMs.value };
  if (name === null) return [byAddress];
  const of = hashOf(name);
  return [
    { kind: 'pair', key: placeOf({ name, address }), name: of, free: limits.signInFailures.value, longestMs: limits.signInPauseMs.value },
    { kind: 'name', key: of, name: of, free: limits.signInNameFailures.value, longestMs: limits.signInNamePauseMs.value },
    byAddress,
  ];
}

const placeOf = ({ name, address }: SignInTry): Buffer => hashOf(JSON.stringify([name, addressGroup(address)]));

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();
