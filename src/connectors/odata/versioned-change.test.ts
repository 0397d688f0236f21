/** Conditions of a change: versions that a service demands, rows that have changed, rows that must or must not be there. */
import { describe, expect, it } from 'vitest';
import { answer } from '../../sdk/testing/server.ts';
import { startBase } from './testing/base.ts';

const items = { set: 'Items' };
const row = { Id: '1', Name: 'b' };

describe('a change', () => {
  it.each([['v4', 'PATCH', '*'], ['sap', 'MERGE', undefined]] as const)('odata 37: that a service of %s takes only under a version is made under the one that the row has now', async (dialect, method, first) => {
    await using base = await startBase(dialect, (request, response) => {
      if (request.headers['x-csrf-token'] === 'Fetch') return answer(response, 200, {}, { 'x-csrf-token': 'a' });
      if (request.method === 'GET') return answer(response, 200, { Id: '1', Name: 'a' }, { etag: 'W/"7"' });
      return request.headers['if-match'] === 'W/"7"' ? answer(response, 200, row) : answer(response, 428, { error: { code: 'x', message: 'If-Match required' } });
    });
    expect(await base.send('update', items, row)).toMatchObject({ kind: 'ok' });
    expect(base.seen.filter((seen) => seen.method === method).map(({ headers }) => headers['if-match'])).toEqual([first, 'W/"7"']);
    expect(await base.send('delete', items, { Id: '1' })).toMatchObject({ kind: 'ok' });
  });

  it('odata 37: of a row that has changed meanwhile is refused with what to do, and so is a demand that the route did not leave open', async () => {
    await using base = await startBase('v4', (request, response) => answer(response, request.headers['if-match'] === undefined ? 428 : 412, { error: { code: 'x', message: 'no' } }));
    const stale = await base.send('update', { ...items, match: 'etag' }, { ...row, etag: 'W/"1"' });
    expect(stale).toMatchObject({ kind: 'error', status: 412, failure: { code: 'odata.conflict', next: { kind: 'fail' } } });
    expect(stale.kind === 'error' && stale.failure.text('en')).toContain('Read it again');
    expect(await base.send('update', { ...items, match: 'none' }, row)).toMatchObject({ failure: { code: 'odata.etagNeeded' } });
    expect(base.asked()).toEqual(["PATCH Items('1')", "PATCH Items('1')"]);
  });

  it('that a service demands a version for and gives none is refused with that demand', async () => {
    await using base = await startBase('v4', (request, response) => (request.method === 'GET' ? answer(response, 200, { Id: '1' }) : answer(response, 428, {})));
    expect(await base.send('update', items, row)).toMatchObject({ failure: { code: 'odata.etagNeeded' } });
  });

  it('that is meant to create the row alone says so, and one that is there is told as such', async () => {
    await using base = await startBase('v4', (request, response) => answer(response, request.url.includes('1') ? 412 : 201, { Id: '2', Name: 'b' }));
    expect(await base.send('update', { ...items, match: 'absent' }, { Id: '2', Name: 'b' })).toMatchObject({ kind: 'ok' });
    expect(await base.send('update', { ...items, match: 'absent' }, row)).toMatchObject({ kind: 'error', failure: { code: 'odata.keyExists' } });
    expect(base.seen.slice(1).map(({ headers }) => [headers['if-match'], headers['if-none-match']])).toEqual([[undefined, '*'], [undefined, '*']]);
  });

  it('odata 39: whose token has run out is sent once more with a new one, and not again after that', async () => {
    let issued = 0;
    const answers = [403, 201, 403, 403];
    await using base = await startBase('v2', (request, response) => {
      if (request.headers['x-csrf-token'] === 'Fetch') return answer(response, 200, {}, { 'x-csrf-token': `t${++issued}`, 'set-cookie': ['a=1; Path=/; HttpOnly', 'b=2; Expires=Mon, 01 Jan 2029 00:00:00 GMT'] as unknown as string });
      const status = answers.shift() ?? 500;
      return answer(response, status, status === 403 ? 'CSRF token validation failed' : { d: row }, status === 403 ? { 'x-csrf-token': 'Required' } : {});
    });
    expect(await base.send('create', items, row)).toMatchObject({ kind: 'ok' });
    expect(await base.send('create', items, row)).toMatchObject({ kind: 'error', failure: { code: 'odata.noRights' } });
    const posts = base.seen.filter(({ method }) => method === 'POST');
    expect(posts.map(({ headers }) => [headers['x-csrf-token'], headers.cookie])).toEqual([[undefined, undefined], ['t1', 'a=1; b=2'], ['t1', 'a=1; b=2'], ['t2', 'a=1; b=2']]);
  });
});
