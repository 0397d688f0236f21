import { describe, expect, test } from 'vitest';
import { templateCatalogue } from '../template-catalogue.ts';
import type { ConnectorCatalogue } from './connector-catalogue.ts';
import type { Kind, PlainObject } from './object-document.ts';
import type { StoredObject } from './plan.ts';
import { SnapshotBuilder } from './snapshot.ts';
import type { StoredConfiguration } from './stored.ts';

const connectors: ConnectorCatalogue = {
  names: () => ['fake'],
  get: (name) => (name === 'fake' ? { name, checkConnection: () => [], operations: { receive: { direction: 'in', code: [], checkRoute: () => [], addresses: (_, { path }) => [`GET ${typeof path === 'string' ? path : ''}`], verifiable: () => false, schemas: () => ({}) } } } : undefined),
};

const object = (kind: Kind, name: string, extra: PlainObject, version = 1): StoredObject => ({ id: `id of ${name}`, version, kind, name, document: { kind, name, ...extra }, source: null });

const good: readonly StoredObject[] = [
  object('Scenario', 'answer', { on: { message: 'orders' }, steps: [{ return: { response: { ok: true } } }] }),
  object('Route', 'orders', { connection: 'shop', operation: 'receive' }),
  object('Connection', 'shop', { type: 'fake', properties: { token: '${secret:key}', host: '${address:host}' } }),
];

const stored = (objects: readonly StoredObject[], over: Partial<StoredConfiguration> = {}): StoredConfiguration => ({ revision: 7, objects, addresses: new Map([['host', 'a']]), secrets: new Map([['key', 1]]), ...over });

const templates = templateCatalogue([]);
const builder = (): SnapshotBuilder => new SnapshotBuilder({ connectors, environment: null });

describe('a snapshot', () => {
  test('gives the objects by name and in the order of names', () => {
    const built = builder().build(stored([...good, object('Route', 'a', { connection: 'shop', operation: 'receive', properties: { path: 'a' } })]), templates);
    expect([built.revision, built.broken]).toEqual([7, []]);
    expect(built.routes().map(({ name }) => name)).toEqual(['a', 'orders']);
    expect(built.connection('shop')).toMatchObject({ id: 'id of shop', version: 1, properties: { token: { secret: 'key' }, host: 'a' } });
    expect(built.scenario('answer')?.document.on).toEqual({ kind: 'message', route: 'orders', as: 'message' });
    expect(built.route('none')).toBeUndefined();
  });

  test('lists what cannot be used as broken, with its reasons, and goes on with the rest', () => {
    const built = builder().build(stored([...good, object('Connection', 'old', { type: 'gone' }), object('Route', 'lost', { connection: 'old', operation: 'receive' }), object('Scenario', 'odd', { on: 5, steps: 'none' })]), templates);
    expect(built.broken.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['Connection old', 'Route lost', 'Scenario odd']);
    expect(built.broken[0]?.failure).toMatchObject({ code: 'config.broken', problems: [{ path: 'type', code: 'config.missingReference' }] });
    expect(built.routes().map(({ name }) => name)).toEqual(['orders']);
  });

  test('breaks a connection whose secret or address is gone, and what lies over it', () => {
    const built = builder().build(stored(good, { secrets: new Map(), addresses: new Map() }), templates);
    expect(built.broken.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['Route orders', 'Connection shop']);
    expect(built.broken[1]?.failure.problems?.map(({ code }) => code)).toEqual(['config.nothingToName', 'config.unknownSecret']);
  });

  test.each<[string, Partial<StoredObject>]>([['a null document', { document: { kind: 'Route', name: 'orders', request: null, keys: null, properties: null } }], ['an empty document', { document: {} }], ['lists for objects', { document: { kind: 'Route', name: 'orders', connection: [], operation: {}, retry: [] } }]])('survives %s', (_, over) => {
    const built = builder().build(stored(good.map((one) => (one.kind === 'Route' ? { ...one, ...over } : one))), templates);
    expect(built.broken.some(({ kind }) => kind === 'Route')).toBe(true);
    expect(built.connections()).toHaveLength(1);
  });

  test('keeps unchanged objects the very same, so that what is compiled from them can be kept', () => {
    const one = builder();
    const before = one.build(stored(good), templates);
    const after = one.build(stored(good.map((object_) => (object_.kind === 'Route' ? { ...object_, version: 2 } : object_)), { revision: 8 }), templates);
    expect(after.scenario('answer')).toBe(before.scenario('answer'));
    expect(after.connection('shop')).toBe(before.connection('shop'));
    expect(after.route('orders')).not.toBe(before.route('orders'));
  });

  test('stamps a connection anew when a secret or an address that it uses changes, and only then', () => {
    const one = builder();
    const stamp = (over: Partial<StoredConfiguration>): string | undefined => one.build(stored(good, over), templates).connection('shop')?.stamp;
    const first = stamp({});
    expect(stamp({ revision: 9, secrets: new Map([['key', 1], ['other', 5]]) })).toBe(first);
    expect(stamp({ secrets: new Map([['key', 2]]) })).not.toBe(first);
    expect(stamp({ addresses: new Map([['host', 'b']]) })).not.toBe(first);
  });

  test('breaks the later of two routes at one address', () => {
    const built = builder().build(stored([object('Route', 'zzz', { connection: 'shop', operation: 'receive' }), ...good]), templates);
    expect(built.broken).toMatchObject([{ name: 'zzz', failure: { problems: [{ path: 'properties', code: 'config.addressTaken', parameters: { route: 'orders' } }] } }]);
  });

  test('breaks two active scenarios that both answer one route, not one that is switched off', () => {
    const second = object('Scenario', 'second', { on: { message: 'orders' }, steps: [{ return: { response: {} } }] });
    expect(builder().build(stored([...good, second]), templates).broken.map(({ name }) => name)).toEqual(['answer', 'second']);
    const off = { ...second, document: { ...second.document, enabled: false } };
    expect(builder().build(stored([...good, off]), templates).broken).toEqual([]);
  });
});
