import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseSocketFolder } from './socket-folder.ts';

const id = '0123456789abcdef0123456789abcdef';

describe('the socket folder', () => {
  it('lies in the data folder when the path is short enough', () => {
    expect(chooseSocketFolder({ path: '/var/lib/zveno', id }, '/run')).toBe('/var/lib/zveno/run');
  });

  it('is elsewhere, with a name of its own, when it is not', () => {
    expect(chooseSocketFolder({ path: `/${'я'.repeat(50)}`, id }, '/run')).toBe('/run/zveno-0123456789abcdef');
  });

  it('always leaves room for the name of the socket, in bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (name) => {
        const folder = chooseSocketFolder({ path: `/${name}`, id }, '/tmp');
        return Buffer.byteLength(`${folder}/.s.PGSQL.65535.lock`) <= 107;
      }),
    );
  });
});
