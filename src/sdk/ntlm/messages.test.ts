/** NTLMv2 against the values that MS-NLMP (4.2) and RFC 1320 publish, and against challenges that are none. */
import { describe, expect, it } from 'vitest';
import { authenticateMessage, negotiateMessage, ntlmUser, ntlmv2, passwordKey, readChallenge, type Answering } from './messages.ts';
import { md4 } from './md4.ts';

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');
const user = { domain: 'Domain', name: 'User' };

function member(id: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, value]);
}

function challengeMessage(info: Buffer, flags = 0xe28a8233): Buffer {
  const head = Buffer.alloc(56);
  Buffer.from('NTLMSSP\0', 'latin1').copy(head);
  head.writeUInt32LE(2, 8);
  head.writeUInt32LE(flags >>> 0, 20);
  Buffer.from('0123456789abcdef', 'hex').copy(head, 24);
  head.writeUInt16LE(info.length, 40);
  head.writeUInt16LE(info.length, 42);
  head.writeUInt32LE(56, 44);
  return Buffer.concat([head, info]);
}

const names = Buffer.concat([member(2, utf16('Domain')), member(1, utf16('Server')), Buffer.alloc(4)]);

function answering(): Answering {
  const challenged = challengeMessage(names);
  const challenge = readChallenge(challenged);
  if (challenge === undefined) throw new Error('no challenge');
  return { user, password: 'Password', challenge, negotiated: negotiateMessage(), challenged, target: 'HTTP/server', channelBindings: Buffer.alloc(16), client: Buffer.alloc(8, 0xaa), nowMs: Date.UTC(2026, 10, 28) };
}

describe('NTLMv2', () => {
  it.each([['', '31d6cfe0d16ae931b73c59d7e0c089c0'], ['abc', 'a448017aaf21d8525fc10ae87aa6729d'], ['message digest', 'd9130a8164549fe818874806e1c7014b'], ['12345678901234567890123456789012345678901234567890123456789012345678901234567890', 'e33b4ddc9c38f2199c3e7b164fcc0536']])('takes MD4 of "%s" as RFC 1320 does', (text, digest) => {
    expect(md4(Buffer.from(text)).toString('hex')).toBe(digest);
  });

  it('makes the key of a password as MS-NLMP does, and takes a name in any case', () => {
    expect(md4(utf16('Password')).toString('hex')).toBe('a4f49c406510bdcab6824ee7c30fd852');
    expect(passwordKey(user, 'Password').toString('hex')).toBe('0c868a403bfd7a93a3001ef22ef02e3f');
    expect(passwordKey({ domain: 'Domain', name: 'uSER' }, 'Password')).toEqual(passwordKey(user, 'Password'));
    expect(passwordKey({ domain: 'DOMAIN', name: 'User' }, 'Password')).not.toEqual(passwordKey(user, 'Password'));
  });

  it('tells a domain by its backslash, and leaves a name with @ whole', () => {
    expect(['ФИРМА\\обмен', 'обмен@фирма.рф', 'обмен'].map(ntlmUser)).toEqual([{ domain: 'ФИРМА', name: 'обмен' }, { domain: '', name: 'обмен@фирма.рф' }, { domain: '', name: 'обмен' }]);
  });

  it('never gives an answer of the older kinds, whatever the server says of itself', () => {
    const message = authenticateMessage(answering());
    const [length, offset] = [message.readUInt16LE(12), message.readUInt32LE(16)];
    expect(message.subarray(offset, offset + length)).toEqual(Buffer.alloc(24));
    expect(message.readUInt16LE(20)).toBeGreaterThan(44);
    expect(readChallenge(challengeMessage(names, 0xe28a8233 & ~0x80_0000))).toBeUndefined();
    expect(readChallenge(challengeMessage(names, 0xe28a8233 & ~1))).toBeUndefined();
  });

  it('names whom it is for, that it is protected, and the connection that it goes over; other members stay', () => {
    const { response } = ntlmv2({ ...answering(), channelBindings: Buffer.alloc(16, 7) });
    const blob = response.subarray(16).toString('hex');
    for (const expected of [member(9, utf16('HTTP/server')), member(6, Buffer.from([2, 0, 0, 0])), member(10, Buffer.alloc(16, 7)), member(1, utf16('Server'))]) expect(blob).toContain(expected.toString('hex'));
  });

  it('takes the time of the server where it tells one', () => {
    const time = Buffer.from('0102030405060708', 'hex');
    const challenge = readChallenge(challengeMessage(Buffer.concat([member(7, time), Buffer.alloc(4)])));
    if (challenge === undefined) throw new Error('no challenge');
    expect(ntlmv2({ ...answering(), challenge }).response.subarray(24, 32)).toEqual(time);
  });

  it.each<[string, Buffer]>([
    ['empty', Buffer.alloc(0)], ['of another kind', negotiateMessage()], ['cut off', challengeMessage(names).subarray(0, 60)],
    ['with members that run beyond its end', challengeMessage(Buffer.from([1, 0, 0xff, 0xff]))], ['without an end of its members', challengeMessage(member(1, utf16('S')))], ['of something else', Buffer.alloc(80, 0x41)],
  ])('takes a challenge that is %s for none', (_name, message) => {
    expect(readChallenge(message)).toBeUndefined();
  });
});
