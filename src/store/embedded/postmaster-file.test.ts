import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePostmasterFile } from './postmaster-file.ts';

describe('postmaster.pid', () => {
  it('is read as far as it is written', () => {
    const whole = '4711\n/data/postgresql\n1795522622\n5432\n/data/run\n\n  8650756         3\nready   \n';
    expect(parsePostmasterFile(whole)).toEqual({ pid: 4711, port: 5432, socketFolder: '/data/run', status: 'ready' });
    expect(parsePostmasterFile('4711\n/data')).toEqual({ pid: 4711, port: undefined, socketFolder: undefined, status: undefined });
    expect(parsePostmasterFile('-4711\n')).toMatchObject({ pid: 4711 });
  });

  it('is unreadable rather than half believed, and never breaks its reader', () => {
    for (const text of ['', '\n', '0\n', 'x\n', '1.5\n', '99999999999999999999\n']) expect(parsePostmasterFile(text)).toBe('unreadable');
    fc.assert(
      fc.property(fc.string(), (text) => {
        const read = parsePostmasterFile(text);
        return read === 'unreadable' || read.pid > 0;
      }),
    );
  });
});
