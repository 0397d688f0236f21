import { describe, expect, it } from 'vitest';
import { permissions } from '../core/access/permission.ts';
import { accessRules } from '../core/access/role.ts';
import type { Account, AccountDirectory, ApiToken } from '../core/account.ts';
import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports.ts';
import type { SignInTry } from '../core/sign-in-failures.ts';
import { assertMay, createSignIn, newToken, parseAuthorization, sameText, tokenHash } from './sign-in.ts';
import { newPasswordHash } from './password-hash.ts';
import { SignInGuard } from './sign-in-guard.ts';
import { Turns } from './turns.ts';

class TestClock implements Clock {
  now = 1_000_000;
  wallMs(): number {
    return this.now;
  }
  monotonicMs(): number {
    return this.now;
  }
  sleep(): Promise<void> {
    return Promise.resolve();
  }
}

const rules = accessRules([], []);
const account: Account = { id: '0193a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b', name: 'shop', permissions: ['api.call', 'messages.view'], roles: [], groups: [], enabled: true, mustChangePassword: false, createdAt: '' };

/** One account with one password and one token; counts how often it is asked. */
async function scene(changes: Partial<Account> = {}, tokenChanges: Partial<ApiToken> = {}, expired = false) {
  const clock = new TestClock();
  const token = newToken();
  const passwordHash = await newPasswordHash('right');
  const asked = { byName: 0, byTokenHash: 0 };
  const found = { ...account, ...changes };
  const refuse = (): never => {
    throw new Error('signing in changes nothing');
  };
  const accounts: AccountDirectory = {
    byName: async (name) => {
      asked.byName += 1;
      return name === found.name ? { account: found, passwordHash } : null;
    },
    byTokenHash: async (hash) => {
      asked.byTokenHash += 1;
      if (!Buffer.from(hash).equals(Buffer.from(tokenHash(token)))) return null;
      return { account: found, expired, token: { id: '', account: found.id, name: '', scopes: ['api.call', 'accounts.edit'], createdAt: '', expiresAt: null, revokedAt: null, lastUsedAt: null, ...tokenChanges } };
    },
    byId: refuse, list: refuse, create: refuse, change: refuse, tokens: refuse, createToken: refuse, revokeToken: refuse, moveRole: refuse, strengthenHash: refuse, touchToken: async () => undefined,
  };
  const pauses: { ms: number; told: string[] } = { ms: 0, told: [] };
  const told = (what: string) => async ({ name, address }: SignInTry): Promise<void> => void pauses.told.push(`${what} ${name ?? '-'} ${address}`);
  const guard = new SignInGuard({ pause: async () => pauses.ms, failed: told('failed'), succeeded: told('succeeded'), forget: async () => undefined });
  return { clock, asked, token, pauses, signIn: createSignIn({ accounts, guard, rules: () => rules, clock }) };
}

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe('signing in', () => {
  it('gives an account its permissions, and a token no more than both have', async () => {
    const { signIn, token } = await scene();
    expect([...((await signIn.caller(basic('shop:right'), '::1'))?.may ?? [])]).toEqual(['api.call', 'messages.view']);
    expect([...((await signIn.caller(`Bearer ${token}`, '::1'))?.may ?? [])]).toEqual(['api.call']);
  });

  it('without credentials is nobody, and with wrong ones refused', async () => {
    const { signIn } = await scene();
    expect(await signIn.caller(undefined, '::1')).toBeNull();
    for (const header of [basic('shop:wrong'), basic('ghost:right'), basic('shop'), basic('shop:right\0'), 'Bearer zvn_x', 'Bearer', 'Digest a=b', 'Basic ***']) {
      await expect(signIn.caller(header, '::1')).rejects.toMatchObject({ code: 'access.unauthenticated' });
    }
  });

  it('of a disabled account is refused', async () => {
    const { signIn } = await scene({ enabled: false });
    await expect(signIn.caller(basic('shop:right'), '::1')).rejects.toMatchObject({ code: 'access.unauthenticated' });
  });

  it('is remembered for a minute and checked once for many at a time', async () => {
    const { signIn, asked, clock } = await scene();
    await Promise.all(Array.from({ length: 20 }, () => signIn.caller(basic('shop:right'), '::1')));
    expect(asked.byName).toBe(1);
    clock.now += limits.signInRememberedMs.value - 1;
    await signIn.caller(basic('shop:right'), '::1');
    expect(asked.byName).toBe(1);
    clock.now += 2;
    await signIn.caller(basic('shop:right'), '::1');
    expect(asked.byName).toBe(2);
  });

  it('is forgotten when an account changes, also while it is being checked', async () => {
    const { signIn, asked } = await scene();
    const checking = signIn.caller(basic('shop:right'), '::1');
    signIn.forget();
    await checking;
    await signIn.caller(basic('shop:right'), '::1');
    expect(asked.byName).toBe(2);
  });

  it('by a token is not remembered beyond the end of the token', async () => {
    const { signIn, asked, clock, token } = await scene({}, { expiresAt: new Date(1_000_500).toISOString() });
    await signIn.caller(`Bearer ${token}`, '::1');
    clock.now += 501;
    await signIn.caller(`Bearer ${token}`, '::1');
    expect(asked.byTokenHash).toBe(2);
  });

  it('by a right token never waits for what others at its address did wrong, and an expired one is named and not counted', async () => {
    const { signIn, pauses, token } = await scene();
    pauses.ms = 60_000;
    expect(await signIn.caller(`Bearer ${token}`, '10.0.0.1')).not.toBeNull();
    const old = await scene({}, { name: 'till', expiresAt: '2026-01-31T00:00:00Z' }, true);
    await expect(old.signIn.caller(`Bearer ${old.token}`, '10.0.0.1')).rejects.toMatchObject({ code: 'access.tokenExpired', parameters: { token: 'till', account: 'shop', at: '2026-01-31T00:00:00Z' } });
    expect([pauses.told, old.pauses.told]).toEqual([[], []]);
  });

  it('is counted by name and address, and while it has to wait nothing is checked, not even what is right or remembered elsewhere', async () => {
    const { signIn, asked, pauses, token } = await scene();
    await expect(signIn.caller(basic('shop:wrong'), '10.0.0.1')).rejects.toMatchObject({ code: 'access.unauthenticated' });
    await signIn.caller(basic('shop:right'), '10.0.0.2');
    await expect(signIn.caller('Bearer zvn_x', '10.0.0.1')).rejects.toMatchObject({ code: 'access.unauthenticated' });
    await signIn.caller(`Bearer ${token}`, '10.0.0.2');
    expect(pauses.told).toEqual(['failed shop 10.0.0.1', 'succeeded shop 10.0.0.2', 'failed - 10.0.0.1']);
    pauses.ms = 1_500;
    await expect(signIn.caller('Bearer zvn_y', '10.0.0.1')).rejects.toMatchObject({ code: 'access.slowDown' });
    const before = asked.byName;
    for (const password of ['right', 'wrong']) {
      await expect(signIn.caller(basic(`shop:${password}`), '10.0.0.1')).rejects.toMatchObject({ code: 'access.slowDown', parameters: { seconds: 2 }, next: { kind: 'retryAfter', ms: 1_500 } });
      await expect(signIn.byPassword('shop', password, '10.0.0.1')).rejects.toMatchObject({ code: 'access.slowDown' });
    }
    expect(asked.byName).toBe(before);
    expect(await signIn.caller(basic('shop:right'), '10.0.0.2')).not.toBeNull();
  });

  it('names the scope that a token lacks where its account has the right', async () => {
    const { signIn, token } = await scene();
    const caller = (await signIn.caller(`Bearer ${token}`, '::1')) ?? expect.fail('signed in');
    expect(() => assertMay(caller, 'messages.view')).toThrow(expect.objectContaining({ code: 'access.scope', parameters: { account: 'shop', scope: 'messages:read' } }));
    expect(() => assertMay(caller, 'accounts.edit')).toThrow(expect.objectContaining({ code: 'access.forbidden' }));
  });

  it('names the permission that is missing', async () => {
    const { signIn } = await scene();
    const caller = await signIn.caller(basic('shop:right'), '::1');
    if (caller === null) throw new Error('signed in');
    for (const permission of permissions) {
      if (caller.may.has(permission)) expect(() => assertMay(caller, permission)).not.toThrow();
      else expect(() => assertMay(caller, permission)).toThrow(expect.objectContaining({ code: 'access.forbidden', parameters: { account: 'shop', permission } }));
    }
  });
});

it('reads the two schemes and nothing else', () => {
  expect(parseAuthorization(basic('имя:па:роль'))).toEqual({ kind: 'basic', name: 'имя', password: 'па:роль' });
  expect(parseAuthorization('bearer abc.def')).toEqual({ kind: 'bearer', token: 'abc.def' });
  expect(parseAuthorization(`Bearer ${'x'.repeat(600)}`)).toBeNull();
  expect(parseAuthorization('Negotiate abc')).toBeNull();
});

it('compares texts of any length', () => {
  expect([sameText('a', 'a'), sameText('a', 'ab'), sameText('', '')]).toEqual([true, false, true]);
});

it('lets a few work at a time, the others in their order, and refuses a line that is too long', async () => {
  const turns = new Turns(2, 2, () => new Error('too many') as never);
  const order: number[] = [];
  const gates = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  const work = gates.map((gate, at) => turns.take(async () => {
    order.push(at);
    await gate.promise;
  }));
  await expect(turns.take(async () => undefined)).rejects.toThrow('too many');
  expect(order).toEqual([0, 1]);
  gates[1]?.resolve();
  await work[1];
  await Promise.resolve();
  expect(order).toEqual([0, 1, 2]);
  for (const gate of gates) gate.resolve();
  await Promise.all(work);
  expect(order).toEqual([0, 1, 2, 3]);
});
