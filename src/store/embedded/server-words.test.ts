import { describe, expect, it } from 'vitest';
import { lockHolder, reasonIn, speaksOfFullDisk, speaksOfTakenPort } from './server-words.ts';

describe("the server's words", () => {
  it.each([
    'FATAL:  could not write lock file "postmaster.pid": No space left on device',
    'FATAL:  could not extend file "base/1/2691": wrote only 4096 of 8192 bytes at block 8',
    'initdb: error: could not write file: Disk quota exceeded',
  ])('tell of a full disk: %s', (text) => expect(speaksOfFullDisk(text)).toBe(true));

  it('tell of a taken port', () => {
    expect(speaksOfTakenPort('LOG:  could not bind IPv4 address "127.0.0.1": Address already in use\nFATAL:  could not create any TCP/IP sockets')).toBe(true);
    expect(speaksOfTakenPort('FATAL:  the database system is starting up')).toBe(false);
  });

  it('tell who holds a folder', () => {
    const text = 'FATAL:  lock file "postmaster.pid" already exists\nHINT:  Is another postmaster (PID 4711) running in data directory "/d"?';
    expect(lockHolder(text)).toBe('4711');
    expect(lockHolder('FATAL:  data directory "/d" has wrong ownership')).toBeUndefined();
  });

  it.each([
    ['running bootstrap script ... 2026-11-22 12:41:57.093 UTC [16915] FATAL:  out of luck\nchild process exited', 'out of luck'],
    ['a\ninitdb: error: could not access directory "/x"\ninitdb: hint: look', 'could not access directory "/x"'],
    ['only this\n\n', 'only this'],
    ['', '?'],
  ])('give the reason of %j', (text, reason) => expect(reasonIn(text)).toBe(reason));
});
