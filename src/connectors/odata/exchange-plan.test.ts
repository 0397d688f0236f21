/** Packages of changes against the simulated 1C. */
import { describe, expect, it } from 'vitest';
import { startOnecBase, type OnecBase } from '../../../tests/onec/onec-base.ts';
import { Decimal, type ValueObject } from '../../sdk/index.ts';
import { callOf, sendOnce } from '../../sdk/testing/context.ts';
import { memoryDossier } from '../../sdk/testing/memory-dossier.ts';
import { startHttp } from '../../sdk/testing/server.ts';
import { readMetadata } from './metadata.ts';
import { readReference } from './row-reference.ts';

const plan = 'ExchangePlan_ОбменССайтом';
const catalog = 'Catalog_Контрагенты';

interface Node {
  Ref_Key: string;
  Code: string;
}

/** The nodes of the plan, the one of the base itself first. */
async function nodes({ client }: OnecBase): Promise<[own: Node, site: Node]> {
  const [own, site] = (await client.rows(plan)) as unknown as Node[];
  if (own === undefined || site === undefined) throw new Error('the plan has no nodes');
  return [own, site];
}

/** Somebody changes an item in 1C itself; its description afterwards. */
function change({ onec: { base } }: OnecBase, set: string, place: number, Description: string): string {
  const row = [...base.rows(set)][place];
  if (row === undefined) throw new Error(`${set} has no row ${place}`);
  base.write(set, { ...row, Description, DataVersion: base.nextVersion() });
  return Description;
}

const described = (read: ValueObject): unknown => (read['changes'] as { row?: { Description: string } }[]).map(({ row }) => row?.Description ?? null);

describe('a package of changes', () => {
  it('holds the rows, their table parts and what is gone, and comes again until it is confirmed', async () => {
    await using base = await startOnecBase({ now: () => Date.UTC(2026, 10, 28) });
    const [, { Ref_Key: node }] = await nodes(base);
    change(base, catalog, 0, 'Первый');
    change(base, catalog, 1, 'Второй');
    const [gone] = [...base.onec.base.rows('Catalog_Склады')];
    if (gone !== undefined) base.onec.base.remove('Catalog_Склады', gone);
    const read = await base.ask('selectChanges', { plan, node });
    expect(read).toMatchObject({ messageNo: new Decimal(1), entries: new Decimal(3), unsupported: [], broken: [] });
    const [first, , last] = read['changes'] as [ValueObject, ValueObject, ValueObject];
    const { rows } = await base.ask('query', { set: catalog, filter: { op: 'eq', field: 'Description', value: 'Первый' } });
    expect(JSON.stringify(first)).toBe(JSON.stringify({ set: catalog, key: { Ref_Key: (rows as [ValueObject])[0]['Ref_Key'] }, removed: false, row: (rows as [ValueObject])[0] }));
    expect(last).toEqual({ set: 'Catalog_Склады', key: { Ref_Key: gone?.['Ref_Key'] }, removed: true, when: expect.stringMatching(/Z$/) });
    expect(await base.ask('selectChanges', { plan, node })).toEqual(read);
    expect(await base.ask('confirmChanges', { plan, node }, read)).toEqual({ confirmed: true, repeated: false, superseded: false });
    expect(await base.ask('confirmChanges', { plan, node }, read)).toEqual({ confirmed: true, repeated: true, superseded: false });
    expect(await base.ask('selectChanges', { plan, node })).toMatchObject({ messageNo: null, entries: new Decimal(0), changes: [] });
  });

  it('that is empty is not confirmed', async () => {
    await using base = await startOnecBase();
    const [, { Code: node }] = await nodes(base);
    const empty = await base.ask('selectChanges', { plan, node });
    expect(await base.ask('confirmChanges', { plan, node }, empty)).toEqual({ confirmed: false, repeated: false, superseded: false });
    change(base, catalog, 0, 'Первый');
    expect(await base.ask('selectChanges', { plan, node })).toMatchObject({ messageNo: new Decimal(1) });
  });

  it('that has grown since is not confirmed by the caller who knows the smaller one', async () => {
    await using base = await startOnecBase();
    const [, { Ref_Key: node }] = await nodes(base);
    change(base, catalog, 0, 'Первый');
    const small = await base.ask('selectChanges', { plan, node });
    change(base, catalog, 1, 'Второй');
    const grown = await base.ask('selectChanges', { plan, node });
    expect(grown).toMatchObject({ messageNo: small['messageNo'] });
    expect(await base.ask('confirmChanges', { plan, node }, small)).toEqual({ confirmed: false, repeated: false, superseded: true });
    expect(described(await base.ask('selectChanges', { plan, node }))).toEqual(['Первый', 'Второй']);
    expect(await base.ask('confirmChanges', { plan, node }, grown)).toMatchObject({ confirmed: true });
  });

  it('leaves a change that comes between reading and confirming for the next one', async () => {
    await using base = await startOnecBase();
    const [, { Ref_Key: node }] = await nodes(base);
    change(base, catalog, 0, 'Первый');
    const read = await base.ask('selectChanges', { plan, node });
    change(base, catalog, 0, 'Первый снова');
    change(base, catalog, 1, 'Второй');
    await base.ask('confirmChanges', { plan, node }, read);
    const next = await base.ask('selectChanges', { plan, node });
    expect([next['messageNo'], described(next)]).toEqual([new Decimal(2), ['Первый снова', 'Второй']]);
  });

  it('of other sets alone is counted, and still has a number to be confirmed by', async () => {
    await using base = await startOnecBase();
    const [, { Ref_Key: node }] = await nodes(base);
    change(base, 'Catalog_Склады', 0, 'Склад');
    const read = await base.ask('selectChanges', { plan, node, sets: [catalog] });
    expect(read).toMatchObject({ messageNo: new Decimal(1), entries: new Decimal(1), changes: [], unsupported: [{ type: 'StandardODATA.Catalog_Склады', count: new Decimal(1) }] });
    expect(base.log.lines.find((line) => line.startsWith('warn odata.changesUnsupported'))).toContain('Catalog_Склады');
    expect(await base.ask('confirmChanges', { plan, node }, { messageNo: 1, token: read['token'] ?? null })).toMatchObject({ confirmed: true });
  });

  it('with an entry that cannot be read is refused, or hands it out alone where the route says so', async () => {
    await using base = await startOnecBase({ quirks: { brokenEntries: true } });
    const [, { Ref_Key: node }] = await nodes(base);
    change(base, catalog, 0, 'Пер\u0002вый');
    change(base, catalog, 1, 'Второй');
    await expect(base.send('selectChanges', { plan, node })).rejects.toMatchObject({ code: 'odata.changeBroken', parameters: { count: 1, address: expect.stringContaining(catalog) }, next: { kind: 'retry' } });
    const read = await base.ask('selectChanges', { plan, node, broken: 'report' });
    expect(described(read)).toEqual(['Второй']);
    expect(read['broken']).toEqual([{ address: expect.stringContaining(`${catalog}(guid'`), detail: expect.stringContaining('disallowed character'), raw: expect.stringMatching(/^<entry>.*вый.*<\/entry>$/s) }]);
    expect(read['entries']).toEqual(new Decimal(2));
  });

  it('that 1C cannot write because of one character is told with the character and the field', async () => {
    await using base = await startOnecBase();
    const [, { Ref_Key: node }] = await nodes(base);
    change(base, catalog, 0, 'Пер\u0002вый');
    const receipt = await base.send('selectChanges', { plan, node });
    expect(receipt).toMatchObject({ kind: 'error', failure: { code: 'odata.exchangeBlocked', parameters: { character: '<02>', detail: expect.stringContaining('Description') }, next: { kind: 'park' } } });
    if (receipt.kind === 'error') expect(receipt.failure.text('ru')).toContain('символ <02>');
  });

  it('that is larger than the route allows stays in 1C', async () => {
    await using base = await startOnecBase();
    const [, { Ref_Key: node }] = await nodes(base);
    change(base, catalog, 0, 'x'.repeat(2_000));
    await expect(base.send('selectChanges', { plan, node, maxBytes: 1_000 })).rejects.toMatchObject({ code: 'odata.packageTooLarge', parameters: { limit: 1_000 } });
    expect(await base.ask('selectChanges', { plan, node })).toMatchObject({ messageNo: new Decimal(1) });
  });
});

describe('a node', () => {
  it('that is this base itself is refused, with those that may be read', async () => {
    await using base = await startOnecBase();
    const [own, site] = await nodes(base);
    await expect(base.send('selectChanges', { plan, node: own.Ref_Key })).rejects.toMatchObject({ code: 'odata.exchangeNodeOwn', parameters: { nodes: expect.stringContaining(site.Ref_Key) } });
  });

  it.each([['unknown', plan, 'нет такого', 'odata.exchangeNodeUnknown'], ['of no plan', catalog, '1', 'odata.exchangePlan'], ['of an unknown plan', 'ExchangePlan_Нет', '1', 'odata.unknownSet']])('%s is refused', async (_name, where, node, code) => {
    await using base = await startOnecBase();
    await expect(base.send('selectChanges', { plan: where, node })).rejects.toMatchObject({ code });
  });

  it.each([
    ['of no number', {}, 'connection.valueMissing'], ['of no token', { messageNo: 1 }, 'connection.valueMissing'], ['of a word', { messageNo: 'one', token: 'x' }, 'connection.valueWrongType'],
    ['of half a number', { messageNo: 1.5, token: 'x' }, 'connection.valueWrongType'], ['of a number that 1C does not expect', { messageNo: 7, token: 'x' }, 'odata.exchangeNumber'],
  ])('takes no confirmation %s', async (_name, message, code) => {
    await using base = await startOnecBase();
    const [, { Ref_Key: node }] = await nodes(base);
    change(base, catalog, 0, 'Первый');
    await base.ask('selectChanges', { plan, node });
    await expect(base.send('confirmChanges', { plan, node }, message)).rejects.toMatchObject({ code });
    expect(await base.ask('selectChanges', { plan, node })).toMatchObject({ messageNo: new Decimal(1), entries: new Decimal(1) });
  });

  it('whose number cannot be read is no node of number 0: nothing is asked for, and it goes on once it can be', async () => {
    await using base = await startOnecBase();
    const [, { Ref_Key: node }] = await nodes(base);
    change(base, catalog, 0, 'Первый');
    const read = await base.ask('selectChanges', { plan, node });
    await base.ask('confirmChanges', { plan, node }, read);
    base.onec.turn(['wrongTypes']);
    expect(await base.send('selectChanges', { plan, node })).toMatchObject({ kind: 'error', failure: { code: 'connection.malformedResponse', next: { kind: 'retry' } } });
    base.onec.turn(['wrongTypes=off']);
    change(base, catalog, 1, 'Второй');
    expect(await base.ask('selectChanges', { plan, node })).toMatchObject({ messageNo: new Decimal(2) });
  });

  it('whose rights are missing is told as 1C tells it', async () => {
    await using base = await startOnecBase({ users: [{ login: 'o', password: 'p', unreadable: [plan] }] }, { auth: 'basic', username: 'o' });
    expect(await base.send('selectChanges', { plan, node: 'x' }).catch((error: unknown) => error)).toMatchObject({ code: 'odata.signInRefused' });
  });
});

it.each([['cut', '<feed xmlns="http://www.w3.org/2005/Atom"><entry>'], ['a bomb', '<!DOCTYPE a><feed xmlns="http://www.w3.org/2005/Atom"/>'], ['no feed', '{"value":[]}'], ['an entry', '<entry xmlns="http://www.w3.org/2005/Atom"/>']])('an answer that is %s is no package', async (_name, body) => {
  await using base = await startOnecBase();
  const [, { Ref_Key: node }] = await nodes(base);
  await using server = await startHttp((request, response) => {
    if (request.method === 'POST') return void response.writeHead(200, { 'content-type': 'application/atom+xml' }).end(body);
    void fetch(`${new URL(base.onec.url).origin}${request.url}`, { headers: { accept: request.headers.accept ?? '*/*' } }).then(async (answer) => response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(await answer.text()));
  });
  const open = base.open({ url: `${server.url}/base/odata/standard.odata` });
  const receipt = await open.send?.({ operation: 'selectChanges', properties: { plan, node }, request: {}, effectId: 'e', beforeBytes: () => undefined, afterBytes: () => undefined }, new AbortController().signal);
  expect(receipt).toMatchObject({ kind: 'error', failure: { code: 'connection.malformedResponse', next: { kind: 'retry' } } });
  await open.close();
});

it.each([
  ["http://h/base/odata/standard.odata/Catalog_X(guid'AB')", { set: 'Catalog_X', key: { Ref_Key: 'AB' } }],
  ["http://h/R(Date=datetime'2026-01-01T00%3A00%3A00',Name='a,b''c(d)',Line=5L)", { set: 'R', key: { Date: '2026-01-01T00:00:00', Name: "a,b'c(d)", Line: new Decimal(5) } }],
  ["http://h/R(Date=datetime'2026-01-01T00:00:00')", undefined], ["http://h/Nobody(guid'AB')", undefined], ['http://h/Catalog_X', undefined], ['', undefined],
])('the address %s leads to %j', (address, expected) => {
  const model = readMetadata({ connection: 'x', address: 'x' }, new TextEncoder().encode(`<edmx:Edmx xmlns:edmx="e" Version="1.0"><edmx:DataServices><Schema Namespace="StandardODATA" xmlns="s">
<EntityType Name="Catalog_X"><Key><PropertyRef Name="Ref_Key"/></Key></EntityType><EntityType Name="R"><Key><PropertyRef Name="Date"/><PropertyRef Name="Name"/><PropertyRef Name="Line"/></Key></EntityType>
<EntityContainer Name="C"><EntitySet Name="Catalog_X" EntityType="StandardODATA.Catalog_X"/><EntitySet Name="R" EntityType="StandardODATA.R"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`));
  const found = readReference(model, address);
  expect(found === undefined ? undefined : { set: found.set.name, key: { ...found.key } }).toEqual(expected);
});

describe('two connections that read one node', () => {
  /** As two nodes of the platform have them: nothing in common but what is kept. */
  async function pair(base: OnecBase) {
    const dossier = memoryDossier();
    const [, { Ref_Key: key, Code: code }] = await nodes(base);
    const reader = (node: string) => {
      const open = base.open({}, dossier);
      const ask = async (operation: string, request: ValueObject = {}): Promise<ValueObject> => {
        const receipt = await sendOnce(open, callOf({ operation, properties: { plan, node }, request }));
        if (receipt.kind === 'error') throw receipt.failure;
        return receipt.response as ValueObject;
      };
      return { ask, close: () => open.close() };
    };
    // One calls the node by its key, the other by its code: it is one node all the same.
    const [one, other] = [reader(key), reader(code)];
    return { dossier, one, other, name: `exchangeNode ${plan} ${key}`, [Symbol.asyncDispose]: async () => void (await Promise.all([one.close(), other.close()])) };
  }

  it('do not confirm for each other what only one of them has', async () => {
    await using base = await startOnecBase();
    await using opened = await pair(base);
    const { one, other } = opened;
    change(base, catalog, 0, 'Первый');
    const small = await one.ask('selectChanges');
    change(base, catalog, 1, 'Второй');
    const grown = await other.ask('selectChanges');
    expect(await one.ask('confirmChanges', small)).toEqual({ confirmed: false, repeated: false, superseded: true });
    expect(await other.ask('confirmChanges', grown)).toMatchObject({ confirmed: true });
    expect(await one.ask('selectChanges')).toMatchObject({ messageNo: null });
  });

  it('lose nothing when one dies in the middle of a reading: the confirmation of the other counts no more', async () => {
    await using base = await startOnecBase();
    await using opened = await pair(base);
    const { dossier, one, name } = opened;
    change(base, catalog, 0, 'Первый');
    const small = await one.ask('selectChanges');
    // The other has its turn, marks it, is handed a larger package, and dies; its turn runs out.
    const turn = await dossier.takeTurn(name, 1);
    if (turn === null) throw new Error('the turn is free');
    await dossier.leaveBehind(name, turn, { messageNo: '1', token: '' });
    change(base, catalog, 1, 'Второй');
    await dossier.endTurn(name, turn);
    expect(await one.ask('confirmChanges', small)).toMatchObject({ superseded: true });
    expect(described(await one.ask('selectChanges'))).toEqual(['Первый', 'Второй']);
  });

  it('wait for each other', async () => {
    await using base = await startOnecBase();
    await using opened = await pair(base);
    const { dossier, one, other, name } = opened;
    change(base, catalog, 0, 'Первый');
    const turn = await dossier.takeTurn(name, 1);
    if (turn === null) throw new Error('the turn is free');
    const both = Promise.all([one.ask('selectChanges'), other.ask('selectChanges')]);
    await dossier.endTurn(name, turn);
    const [first, second] = await both;
    expect(first['token']).toBe(second['token']);
    expect(await one.ask('confirmChanges', first)).toMatchObject({ confirmed: true });
    expect(await other.ask('confirmChanges', second)).toMatchObject({ confirmed: true, repeated: true });
  });
});

it('a package or a row whose answer is lost is told as a link that broke, not as a deed whose fate nobody knows', async () => {
  await using base = await startOnecBase();
  const [, { Ref_Key: node }] = await nodes(base);
  await base.ask('query', { set: catalog });
  base.onec.turn(['answersLost']);
  await expect(base.send('selectChanges', { plan, node })).rejects.toMatchObject({ code: 'connection.lost', next: { kind: 'reconnect' } });
  await base.onec.close();
  await expect(base.send('query', { set: catalog })).rejects.toMatchObject({ code: expect.stringMatching(/^connection\.(?:refused|lost)$/) });
});

describe('two systems that read one node', () => {
  /** Each with what it keeps for itself. */
  async function rivals(base: OnecBase) {
    const [, { Ref_Key: key }] = await nodes(base);
    const system = (properties: ValueObject = {}) => {
      const open = base.open({}, memoryDossier());
      return {
        ask: async (operation: string, request: ValueObject = {}, more: ValueObject = {}): Promise<{ response: ValueObject; notes: string[] }> => {
          const receipt = await sendOnce(open, callOf({ operation, properties: { plan, node: key, ...(operation === 'selectChanges' ? { ...properties, ...more } : {}) }, request }));
          if (receipt.kind === 'error') throw receipt.failure;
          return { response: receipt.response as ValueObject, notes: (receipt.notes ?? []).map(({ code }) => code) };
        },
        close: () => open.close(),
      };
    };
    const [one, other] = [system(), system()];
    return { one, other, [Symbol.asyncDispose]: async () => void (await Promise.all([one.close(), other.close()])) };
  }

  it('are told apart: what the one confirms stops the other, until it accepts what it missed', async () => {
    await using base = await startOnecBase();
    await using opened = await rivals(base);
    const { one, other } = opened;
    for (const each of [one, other]) await each.ask('selectChanges');
    change(base, catalog, 0, 'Первый');
    const { response: first } = await one.ask('selectChanges');
    expect((await one.ask('confirmChanges', first)).response).toMatchObject({ confirmed: true });
    for (let again = 0; again < 2; again += 1) await expect(other.ask('selectChanges')).rejects.toMatchObject({ code: 'odata.exchangeNodeShared', parameters: { from: '1', to: '1' }, next: { kind: 'park' } });
    change(base, catalog, 1, 'Второй');
    const accepted = await other.ask('selectChanges', {}, { acceptMissed: 1 });
    expect([accepted.notes, described(accepted.response)]).toEqual([expect.arrayContaining(['odata.exchangeMissed']), ['Второй']]);
    expect((await other.ask('selectChanges')).notes).not.toContain('odata.exchangeMissed');
    await other.ask('confirmChanges', accepted.response);
    await expect(one.ask('selectChanges', {}, { acceptMissed: 1 })).rejects.toMatchObject({ code: 'odata.exchangeNodeShared', parameters: { from: '2', to: '2' } });
  });

  it('at the same time: whoever confirms second is told at once, and does not read on', async () => {
    await using base = await startOnecBase();
    await using opened = await rivals(base);
    const { one, other } = opened;
    change(base, catalog, 0, 'Первый');
    const { response: small } = await one.ask('selectChanges');
    change(base, catalog, 1, 'Второй');
    const { response: grown } = await other.ask('selectChanges');
    expect(await one.ask('confirmChanges', small)).toMatchObject({ response: { confirmed: true, repeated: false } });
    expect(await other.ask('confirmChanges', grown)).toMatchObject({ response: { confirmed: true, repeated: true }, notes: ['odata.exchangeNodeShared'] });
    await expect(other.ask('selectChanges')).rejects.toMatchObject({ code: 'odata.exchangeNodeShared' });
  });

  it('are not seen where one begins later, but it is told that the node was read before', async () => {
    await using base = await startOnecBase();
    await using opened = await rivals(base);
    const { one, other } = opened;
    change(base, catalog, 0, 'Первый');
    await one.ask('confirmChanges', (await one.ask('selectChanges')).response);
    expect((await other.ask('selectChanges')).notes).toContain('odata.exchangeNodeUsed');
    expect((await other.ask('selectChanges')).notes).not.toContain('odata.exchangeNodeUsed');
  });

  it('are not suspected where our own confirmation was heard and its answer lost, or was refused', async () => {
    await using base = await startOnecBase();
    await using opened = await rivals(base);
    const { one } = opened;
    change(base, catalog, 0, 'Первый');
    const { response } = await one.ask('selectChanges');
    base.onec.turn(['answersLost']);
    await expect(one.ask('confirmChanges', response)).rejects.toMatchObject({ code: 'connection.unknownOutcome' });
    base.onec.turn(['answersLost=off']);
    expect(await one.ask('confirmChanges', response)).toMatchObject({ response: { confirmed: true, repeated: true }, notes: [] });
    change(base, catalog, 1, 'Второй');
    const { response: second, notes: told } = await one.ask('selectChanges');
    expect([second['messageNo'], told]).toEqual([new Decimal(2), ['odata.packageRead']]);
    base.onec.turn(['fileBaseLocked']);
    await expect(one.ask('confirmChanges', second)).rejects.toMatchObject({ code: 'odata.fileRights' });
    base.onec.turn(['fileBaseLocked=off']);
    expect((await one.ask('selectChanges')).response).toMatchObject({ messageNo: new Decimal(2) });
  });

  it('are not taken for a base that was restored from a copy, which is told', async () => {
    await using base = await startOnecBase();
    await using opened = await rivals(base);
    const { one } = opened;
    change(base, catalog, 0, 'Первый');
    await one.ask('confirmChanges', (await one.ask('selectChanges')).response);
    await one.ask('selectChanges');
    const [, node] = [...base.onec.base.rows(plan)];
    base.onec.base.write(plan, { ...node, ReceivedNo: '0' });
    change(base, catalog, 1, 'Второй');
    const read = await one.ask('selectChanges');
    expect([read.notes, described(read.response)]).toEqual([expect.arrayContaining(['odata.exchangeNodeBack']), ['Второй']]);
  });
});
