/** What has changed since last time, in the forms of V4 and V2. */
import { describe, expect, it } from 'vitest';
import { Decimal, type Value } from '../../sdk/index.ts';
import { answer } from '../../sdk/testing/server.ts';
import { parseRowId } from './row-id.ts';
import { startBase } from './testing/base.ts';
import type { EntitySet } from './edm.ts';

interface Changes {
  rows: Record<string, Value>[];
  removed: Record<string, Value>[];
  next: string | null;
  more: boolean;
  restarted: boolean;
}

const changesOf = ({ response }: { response: Value }): Changes => response as unknown as Changes;
const items = { set: 'Items' };

describe('changes', () => {
  it('of V4 are all rows at first, then what was changed and removed, over a cursor that says nothing to the caller', async () => {
    const answers: Record<string, unknown> = {
      'Items?$select=Name,Id': { value: [{ Id: '1', Count: 9007199254740991 }], '@odata.nextLink': 'Items?$skiptoken=2' },
      'Items?$skiptoken=2': { value: [{ Id: '2' }], '@odata.deltaLink': 'Items?$deltatoken=a' },
      'Items?$deltatoken=a': {
        value: [
          { Id: '2', Name: 'Новое' }, { '@removed': { reason: 'changed' }, Id: '1' }, { '@removed': { reason: 'deleted' }, '@id': "Items('a,''b/%D1%8F')" },
          { '@odata.context': '#Items/$deletedEntity', id: "http://x/Items('3')", reason: 'deleted' }, { '@odata.context': '#Items/$link', source: 'a', relationship: 'b', target: 'c' },
        ],
        '@odata.deltaLink': 'Items?$deltatoken=b',
      },
      'Items?$deltatoken=b': { value: [], '@odata.deltaLink': 'Items?$deltatoken=b' },
    };
    await using base = await startBase('v4', (request, response) => answer(response, 200, answers[decodeURIComponent(request.url).replace('/odata/service/', '')] ?? {}));
    const route = { ...items, select: ['Name'], pageRows: 7 };
    const first = changesOf(await base.send('changes', route));
    expect(first).toMatchObject({ rows: [{ Id: '1', Count: new Decimal('9007199254740991') }], removed: [], more: true, restarted: false });
    const second = changesOf(await base.send('changes', route, { cursor: first.next }));
    expect(second).toMatchObject({ rows: [{ Id: '2' }], more: false });
    const third = changesOf(await base.send('changes', route, { cursor: second.next }));
    expect(third).toMatchObject({
      rows: [{ Id: '2', Name: 'Новое' }], more: false,
      removed: [{ key: { Id: '1' }, id: null, reason: 'changed' }, { key: { Id: "a,'b/я" }, reason: 'deleted' }, { key: { Id: '3' }, id: "http://x/Items('3')", reason: 'deleted' }],
    });
    const fourth = changesOf(await base.send('changes', route, { cursor: third.next }));
    expect(fourth).toMatchObject({ rows: [], removed: [], more: false });
    expect(changesOf(await base.send('changes', route, { cursor: fourth.next }))).toMatchObject({ rows: [] });
    expect(base.seen.slice(1).every(({ headers }) => headers['prefer'] === 'odata.track-changes,odata.maxpagesize=7')).toBe(true);
  });

  it('of V2 follow __delta, and rows that an extractor of SAP marks as removed are', async () => {
    await using base = await startBase('sap', (request, response) => answer(response, 200, request.url.includes('deltatoken')
      ? { d: { results: [{ Id: '1', ODQ_CHANGEMODE: 'D' }, { Id: '2', ODQ_CHANGEMODE: 'U' }], __delta: "Items?!deltatoken='C'" } }
      : { d: { results: [{ Id: '1' }, { Id: '2' }], __delta: `${base.url}/odata/service/Items?!deltatoken='B'` } }));
    const first = changesOf(await base.send('changes', items));
    const second = changesOf(await base.send('changes', items, { cursor: first.next }));
    expect(second).toMatchObject({ rows: [{ Id: '2' }], removed: [{ key: { Id: '1' }, reason: 'deleted' }], more: false });
    expect(base.asked()).toEqual(['GET Items', "GET Items?!deltatoken='B'"]);
  });

  it('odata 41: that the service has forgotten demand a full reading, or begin one at once where the route says so', async () => {
    await using base = await startBase('v4', (request, response) => (request.url.includes('token') ? answer(response, 410, { error: { code: 'gone', message: 'gone' } }) : answer(response, 200, { value: [{ Id: '1' }], '@odata.deltaLink': 'Items?$deltatoken=a' })));
    const { next } = changesOf(await base.send('changes', items));
    expect(await base.send('changes', items, { cursor: next })).toMatchObject({ kind: 'error', status: 410, failure: { code: 'odata.deltaExpired', parameters: { set: 'Items' }, next: { kind: 'fail' } } });
    expect(await base.send('changes', { ...items, onExpired: 'restart' }, { cursor: next })).toMatchObject({ kind: 'ok', response: { rows: [{ Id: '1' }], restarted: true, more: false } });
    expect(base.asked()).toHaveLength(4);
  });

  it('odata 42: whose link leads elsewhere are refused, also when it comes back in a cursor', async () => {
    await using base = await startBase('v4', (_request, response) => answer(response, 200, { value: [], '@odata.deltaLink': 'http://evil.example/odata/service/Items?x' }));
    await expect(base.send('changes', items)).rejects.toMatchObject({ code: 'odata.nextLinkForeign' });
    const forged = Buffer.from(JSON.stringify({ page: 0, skip: 0, seen: 0, mark: '', link: '//evil.example/' })).toString('base64url');
    await expect(base.send('changes', items, { cursor: forged })).rejects.toMatchObject({ code: 'odata.nextLinkForeign' });
    expect(base.asked()).toHaveLength(1);
  });

  it('of a service that keeps no track of them are refused, and so is one whose pages come again', async () => {
    await using without = await startBase('v4', (_request, response) => answer(response, 200, { value: [{ Id: '1' }] }));
    await expect(without.send('changes', items)).rejects.toMatchObject({ code: 'odata.deltaUnsupported' });
    await using circling = await startBase('v4', (_request, response) => answer(response, 200, { value: [{ Id: '1' }], '@odata.nextLink': 'Items?$skiptoken=1' }));
    const { next } = changesOf(await circling.send('changes', items));
    await expect(circling.send('changes', items, { cursor: next })).rejects.toMatchObject({ code: 'odata.pagesRepeat' });
  });
});

describe('the address of a removed row', () => {
  const type = (keys: Record<string, string>): EntitySet => ({
    name: 'S', kind: 'generic', type: { name: 'N.S', kind: 'entity', keys: Object.keys(keys), navigations: new Map(), open: false, properties: new Map(Object.entries(keys).map(([name, edm]) => [name, { name, type: edm, collection: false, nullable: false, role: { kind: 'scalar' } }])) },
  });

  it.each<[string, Record<string, string>, Value | undefined]>([
    ["S('O''Neil')", { Id: 'Edm.String' }, { Id: "O'Neil" }],
    ["https://h/s/S(guid'2e11e0f0-fea6-45c1-8003-511ae023de33')", { Id: 'Edm.Guid' }, { Id: '2e11e0f0-fea6-45c1-8003-511ae023de33' }],
    ["S(A='x,y',B=7)", { A: 'Edm.String', B: 'Edm.Int32' }, { A: 'x,y', B: 7 }],
    ['S(9007199254740993L)', { Id: 'Edm.Int64' }, { Id: new Decimal('9007199254740993') }],
    ['S(%zz)', { Id: 'Edm.String' }, { Id: '%zz' }],
    ['S', { Id: 'Edm.String' }, undefined],
    ["S(Other='1')", { Id: 'Edm.String' }, undefined],
    ["S(A='1')", { A: 'Edm.String', B: 'Edm.Int32' }, undefined],
  ])('%s is its key', (id, keys, key) => {
    expect(parseRowId(type(keys), id)).toEqual(key);
  });
});
