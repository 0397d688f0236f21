import { describe, expect, it } from 'vitest';
import { answer } from '../../sdk/testing/server.ts';
import { createSessionKeeper, sessionHeaders } from './onec-session.ts';
import { startBase } from './testing/base.ts';

describe('a session of 1C', () => {
  it('is asked for until one is given, and then used again', () => {
    const keeper = createSessionKeeper(4);
    const first = keeper.take();
    expect(sessionHeaders(first)).toEqual({ ibsession: 'start' });
    keeper.give(first, 'other=1; path=/, ibsession=abc-1; path=/; HttpOnly', false);
    const second = keeper.take();
    expect(sessionHeaders(second)).toEqual({ cookie: 'ibsession=abc-1' });
    // One request at a time: whoever comes meanwhile starts another.
    expect(sessionHeaders(keeper.take())).toEqual({ ibsession: 'start' });
    keeper.give(second, undefined, false);
    expect(keeper.take()).toEqual({ cookie: 'ibsession=abc-1' });
  });

  it('is forgotten after an answer that may mean its end, and beyond the number that is kept', () => {
    const keeper = createSessionKeeper(1);
    keeper.give({ cookie: 'ibsession=a' }, undefined, true);
    expect(keeper.take()).toEqual({ cookie: undefined });
    keeper.give({ cookie: undefined }, 'ibsession=b', false);
    keeper.give({ cookie: undefined }, 'ibsession=c', false);
    expect([keeper.take(), keeper.take()]).toEqual([{ cookie: 'ibsession=b' }, { cookie: undefined }]);
  });

  it('that a server does not give is not missed', () => {
    const keeper = createSessionKeeper(4);
    keeper.give(keeper.take(), undefined, false);
    expect(keeper.take()).toEqual({ cookie: undefined });
  });
});

it.each([['1c', 'auto', ['start', 'ibsession=abc-1', 'ibsession=abc-1']], ['1c', 'off', [undefined, undefined, undefined]], ['v4', 'auto', [undefined, undefined, undefined]]] as const)('calls over a service of %s with sessions %s carry %j', async (dialect, onecSession, expected) => {
  await using base = await startBase(dialect, (_request, response) => answer(response, 200, { value: [] }, { 'set-cookie': 'ibsession=abc-1; path=/; HttpOnly' }), { properties: { onecSession } });
  for (let call = 0; call < 3; call += 1) await base.send('query', { set: 'Items' });
  const rows = base.seen.filter(({ url }) => !url.endsWith('$metadata'));
  expect(rows.map(({ headers }) => headers['ibsession'] ?? headers.cookie)).toEqual(expected);
});

it('a session whose request was refused is not used again', async () => {
  let status = 200;
  await using base = await startBase('1c', (_request, response) => answer(response, status, status === 200 ? { value: [] } : {}, status === 200 ? { 'set-cookie': 'ibsession=abc-1' } : {}));
  await base.send('query', { set: 'Items' });
  status = 400;
  await base.send('query', { set: 'Items' });
  await base.send('query', { set: 'Items' });
  expect(base.seen.filter(({ url }) => !url.endsWith('$metadata')).map(({ headers }) => headers['ibsession'] ?? headers.cookie)).toEqual(['start', 'ibsession=abc-1', 'start']);
});
