import { expect, it } from 'vitest';
import type { ApiToken } from './account.ts';
import { tokenProblems } from './token-expiry.ts';

const now = Date.parse('2027-03-01T00:00:00Z');
const token = (name: string, expiresAt: string | null, revokedAt: string | null = null): ApiToken => ({ id: name, account: 'a1', name, scopes: [], createdAt: '2026-01-01T00:00:00Z', expiresAt, revokedAt, lastUsedAt: null });

it('points out tokens that end soon or ended lately, by name, account and next step, and no others', () => {
  const tokens = [token('lasting', null), token('later', '2027-03-16T00:00:00Z'), token('soon', '2027-03-14T00:00:00Z'), token('over', '2027-02-20T00:00:00Z'), token('longOver', '2027-02-01T00:00:00Z'), token('revoked', '2027-03-02T00:00:00Z', '2027-02-28T00:00:00Z')];
  const found = tokenProblems(tokens, [{ id: 'a1', name: 'robot' }], now);
  expect(found.map(({ code, parameters }) => [code, parameters['name'], parameters['account']])).toEqual([['token.expiresSoon', 'soon', 'robot'], ['token.expired', 'over', 'robot']]);
  expect(found[0]?.text('en')).toContain('zveno token create robot');
  expect(found[1]?.text('ru')).toContain('zveno token revoke over');
});
