import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kindsOf, parseAddress, readHost } from './address.ts';

const kinds = (host: string): readonly string[] => {
  const read = readHost(host);
  return read.kind === 'address' ? kindsOf(read.address.bytes) : [read.kind];
};

describe('an address in any spelling', () => {
  it.each([
    ['127.0.0.1', ['loopback']], ['127.255.1.2', ['loopback']], ['2130706433', ['loopback']], ['0x7f000001', ['loopback']], ['0177.0.0.1', ['loopback']],
    ['127.1', ['loopback']], ['0x7f.1', ['loopback']], ['017700000001', ['loopback']], ['１２７.0.0.1', ['loopback']], ['127.0.0.1.', ['loopback']],
    ['0.0.0.0', ['unspecified']], ['0', ['unspecified']], ['0.1.2.3', ['unspecified']], ['::', ['unspecified']], ['[::]', ['unspecified']],
    ['::1', ['loopback']], ['[::1]', ['loopback']], ['0:0:0:0:0:0:0:1', ['loopback']],
    ['169.254.169.254', ['metadata']], ['0xa9fea9fe', ['metadata']], ['fd00:ec2::254', ['metadata']], ['169.254.7.7', ['linkLocal']], ['fe80::1%eth0', ['linkLocal']], ['febf::1', ['linkLocal']],
    ['::ffff:127.0.0.1', ['mapped', 'loopback']], ['::ffff:7f00:1', ['mapped', 'loopback']], ['::ffff:10.0.0.1', ['mapped']], ['::127.0.0.1', ['mapped', 'loopback']], ['::ffff:0:127.0.0.1', ['mapped', 'loopback']],
    ['64:ff9b::127.0.0.1', ['nat64', 'loopback']], ['64:ff9b::a9fe:a9fe', ['nat64', 'metadata']], ['64:ff9b:1::1', ['nat64', 'unspecified']],
    ['2002:7f00:1::', ['6to4', 'loopback']], ['2001:0:0:0:0:0:80ff:fffe', ['teredo', 'loopback']],
    ['224.0.0.1', ['multicast']], ['ff02::1', ['multicast']], ['255.255.255.255', ['reserved']],
    ['10.0.0.5', []], ['192.168.1.1', []], ['172.16.0.1', []], ['8.8.8.8', []], ['2a00:1450::1', []], ['fd12::1', []],
  ])('%s is %j', (host, expected) => {
    expect(kinds(host)).toEqual(expected);
  });

  it.each(['', '.', 'a..b', '1.2.3.256', '1.2.3.4.5', '256.1', '08.0.0.1', 'a b', 'a\0b', 'a/b', 'a\nb', '127.0.0.1/x', 'user@host', '::1::', '1:2:3', ':::', '::ffff:1.2.3.256', 'fe80::1%', `${'a'.repeat(64)}.ru`, '0x100000000'])('"%s" is refused and never asked of DNS', (host) => {
    expect(kinds(host)).toEqual(['invalid']);
  });

  it.each([['example.ru', 'example.ru'], ['пример.рф', 'xn--e1afmkfd.xn--p1ai'], ['localhost', 'localhost'], ['1c-server', '1c-server'], ['db_1.local', 'db_1.local']])('%s is a name to resolve', (host, name) => {
    expect(readHost(host)).toEqual({ kind: 'name', name });
  });

  it('every IPv4 address has the same kinds when mapped into IPv6', () => {
    fc.assert(fc.property(fc.ipV4(), (text) => {
      const plain = parseAddress(text);
      const mapped = parseAddress(`::ffff:${text}`);
      expect(plain).toBeDefined();
      expect(kindsOf(mapped?.bytes ?? new Uint8Array())).toEqual(['mapped', ...kindsOf(plain?.bytes ?? new Uint8Array())]);
    }));
  });

  it('every spelling of one IPv4 number is one address', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 0xffffffff }), (number) => {
      const spellings = [String(number), `0x${number.toString(16)}`, `0${number.toString(8)}`];
      expect(new Set(spellings.map((text) => JSON.stringify(readHost(text)))).size).toBe(1);
    }));
  });
});
