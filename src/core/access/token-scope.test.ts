import fc from 'fast-check';
import { expect, it } from 'vitest';
import { permissions, type Permission } from './permission.ts';
import { recordAccess } from './record-access.ts';
import { rightsOf, type Rights } from './rights.ts';
import { accessRules, administratorRole, recordVerbs } from './role.ts';
import { isBeyond, narrowed, parseScope, scopesOf, wholeScopes, type TokenScope } from './token-scope.ts';

const rules = accessRules([{ name: 'clerk', title: {}, enabled: true, permissions: ['api.call'], records: [{ template: 'Order', verbs: ['read', 'edit'], owner: '_createdBy', where: null }] }], []);
const administrator = rightsOf({ permissions: [], roles: [administratorRole], groups: [] }, rules);
const clerk = rightsOf({ permissions: [], roles: ['clerk'], groups: [] }, rules);

const scopes = (...texts: string[]): TokenScope[] => texts.map((text) => parseScope(text) ?? expect.fail(`no scope: ${text}`));

it('reads words, permissions and the star, and nothing else', () => {
  expect(scopes('*', 'records.view', 'records:read', 'records:write:Order', 'messages:send:*', 'configuration:read')).toEqual([
    { kind: 'all' }, { kind: 'permission', permission: 'records.view', named: true }, { kind: 'object', word: 'records:read', object: '*' }, { kind: 'object', word: 'records:write', object: 'Order' },
    { kind: 'object', word: 'messages:send', object: '*' }, { kind: 'permission', permission: 'configuration.view', named: false },
  ]);
  for (const text of ['', 'records', 'records:', 'records:read:', 'records:read:a:b', 'configuration:read:x', 'messages:receive', 'records:view', 'api:call', '**', 'constructor:read']) expect([text, parseScope(text)]).toEqual([text, null]);
  expect(wholeScopes).toContain('audit:read');
  for (const word of wholeScopes) expect(parseScope(word)).toMatchObject({ kind: 'permission', named: false });
});

it('bounds an account that may everything to one template and verb, and leaves a bounded account its bounds', () => {
  const access = (rights: Rights, left: ReturnType<typeof narrowed>, template: string) => recordVerbs.filter((verb) => recordAccess({ permissions: left.may, records: left.records }, 'me', template, verb) !== null && rights !== null);
  const one = narrowed(scopes('records:read:Order'), administrator);
  expect([access(administrator, one, 'Order'), access(administrator, one, 'Customer'), [...one.may]]).toEqual([['read'], [], ['api.call']]);
  const write = narrowed(scopes('records:write:Order'), clerk);
  expect(access(clerk, write, 'Order')).toEqual(['read', 'edit']);
  expect(recordAccess({ permissions: write.may, records: write.records }, 'me', 'Order', 'edit')).toEqual({ filter: { op: 'eq', attribute: '_createdBy', value: 'me' } });
  expect(isBeyond(parseScope('records:read:Customer') ?? expect.fail(), clerk)).toBe(true);
  expect(isBeyond(parseScope('records:write:*') ?? expect.fail(), clerk)).toBe(false);
});

const anyScope = fc.constantFrom('*', ...permissions, ...wholeScopes, 'records:read:Order', 'records:write:Order', 'records:read:*', 'records:write:Customer', 'messages:send:orders', 'messages:send:*', 'scenarios:run:accept', 'connections:run:*');
const anyRights = fc.subarray([...permissions] as Permission[]).chain((own) => fc.subarray(['clerk', administratorRole]).map((roles) => rightsOf({ permissions: own, roles, groups: [] }, rules)));

it('never gives what the account has not, whatever the scopes', () => {
  fc.assert(fc.property(fc.array(anyScope, { maxLength: 5 }), anyRights, (texts, rights) => {
    const left = narrowed(scopes(...texts), rights);
    for (const permission of left.may) expect(rights.permissions.has(permission)).toBe(true);
    for (const permission of left.objects.keys()) expect(rights.permissions.has(permission)).toBe(true);
    for (const template of ['Order', 'Customer']) {
      for (const verb of recordVerbs) {
        const mine = recordAccess({ permissions: left.may, records: left.records }, 'me', template, verb);
        const all = recordAccess(rights, 'me', template, verb);
        if (mine !== null) expect(all).not.toBeNull();
        if (mine?.filter === null) expect(all?.filter).toBeNull();
      }
    }
  }));
});

it('says all of the rights of an account as scopes, the single templates of its roles included', () => {
  expect(scopesOf(clerk)).toEqual(['api.call', 'records:write:Order']);
  fc.assert(fc.property(anyRights, (rights) => {
    const left = narrowed(scopes(...scopesOf(rights)), rights);
    expect(left.may).toEqual(rights.permissions);
    for (const template of ['Order', 'Customer']) {
      for (const verb of recordVerbs) expect(recordAccess({ permissions: left.may, records: left.records }, 'me', template, verb)).toEqual(recordAccess(rights, 'me', template, verb));
    }
  }));
});
