import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differences } from './document-difference.ts';
import type { Kind, Plain, PlainObject, SourceDocument } from './object-document.ts';
import { isEmptyPlan, planApply, plannedObjects, type StoredObject } from './plan.ts';
import { usesOf } from './uses.ts';

const print = (): string => 'printed';

const stored = (kind: Kind, name: string, extra: PlainObject = {}, source: string | null = `${name} text`): StoredObject => ({ id: `id of ${name}`, version: 3, kind, name, document: { kind, name, ...extra }, source });

const written = (kind: Kind, name: string, extra: PlainObject = {}, source = `${name} text`): SourceDocument => ({
  kind, name, document: { kind, name, ...extra }, source, locate: (path) => ({ file: `${name}.yaml`, line: path.length + 1, column: 1 }),
});

const names = (objects: readonly { kind: Kind; name: string }[]): readonly string[] => objects.map(({ kind, name }) => `${kind} ${name}`);

describe('a plan', () => {
  test('creates, changes and keeps, in the order of kinds and names whatever the order of files', () => {
    const documents = [written('Scenario', 'z'), written('Route', 'b'), written('Route', 'a', { retry: 1 }), written('Connection', 'c'), written('Template', 'T')];
    const now = [stored('Route', 'a', { retry: 2 }), stored('Scenario', 'gone')];
    for (const order of [documents, [...documents].reverse()]) {
      const plan = planApply(now, order, print, { prune: false });
      expect(names(plan.creates)).toEqual(['Template T', 'Connection c', 'Route b', 'Scenario z']);
      expect(plan.changes).toMatchObject([{ id: 'id of a', details: [{ path: 'retry', op: 'changed', from: 2, to: 1 }] }]);
      expect([names(plan.kept), names(plan.deletes)]).toEqual([['Scenario gone'], []]);
    }
  });

  test('deletes only when asked to, users before what they use', () => {
    const plan = planApply([stored('Connection', 'c'), stored('Scenario', 's'), stored('Route', 'r')], [], print, { prune: true });
    expect(names(plan.deletes)).toEqual(['Scenario s', 'Route r', 'Connection c']);
  });

  test('of the same documents is empty, also when keys stand in another order', () => {
    const plan = planApply([stored('Route', 'a', { x: 1, y: { p: 1, q: 2 } })], [written('Route', 'a', { y: { q: 2, p: 1 }, x: 1 })], print, { prune: true });
    expect(isEmptyPlan(plan)).toBe(true);
  });

  test('notices comments and layout, and compares with the printed text where there is no source', () => {
    expect(names(planApply([stored('Route', 'a')], [written('Route', 'a', {}, '# why\n')], print, { prune: false }).relaid)).toEqual(['Route a']);
    expect(isEmptyPlan(planApply([stored('Route', 'a', {}, null)], [written('Route', 'a', {}, 'printed')], print, { prune: false }))).toBe(true);
  });

  test('of named objects leaves all others alone', () => {
    const only = [{ kind: 'Route', name: 'a' }, { kind: 'Route', name: 'gone' }] as const;
    const plan = planApply([stored('Route', 'gone'), stored('Route', 'other')], [written('Route', 'a'), written('Route', 'b')], print, { prune: true, only });
    expect([names(plan.creates), names(plan.deletes), names(plan.kept)]).toEqual([['Route a'], ['Route gone'], []]);
  });

  test('refuses what looks like a new name for an old object, with its uses', () => {
    const now = [stored('Route', 'orders', { connection: 'shop', title: 'Old' }), stored('Scenario', 'accept', { on: { message: 'orders' } })];
    const documents = [written('Route', 'bestellungen', { connection: 'shop', title: 'New' }), written('Scenario', 'accept', { on: { message: 'orders' } })];
    for (const prune of [false, true]) {
      expect(planApply(now, documents, print, { prune }).refused).toEqual([
        { place: { file: 'bestellungen.yaml', line: 2, column: 1 }, kind: 'Route', name: 'bestellungen', path: 'name', code: 'config.renamed', parameters: { kind: 'Route', from: 'orders', to: 'bestellungen', uses: 'Scenario accept' } },
      ]);
    }
  });

  test('takes a similar new object beside the old one as what it is', () => {
    const plan = planApply([stored('Route', 'a', { connection: 'c' })], [written('Route', 'a', { connection: 'c' }), written('Route', 'b', { connection: 'c' })], print, { prune: false });
    expect([names(plan.creates), plan.refused]).toEqual([['Route b'], []]);
  });

  test('takes a similar new object for what it is when it comes without anything that is stored', () => {
    const plan = planApply([stored('Template', 'City', { attributes: { name: 'text' } })], [written('Template', 'Person', { attributes: { name: 'text' } })], print, { prune: false });
    expect([names(plan.creates), plan.refused]).toEqual([['Template Person'], []]);
  });

  test('says what is there afterwards', () => {
    const now = [stored('Route', 'a'), stored('Route', 'b'), stored('Route', 'c')];
    const plan = planApply(now, [written('Route', 'a', { new: true }), written('Route', 'b', {}, '# relaid'), written('Route', 'd')], print, { prune: true });
    expect(plannedObjects(now, plan).map(({ name, document }) => [name, document['new']])).toEqual([['a', true], ['b', undefined], ['d', undefined]]);
  });
});

describe('differences between documents', () => {
  test('are told field by field', () => {
    expect(differences({ retry: { attempts: 8, firstMs: 5 }, old: 1 }, { retry: { attempts: 5, firstMs: 5 }, total: 'decimal' })).toEqual([
      { path: 'retry.attempts', op: 'changed', from: 8, to: 5 },
      { path: 'old', op: 'removed', from: 1 },
      { path: 'total', op: 'added', to: 'decimal' },
    ]);
  });

  test('of a list with one step inserted are one addition', () => {
    expect(differences({ steps: [{ a: 1 }, { b: 2 }] }, { steps: [{ a: 1 }, { new: 0 }, { b: 2 }] })).toEqual([{ path: 'steps[1]', op: 'added', to: { new: 0 } }]);
  });

  const tree = fc.letrec<{ tree: Plain }>((tie) => ({ tree: fc.oneof({ depthSize: 'small' }, fc.constantFrom<Plain>(null, true, 1, 'x', ''), fc.array(tie('tree'), { maxLength: 3 }), fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), tie('tree'))) })).tree;

  test('are none exactly when the documents are the same, and every changed part lies on its path', () => {
    fc.assert(fc.property(tree, tree, (left, right) => {
      const plain = (value: Plain): string => JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner));
      expect(differences(left, right).length === 0).toBe(plain(left) === plain(right));
      expect(differences(left, left)).toEqual([]);
    }));
  });
});

test('uses are found in triggers, steps and links', () => {
  const scenario = stored('Scenario', 's', { on: { created: 'Order' }, steps: [{ forEach: { steps: [{ send: { route: 'r' } }, { call: { scenario: 'other' } }] } }] });
  const template = stored('Template', 'Line', { attributes: { order: { type: 'record', template: 'Order' } } });
  const all = [scenario, template, stored('Route', 'r', { connection: 'c' })];
  expect(names(usesOf({ kind: 'Template', name: 'Order' }, all))).toEqual(['Scenario s', 'Template Line']);
  expect(names(usesOf({ kind: 'Route', name: 'r' }, all))).toEqual(['Scenario s']);
  expect(names(usesOf({ kind: 'Connection', name: 'c' }, all))).toEqual(['Route r']);
  expect(names(usesOf({ kind: 'Scenario', name: 'other' }, all))).toEqual(['Scenario s']);
  expect(names(usesOf({ kind: 'Connection', name: 'r' }, all))).toEqual([]);
});
