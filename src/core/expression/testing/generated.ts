/** Random documents and random expressions over them, for comparing two evaluators. */
import fc from 'fast-check';
import type { ValueObject } from '../../value.ts';

const keys = ['a', 'b', 'c', 'd'];
const key = fc.constantFrom(...keys);
const scalar = fc.oneof(fc.integer({ min: -5, max: 20 }), fc.constantFrom(0.5, 1.25, 10.1), fc.constantFrom('', 'a', 'b', 'xy z', 'Ж'), fc.boolean(), fc.constant(null));


/** No empty lists: the interpreter writes into those that an object constructor meets. */
const value = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4, depthIdentifier: 'value' }, scalar, fc.array(tie('value'), { minLength: 1, maxLength: 4 }), fc.dictionary(key, tie('value'), { maxKeys: 4 })),
})).value;

/** An object with all the keys, so that paths find something. */
export const documents = fc.record({ a: value, b: value, c: value, d: fc.array(fc.dictionary(key, value, { maxKeys: 4 }), { minLength: 1, maxLength: 4 }) }) as fc.Arbitrary<ValueObject>;

const number = fc.oneof(fc.integer({ min: 0, max: 9 }).map(String), fc.constantFrom('0.1', '2.5', '1.75'));
const text = fc.constantFrom('"a"', '"b"', '"xy z"', '""');
const scalarText = fc.oneof(number, text);
const index = fc.integer({ min: -2, max: 3 }).map((at) => `[${at}]`);

interface Grammar {
  path: string;
  step: string;
  predicate: string;
  whole: string;
  lambda: string;
}

const call = (name: string, ...args: readonly string[]): string => `$${name}(${args.join(', ')})`;

/**
 * Left out are the listed deviations: division by zero, halves to be rounded, filters that hold for missing values,
 * filters after `~>`, updates that are not copied.
 */
export const expressions: fc.Arbitrary<string> = fc.letrec<Grammar>((tie: fc.LetrecTypedTie<Grammar>) => {
  const path = tie('path');
  const whole = tie('whole');
  const lambda = tie('lambda');
  return {
    path: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'path' },
      key,
      fc.tuple(path, tie('step')).map(([start, step]) => start + step),
      fc.constantFrom('$', '$$.a', '*', '**.b', 'd', 'd.*'),
      fc.tuple(path, key).map(([start, sorted]) => `${start}^(${sorted})`),
      path.map((inner) => `(${inner})`),
    ),
    step: fc.oneof(
      key.map((name) => `.${name}`),
      index,
      tie('predicate').map((predicate) => `[${predicate}]`),
      fc.constantFrom('.*', '[]', '.$', '.(a)', '.[a, b]', '.{"k": a}', '.$string()'),
    ),
    predicate: fc.oneof(
      fc.tuple(key, fc.constantFrom('=', '!=', '<', '>='), fc.oneof(number, text)).map((parts) => parts.join(' ')),
      key,
      key.map((name) => call('exists', name)),
      fc.tuple(key, key).map(([left, right]) => `${left} in ${right}`),
      fc.constant('$ > 1'),
    ),
    lambda: fc.oneof(
      fc.constantFrom('function($v) { $v }', 'function($v, $i) { $i }', 'function($v) { $v.a }', 'function($v) { $type($v) }', 'function($v) { [$v, 1] }', '$string', '$exists', '$type'),
      whole.map((body) => `function($v) { ${body} }`),
    ),
    whole: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'whole' },
      path,
      number,
      text,
      fc.constantFrom('true', 'null', '[]', '{}', 'missing'),
      fc.tuple(whole, fc.constantFrom('+', '-', '*', '=', '!=', '<', '>', '<=', '>=', '&', 'and', 'or', 'in'), whole).map(([left, operator, right]) => `(${left} ${operator} ${right})`),
      fc.tuple(whole, fc.constantFrom('/ 2', '% 3')).map(([left, right]) => `(${left} ${right})`),
      fc.tuple(whole, whole, whole).map(([when, then, otherwise]) => `(${when} ? ${then} : ${otherwise})`),
      fc.tuple(whole, fc.constantFrom('??', '?:'), whole).map(([left, operator, right]) => `((${left}) ${operator} (${right}))`),
      fc.array(whole, { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
      fc.tuple(whole, whole).map(([first, second]) => `{"x": ${first}, "y": ${second}}`),
      fc.tuple(path, key, path).map(([list, name, inner]) => `${list}{$string(${name}): ${inner}}`),
      fc.tuple(whole, whole).map(([bound, body]) => `($x := ${bound}; [$x, ${body}])`),
      fc.tuple(path, path).map(([list, inner]) => `(${list})@$t.{"t": $t, "i": ${inner}}`),
      fc.tuple(path, path).map(([list, inner]) => `(${list})#$n.{"n": $n, "i": ${inner}}`),
      fc.tuple(fc.constantFrom('map', 'filter'), whole, lambda).map(([name, list, callback]) => call(name, list, callback)),
      fc.tuple(whole, fc.constantFrom('function($s, $v) { $s & $v }', 'function($s, $v) { [$s, $v] }')).map(([list, callback]) => call('reduce', list, callback)),
      fc.tuple(path, lambda).map(([object, callback]) => call('each', object, callback)),
      fc
        .tuple(fc.constantFrom('count', 'string', 'sum', 'max', 'min', 'boolean', 'not', 'exists', 'type', 'keys', 'spread', 'merge', 'reverse', 'distinct', 'sort', 'length', 'uppercase', 'trim', 'number', 'abs', 'floor', 'ceil'), whole)
        .map(([name, argument]) => call(name, argument)),
      fc.tuple(fc.constantFrom('append', 'zip', 'lookup', 'contains', 'join', 'split', 'substringBefore'), whole, whole).map(([name, first, second]) => call(name, first, second)),
      fc.tuple(whole, fc.constantFrom('$string', '$count', '$type', '$sum', '$keys()', '$append(1)')).map(([left, right]) => `(${left} ~> ${right})`),
      fc.tuple(fc.constantFrom('a', 'b', 'b.c', 'd', 'd.a', '*', '**'), scalarText).map(([target, added]) => `($$ ~> |${target}|{"z": ${added}}, "a"|)`),
    ),
  };
}).whole;
