/** Sizes of pages follow the weight of rows and the time of answers. */
import { describe, expect, it } from 'vitest';
import { Decimal } from '../../sdk/index.ts';
import { answer } from '../../sdk/testing/server.ts';
import { createPageSizes } from './page-sizes.ts';
import { startBase } from './testing/base.ts';

const MiB = 1024 * 1024;

describe('the size of a page', () => {
  it('is what the route wants while nothing speaks against it', () => {
    const sizes = createPageSizes();
    expect(sizes.rowsFor('a', 1_000)).toBe(1_000);
    sizes.learn('a', { rows: 1_000, bytes: MiB, ms: 500 });
    expect(sizes.rowsFor('a', 5_000)).toBe(5_000);
  });

  it.each([['heavy', { rows: 1_000, bytes: 32 * MiB, ms: 500 }, 250], ['slow', { rows: 1_000, bytes: MiB, ms: 80_000 }, 250], ['one of which is too heavy', { rows: 1, bytes: 100 * MiB, ms: 1 }, 1]])('shrinks where rows are %s, and grows again by twice at most', (_what, page, next) => {
    const sizes = createPageSizes();
    sizes.learn('a', page);
    expect(sizes.rowsFor('a', 1_000)).toBe(next);
    sizes.learn('a', { rows: next, bytes: 1_000, ms: 1 });
    expect(sizes.rowsFor('a', 1_000)).toBe(Math.min(1_000, next * 2));
    expect(sizes.rowsFor('other', 1_000)).toBe(1_000);
  });

  it('is halved by a page that was too much, down to one row', () => {
    const sizes = createPageSizes();
    expect([sizes.shrink('a', 3), sizes.shrink('a', 1)]).toEqual([1, 1]);
    for (let set = 0; set < 500; set++) sizes.shrink(`set ${set}`, 10);
    expect([sizes.rowsFor('set 0', 10), sizes.rowsFor('set 499', 10)]).toEqual([10, 5]);
  });
});

describe('a query over a slow service', () => {
  it('asks for fewer rows on the next page, and has each row once', async () => {
    let nowMs = 0;
    const all = Array.from({ length: 25 }, (_one, index) => ({ Id: String(index).padStart(2, '0') }));
    await using base = await startBase('v4', ({ url }, response) => {
      const asked = new URL(url, 'http://x').searchParams;
      const [skip, top] = [Number(asked.get('$skip') ?? 0), Number(asked.get('$top'))];
      nowMs += top * 4_000;
      answer(response, 200, { value: all.slice(skip, skip + top) });
    }, { clock: { monotonicMs: () => nowMs } });
    const ids: unknown[] = [];
    let cursor: unknown = null;
    do {
      const receipt = await base.send('query', { set: 'Items', pageRows: 10 }, { cursor: cursor as string | null });
      const { rows, next } = receipt.response as unknown as { rows: { Id: string }[]; next: string | null };
      ids.push(...rows.map(({ Id }) => Id));
      cursor = next;
    } while (cursor !== null);
    expect(ids).toEqual(all.map(({ Id }) => Id));
    expect(base.asked().map((line) => Number(/\$top=(\d+)/.exec(line)?.[1]))).toEqual([10, 5, 5, 5, 5]);
    expect(new Decimal(ids.length).equals(25)).toBe(true);
  });

  it('asks for half after a page that did not come in time', async () => {
    let calls = 0;
    await using base = await startBase('v4', (_request, response) => (++calls === 1 ? void response.writeHead(504).end() : answer(response, 200, { value: [] })));
    expect(await base.send('query', { set: 'Items', pageRows: 100 })).toMatchObject({ kind: 'error', failure: { next: { kind: 'retry' } } });
    await base.send('query', { set: 'Items', pageRows: 100 });
    expect(base.asked().map((line) => Number(/\$top=(\d+)/.exec(line)?.[1]))).toEqual([100, 50]);
    expect(base.log.lines).toContainEqual(expect.stringMatching(/^warn odata\.pageShrunk .*"rows":50/));
  });
});
