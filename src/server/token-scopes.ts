/** Scopes as people write them for a new token, held against what there is. */
import { isBeyond, objectScopes, parseScope, wholeScopes, type TokenScope } from '../core/access/token-scope.ts';
import { permissions } from '../core/access/permission.ts';
import type { Rights } from '../core/access/rights.ts';
import { failure } from '../core/failure.ts';
import { nearestKnown } from '../core/nearest-known.ts';

/** Names of what scopes can be about. */
export type NamesOf = (kind: (typeof objectScopes)[keyof typeof objectScopes]) => readonly string[];

/** Throws `account.scopeUnknown` with the nearest one, `account.scopeTooWide` for what the account has no right to. */
export function assertScopes(scopes: readonly string[], account: string, rights: Rights, names: NamesOf): void {
  const parsed = scopes.map((text) => ({ text, scope: known(text, names) }));
  const lacking = parsed.filter(({ scope }) => isBeyond(scope, rights)).map(({ text }) => text);
  if (lacking.length > 0) throw failure('account.scopeTooWide', { account, scopes: lacking });
}

function known(text: string, names: NamesOf): TokenScope {
  const scope = parseScope(text);
  if (scope === null) throw failure('account.scopeUnknown', { scope: text.slice(0, 200), nearest: nearestKnown(text.split(':').slice(0, 2).join(':'), [...Object.keys(objectScopes), ...wholeScopes, ...permissions, '*']) });
  if (scope.kind !== 'object' || scope.object === '*') return scope;
  const there = names(objectScopes[scope.word]);
  if (!there.includes(scope.object)) throw failure('account.scopeUnknown', { scope: text.slice(0, 200), nearest: `${scope.word}:${nearestKnown(scope.object, there)}` });
  return scope;
}
