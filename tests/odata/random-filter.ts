/** Random filters over the fields of a set, with values that its rows have or nearly have. */
import fc from 'fast-check';
import { castValue, isCast } from '../../src/connectors/odata/cast.ts';
import { thisItem } from '../../src/connectors/odata/condition.ts';
import type { EdmModel, EdmProperty, StructuredType } from '../../src/connectors/odata/edm.ts';
import { isObject, type Value, type ValueObject } from '../../src/sdk/index.ts';

/** As a route has it. */
export type Document = Record<string, unknown>;

export interface FilterSource {
  model: EdmModel;
  type: StructuredType;
  /** Rows whose values the filters are about. */
  rows: readonly ValueObject[];
  /** Sets that composite fields may lead to. */
  targets: readonly string[];
  /** Types that values are taken as; none unless told. */
  casts?: readonly string[];
}

export function randomFilter(source: FilterSource): fc.Arbitrary<Document> {
  const properties = [...source.type.properties.values()];
  const leaves = properties.flatMap((property) => leavesOf(source, property));
  const parts = properties.flatMap((property) => partsOf(source, property));
  const { tree } = fc.letrec<{ tree: Document; leaf: Document }>((tie) => ({
    leaf: fc.oneof(...leaves, ...parts),
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      tie('leaf'),
      fc.record({ op: fc.constantFrom('and', 'or'), of: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
      fc.record({ op: fc.constant('not'), of: tie('tree') }),
    ),
  }));
  return tree;
}

function partsOf({ model, rows, targets, casts }: FilterSource, { name, type, role, collection }: EdmProperty): fc.Arbitrary<Document>[] {
  const inner = role.kind === 'tablePart' ? model.types.get(type) : undefined;
  if (inner === undefined) return collection && type.startsWith('Edm.') ? valuesOf({ model, rows, targets, casts }, name, type) : [];
  const held = rows.flatMap((row) => (Array.isArray(row[name]) ? (row[name] as readonly Value[]) : [])).filter(isObject);
  const source = { model, type: inner, rows: held, targets, casts };
  const some = fc.oneof(...[...inner.properties.values()].flatMap((property) => leavesOf(source, property)));
  const of = fc.oneof(some, fc.record({ op: fc.constantFrom('and', 'or'), of: fc.array(some, { minLength: 1, maxLength: 2 }) }), fc.record({ op: fc.constant('not'), of: some }));
  return [fc.record({ op: fc.constantFrom('any', 'all'), field: fc.constant(name), of })];
}

/** Of a collection of plain values: each of them is a row of one field. */
function valuesOf({ rows, ...source }: Omit<FilterSource, 'type'>, name: string, type: string): fc.Arbitrary<Document>[] {
  const held = rows.flatMap((row) => (Array.isArray(row[name]) ? (row[name] as readonly Value[]) : [])).map((value): ValueObject => ({ [thisItem]: value }));
  const leaves = leavesOf({ ...source, rows: held, type: { name: '', kind: 'complex', keys: [], properties: new Map(), navigations: new Map(), open: false } }, { name: thisItem, type, collection: false, nullable: true, role: { kind: 'scalar' } });
  if (leaves.length === 0) return [];
  const some = fc.oneof(...leaves);
  return [fc.record({ op: fc.constantFrom('any', 'all'), field: fc.constant(name), of: fc.oneof(some, fc.record({ op: fc.constant('not'), of: some })) })];
}

function leavesOf({ rows, targets, casts = [] }: FilterSource, { name, type, role, collection }: EdmProperty): fc.Arbitrary<Document>[] {
  // Of a field that no row has, there is no value to compare with.
  if (collection || type === 'Edm.Stream' || role.kind === 'binary' || rows.every((row) => (row[name] ?? null) === null)) return [];
  const known = fc.constantFrom(...rows).map((row) => row[name] ?? null);
  const field = fc.constant(name);
  const empty = fc.record({ op: fc.constantFrom('isNull', 'isNotNull'), field });
  if (role.kind === 'composite') return [...compositeLeaves(rows, name, targets), empty];
  const comparisons = fc.record({ op: fc.constantFrom('eq', 'ne', 'gt', 'ge', 'lt', 'le'), field, value: known.filter((value) => value !== null) });
  const among = fc.record({ op: fc.constant('in'), field, value: fc.array(known, { maxLength: 40 }) });
  const leaves = [comparisons, among, empty, ...casts.filter((to) => to !== type && isCast(type, to)).map((to) => castLeaf(rows, name, type, to))];
  if (type !== 'Edm.String') return leaves;
  const piece = fc.tuple(known, fc.nat(6), fc.integer({ min: 1, max: 5 })).map(([text, from, length]) => (typeof text === 'string' ? text.slice(from, from + length) : ''));
  const pattern = fc.array(fc.oneof(piece, fc.constantFrom('%', '_', '%%')), { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(''));
  return [
    ...leaves,
    fc.record({ op: fc.constantFrom('contains', 'startsWith', 'endsWith'), field, value: piece }),
    fc.record({ op: fc.constant('like'), field, value: fc.oneof(pattern, pattern.map((text) => `${text}[`)) }),
  ];
}

/** Compared with what values of the rows become, where some become something. */
function castLeaf(rows: readonly ValueObject[], name: string, from: string, to: string): fc.Arbitrary<Document> {
  const taken = rows.map((row) => castValue(from, to, row[name] ?? null)).filter((value) => value !== null);
  const value = taken.length === 0 ? fc.constant(to === 'Edm.String' ? '1' : 1) : fc.constantFrom(...taken);
  const cast = { field: fc.constant(name), type: fc.constant(to) };
  const ops = to === 'Edm.Boolean' ? ['eq', 'ne'] : ['eq', 'ne', 'gt', 'ge', 'lt', 'le'];
  return fc.oneof(
    fc.record({ ...cast, op: fc.constantFrom(...ops), value }),
    fc.record({ ...cast, op: fc.constant('in'), value: fc.array(value, { minLength: 1, maxLength: 5 }) }),
    ...(to === 'Edm.String' ? [fc.record({ ...cast, op: fc.constantFrom('contains', 'startsWith', 'endsWith'), value: value.map((text) => (typeof text === 'string' ? text.slice(0, 2) : '')) })] : []),
  );
}

function compositeLeaves(rows: readonly ValueObject[], name: string, targets: readonly string[]): fc.Arbitrary<Document>[] {
  const filled = rows.filter((row) => typeof row[name] === 'string' && /^[0-9a-f]{8}-/.test(row[name]));
  if (filled.length === 0) return [];
  const type = fc.constantFrom(...targets);
  const value = fc.constantFrom(...filled).map((row) => row[name]);
  const field = fc.constant(name);
  return [
    fc.record({ op: fc.constantFrom('eq', 'ne'), field, type, value }),
    fc.record({ op: fc.constant('in'), field, type, value: fc.array(value, { maxLength: 40 }) }),
    fc.record({ op: fc.constant('isOf'), field, type: fc.oneof(type, fc.constantFrom('Edm.Double', 'Edm.String', 'Edm.Boolean', 'Edm.DateTime')) }),
    fc.record({ op: fc.constantFrom('eq', 'ne', 'gt', 'ge', 'lt', 'le'), field, type: fc.constant('Edm.Double'), value: fc.integer({ min: -3, max: 20 }) }),
    fc.record({ op: fc.constantFrom('eq', 'ne', 'startsWith'), field, type: fc.constant('Edm.String'), value: fc.constantFrom('т', '12', 'текст 3') }),
    fc.record({ op: fc.constantFrom('eq', 'ne'), field, type: fc.constant('Edm.Boolean'), value: fc.boolean() }),
    fc.record({ op: fc.constantFrom('ge', 'lt'), field, type: fc.constant('Edm.DateTime'), value: fc.constantFrom('2026-01-01', '2020-05-05T10:00:00') }),
  ];
}
