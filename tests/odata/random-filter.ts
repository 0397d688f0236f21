/** Random filters over the fields of a set, with values that its rows have or nearly have. */
import fc from 'fast-check';
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

function partsOf({ model, rows, targets }: FilterSource, { name, type, role }: EdmProperty): fc.Arbitrary<Document>[] {
  const inner = role.kind === 'tablePart' ? model.types.get(type) : undefined;
  if (inner === undefined) return [];
  const held = rows.flatMap((row) => (Array.isArray(row[name]) ? (row[name] as readonly Value[]) : [])).filter(isObject);
  const source = { model, type: inner, rows: held, targets };
  const some = fc.oneof(...[...inner.properties.values()].flatMap((property) => leavesOf(source, property)));
  const of = fc.oneof(some, fc.record({ op: fc.constantFrom('and', 'or'), of: fc.array(some, { minLength: 1, maxLength: 2 }) }), fc.record({ op: fc.constant('not'), of: some }));
  return [fc.record({ op: fc.constantFrom('any', 'all'), field: fc.constant(name), of })];
}

function leavesOf({ rows, targets }: FilterSource, { name, type, role, collection }: EdmProperty): fc.Arbitrary<Document>[] {
  // Of a field that no row has, there is no value to compare with.
  if (collection || type === 'Edm.Stream' || role.kind === 'binary' || rows.every((row) => (row[name] ?? null) === null)) return [];
  const known = fc.constantFrom(...rows).map((row) => row[name] ?? null);
  const field = fc.constant(name);
  const empty = fc.record({ op: fc.constantFrom('isNull', 'isNotNull'), field });
  if (role.kind === 'composite') return [...compositeLeaves(rows, name, targets), empty];
  const comparisons = fc.record({ op: fc.constantFrom('eq', 'ne', 'gt', 'ge', 'lt', 'le'), field, value: known.filter((value) => value !== null) });
  const among = fc.record({ op: fc.constant('in'), field, value: fc.array(known, { maxLength: 40 }) });
  const leaves = [comparisons, among, empty];
  if (type !== 'Edm.String') return leaves;
  const piece = fc.tuple(known, fc.nat(6), fc.integer({ min: 1, max: 5 })).map(([text, from, length]) => (typeof text === 'string' ? text.slice(from, from + length) : ''));
  const pattern = fc.array(fc.oneof(piece, fc.constantFrom('%', '_', '%%')), { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(''));
  return [
    ...leaves,
    fc.record({ op: fc.constantFrom('contains', 'startsWith', 'endsWith'), field, value: piece }),
    fc.record({ op: fc.constant('like'), field, value: fc.oneof(pattern, pattern.map((text) => `${text}[`)) }),
  ];
}

function compositeLeaves(rows: readonly ValueObject[], name: string, targets: readonly string[]): fc.Arbitrary<Document>[] {
  const filled = rows.filter((row) => typeof row[name] === 'string' && row[name] !== '');
  if (filled.length === 0) return [];
  const type = fc.constantFrom(...targets);
  const value = fc.constantFrom(...filled).map((row) => row[name]);
  const field = fc.constant(name);
  return [
    fc.record({ op: fc.constantFrom('eq', 'ne'), field, type, value }),
    fc.record({ op: fc.constant('in'), field, type, value: fc.array(value, { maxLength: 40 }) }),
    fc.record({ op: fc.constant('isOf'), field, type }),
  ];
}
