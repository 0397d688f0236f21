import fc from 'fast-check';
import { expect, test } from 'vitest';
import { permissions, withBrought, type Permission } from './permission.ts';
import { beyond, rightsOf, type Grants } from './rights.ts';
import { accessRules, administratorRole, builtInRoles, type Role } from './role.ts';

const role = (name: string, fields: Partial<Role> = {}): Role => ({ name, title: {}, enabled: true, permissions: [], records: [], ...fields });
const orders = { template: 'Order', verbs: ['read'], owner: null, where: null } as const;

const rules = accessRules(
  [role('clerk', { permissions: ['api.call'], records: [orders] }), role('off', { enabled: false, permissions: [...permissions] })],
  [{ name: 'north', title: {}, roles: ['clerk', 'off', 'gone'] }],
);

test('an account has what it has by itself, by its roles and by the roles of its groups; what is off or gone gives nothing', () => {
  const rights = rightsOf({ permissions: ['messages.view'], roles: ['off', 'neverWas'], groups: ['north', 'nowhere'] }, rules);
  expect([...rights.permissions].sort()).toEqual(['api.call', 'messages.view']);
  expect(rights).toMatchObject({ roles: ['clerk'], administrator: false, records: [orders] });
});

test('only the role of system administrators makes an administrator, not all permissions together', () => {
  expect(rightsOf({ permissions: [...permissions], roles: [], groups: [] }, rules).administrator).toBe(false);
  expect(rightsOf({ permissions: [], roles: [administratorRole], groups: [] }, rules).administrator).toBe(true);
});

test('a right to edit brings the right to see along, and what a permission brings brings nothing new when asked again', () => {
  expect(withBrought(['configuration.edit'])).toContain('connections.view');
  expect(withBrought(['configuration.edit'])).not.toContain('code.edit');
  for (const permission of permissions) expect(withBrought(withBrought([permission]))).toEqual(withBrought([permission]));
});

const anyGrants: fc.Arbitrary<Grants> = fc.record({
  permissions: fc.subarray([...permissions] as Permission[]),
  roles: fc.subarray([...builtInRoles.map(({ name }) => name), 'clerk', 'off']),
  groups: fc.subarray(['north']),
});

test('nothing is beyond itself, and whoever has more roles has no fewer rights', () => {
  fc.assert(fc.property(anyGrants, anyGrants, (one, other) => {
    const less = rightsOf(one, rules);
    const more = rightsOf({ permissions: [...one.permissions, ...other.permissions], roles: [...one.roles, ...other.roles], groups: [...one.groups, ...other.groups] }, rules);
    expect(beyond(less, less)).toEqual([]);
    expect(beyond(less, more)).toEqual([]);
    if (more.administrator && !less.administrator) expect(beyond(more, less)).toContain(administratorRole);
  }));
});

test('a bounded right to records is covered by an unbounded one and by its like, and covers neither the unbounded nor another one', () => {
  const bounded = rightsOf({ permissions: [], roles: ['bounded'], groups: [] }, accessRules([role('bounded', { records: [{ ...orders, owner: '_createdBy' }] })], []));
  const unbounded = rightsOf({ permissions: [], roles: ['clerk'], groups: [] }, rules);
  expect(beyond(bounded, unbounded)).toEqual([]);
  expect(beyond(bounded, bounded)).toEqual([]);
  expect(beyond(unbounded, bounded)).toEqual(['api.call', 'Order: read']);
  expect(beyond(unbounded, rightsOf({ permissions: ['api.call', 'records.view'], roles: [], groups: [] }, rules))).toEqual([]);
});
