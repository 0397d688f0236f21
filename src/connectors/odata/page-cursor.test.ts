import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../sdk/index.ts';
import { firstPage, nextCursor, parseCursor, printCursor, resolveLink, type PageCursor } from './page-cursor.ts';

/** Reads a set of numbered rows as the connector does, from a server that cuts windows into pages of its own. */
function readAll(rows: number, windowRows: number, serverRows: number): readonly number[] {
  const read: number[] = [];
  let cursor: PageCursor | undefined = firstPage;
  while (cursor !== undefined) {
    const from: number = cursor.skip + cursor.seen;
    const windowEnd: number = windowRows === 0 ? rows : Math.min(rows, cursor.skip + windowRows);
    const to: number = Math.min(windowEnd, from + serverRows);
    const page = Array.from({ length: Math.max(0, to - from) }, (_each, index) => from + index);
    read.push(...page);
    const next: PageCursor | undefined = nextCursor(cursor, {
      connection: 'base', set: 'S', windowRows, rows: page.length, next: to < windowEnd ? `link-${to}` : undefined, body: new TextEncoder().encode(page.join()),
    });
    cursor = next === undefined ? undefined : parseCursor('base', printCursor(next));
  }
  return read;
}

describe('reading page by page', () => {
  it('gives every row once and in order, however window and server cut them', () => {
    fc.assert(fc.property(fc.nat(200), fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 30 }), (rows, windowRows, serverRows) => {
      expect(readAll(rows, windowRows, serverRows)).toEqual(Array.from({ length: rows }, (_each, index) => index));
    }));
  });

  it('finds a circle of any length after any beginning', () => {
    fc.assert(fc.property(fc.nat(20), fc.integer({ min: 1, max: 20 }), (beginning, circle) => {
      let cursor: PageCursor | undefined = firstPage;
      let page = 0;
      const read = (): void => {
        for (; page < 200 && cursor !== undefined; page++) {
          const shown = page < beginning ? page : beginning + ((page - beginning) % circle);
          cursor = nextCursor(cursor, { connection: 'base', set: 'S', windowRows: 1, rows: 1, next: undefined, body: new TextEncoder().encode(`page ${shown}`) });
        }
      };
      expect(read).toThrow(Failure);
      expect(page).toBeLessThan(4 * (beginning + circle) + 4);
    }));
  });

  it('ends at the bound of pages', () => {
    const cursor = { ...firstPage, page: 999_999 };
    expect(() => nextCursor(cursor, { connection: 'base', set: 'S', windowRows: 1, rows: 1, next: undefined, body: new Uint8Array() })).toThrow(expect.objectContaining({ code: 'odata.tooManyPages' }));
  });
});

describe('a link to the next page', () => {
  const service = new URL('http://host/торговля/odata/standard.odata');
  const page = 'http://host/торговля/odata/standard.odata/Catalog';

  it.each(['Catalog?$skiptoken=1', '/%d1%82%D0%BE%D1%80%D0%B3%D0%BE%D0%B2%D0%BB%D1%8F/odata/standard.odata/X?a=b#c', 'http://host:80/торговля/odata/standard.odata/X'])('is followed to %s inside the service', (link) => {
    expect(resolveLink('base', service, page, link).href).toMatch(/^http:\/\/host\/%D1%82|^http:\/\/host\/%d1%82/);
    expect(resolveLink('base', service, page, link).hash).toBe('');
  });

  it.each(['http://host.evil/', 'http://user@host/торговля/odata/standard.odata/X', '../../../торговля2/odata/standard.odata', '..', '%2e%2e/%2e%2e/x', '/торговля%2Fodata/standard.odata/X', 'http://host:81/торговля/odata/standard.odata/X', 'javascript:1', '\\\\evil\\x'])('is not followed to %s', (link) => {
    expect(() => resolveLink('base', service, page, link)).toThrow(expect.objectContaining({ code: 'odata.nextLinkForeign' }));
  });
});
