import { expect, it } from 'vitest';
import { addressGroup } from './address-group.ts';

it('puts the addresses of one /64 together, however they are written, and leaves those of IPv4 alone', () => {
  const same = ['2001:db8:0:1::5', '2001:0db8:0000:0001:ffff::1', '2001:DB8::1:0:0:0:9', '2001:db8:0:1::'];
  expect(new Set(same.map(addressGroup))).toEqual(new Set(['2001:db8:0:1::/64']));
  expect(addressGroup('2001:db8:0:2::5')).not.toBe(addressGroup('2001:db8:0:1::5'));
  expect(['10.0.0.1', '::ffff:10.0.0.1', '::1', 'fe80::1%eth0'].map(addressGroup)).toEqual(['10.0.0.1', '10.0.0.1', '0:0:0:0::/64', 'fe80:0:0:0::/64']);
});
