import { describe, expect, test } from 'vitest';
import { Decimal } from '../decimal.ts';
import { Failure } from '../failure.ts';
import { parseJson, printJson } from '../json.ts';
import type { Value } from '../value.ts';
import { Budget, type BudgetOptions } from './budget.ts';
import { compileExpression, type CompileExpressionOptions } from './expression.ts';

const order = parseJson(
  '{"message":{"orderId":"A-17","customer":{"phone":"+79000000017"},"lines":[{"sku":"s1","qty":2,"price":10.1},{"sku":"s2","qty":1,"price":0.2}],"big":12345678901234567890.12},"customer":{"id":"c1"},"line":{"qty":3}}',
);

const run = (text: string, input: Value | undefined = order, variables: Record<string, Value | undefined> = {}, limits: BudgetOptions = {}): Value | undefined => compileExpression(text).evaluate(input, variables, new Budget(limits));

function codeOf(work: () => unknown): Pick<Failure, 'code' | 'parameters'> {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return { code: error.code, parameters: error.parameters };
    throw error;
  }
  throw new Error('nothing failed');
}

const refused = (text: string, options: CompileExpressionOptions = {}): Pick<Failure, 'code' | 'parameters'> => codeOf(() => compileExpression(text, options));

describe('names', () => {
  test('of the input are the variables of a run', () => {
    expect(run('message.customer.phone')).toBe('+79000000017');
    expect(run('customer')).toEqual({ id: 'c1' });
    expect(run('line.qty')).toBe(3);
    expect(run('nothing.at.all')).toBeUndefined();
  });

  test('with $ are variables given beside the input, which go before built-in functions when they are declared', () => {
    expect(run('$x.y + 1', order, { x: { y: 2 } })).toBe(3);
    expect(run('$x', order, {})).toBeUndefined();
    expect(compileExpression('$sum', { variables: ['sum'] }).evaluate({}, { sum: 5 }, new Budget())).toBe(5);
  });

  test('that will not exist are refused with the nearest one', () => {
    expect(refused('$custmer.name', { variables: ['customer'] })).toEqual({ code: 'expression.unknownVariable', parameters: { name: '$custmer', position: 8, nearest: '$customer' } });
    expect(refused('$f := 1; mesage.id', {}).code).toBe('expression.syntax');
    expect(refused('mesage.id', { roots: ['message'] })).toMatchObject({ code: 'expression.unknownVariable', parameters: { name: 'mesage', nearest: 'message' } });
    expect(refused('lines[mesage = 1]', { roots: ['message'] }).parameters).toMatchObject({ name: 'lines' });
    expect(refused('$$.mesage', { roots: ['message'] }).parameters).toMatchObject({ name: 'mesage' });
    expect(compileExpression('message.lines[qty > $$.line.qty].{"a": sku}', { roots: ['message', 'line'] }).paths).toEqual([['message', 'lines'], ['line', 'qty']]);
  });

  test('of unknown functions are refused with the nearest one', () => {
    expect(refused('$uper("a")')).toMatchObject({ code: 'expression.unknownFunction', parameters: { name: '$uper', nearest: expect.any(String) as string } });
    expect(refused('$lowercas(a)').parameters).toMatchObject({ nearest: '$lowercase' });
    expect(refused('sum(a)')).toMatchObject({ code: 'expression.notFunction', parameters: { name: 'sum' } });
  });

  test('bound inside an expression need not be given', () => {
    expect(compileExpression('($a := 1; $f := function($b) { $a + $b + $c }; orders@$o#$i.[$o, $i, $f(1)])', { variables: ['c'] }).freeVariables).toEqual(['c']);
  });

  test('read from the root are told, as far as they are known', () => {
    expect(compileExpression('message.lines.(qty * price) + customer.id').paths).toEqual([['message', 'lines'], ['customer', 'id']]);
    expect(compileExpression('$sum($map(message.lines, function($l) { $l.qty * line.qty }))').paths).toEqual([['message', 'lines'], ['line', 'qty']]);
    expect(compileExpression('$keys($)').paths).toEqual([[]]);
    expect(compileExpression('*.id').paths).toEqual([[]]);
    expect(compileExpression('1 + 1').paths).toEqual([]);
  });
});

describe('numbers are exact', () => {
  test.for([
    ['0.1 + 0.2', '0.3'],
    ['3 * 1.1', '3.3'],
    ['$sum(message.lines.(qty * price))', '20.4'],
    ['$sum([0.1, 0.2, 0.3])', '0.6'],
    ['$average([0.1, 0.2])', '0.15'],
    ['message.big + 0.01', '12345678901234567890.13'],
    ['12345678901234567890.123 + 0', '12345678901234567890.123'],
    ['-9007199254740993', '-9007199254740993'],
    ['$max([message.big, 1])', '12345678901234567890.12'],
    ['$number("12345678901234567890")', '12345678901234567890'],
    ['$string(message.big)', '"12345678901234567890.12"'],
    ['"" & 0.0000001', '"0.0000001"'],
    ['$decimal("10.10") * 2', '20.2'],
    ['$decimal(1) = 1', 'true'],
    ['1 in [$decimal(1)]', 'true'],
    ['$distinct([$decimal(1), 1, 2])', '[1,2]'],
    ['[1, 2, 3][$decimal(1)]', '2'],
    ['$type($decimal(1))', '"number"'],
    ['$boolean($decimal(0))', 'false'],
    ['{"a": $decimal(1)}.a.s', 'null'],
    ['$sort([$decimal("2.5"), 10, 1])', '[1,2.5,10]'],
    ['$round(2.5)', '3'],
    ['$round(-2.5)', '-3'],
    ['$round(3.5)', '4'],
    ['$round(2.5, 0, "half-even")', '2'],
    ['$round(1.005, 2)', '1.01'],
    ['$round(1250, -2)', '1300'],
    ['$round(12345678901234567890.125, 2)', '12345678901234567890.13'],
    ['$floor($decimal("-1.5"))', '-2'],
    ['$ceil($decimal("1.2"))', '2'],
    ['$abs($decimal("-1.2"))', '1.2'],
    ['$power(2, 100)', '1267650600228229401496703205376'],
    ['$sqrt(2)', '1.414213562373095048801688724209698'],
    ['$formatNumber(12345678901234567.125, "#,##0.00")', '"12,345,678,901,234,567.13"'],
    ['$formatNumber(0.125, "0.00")', '"0.13"'],
    ['$formatBase(18446744073709551615, 16)', '"ffffffffffffffff"'],
    ['$formatInteger(12345678901234567890, "#,##0")', '"12,345,678,901,234,567,890"'],
  ] as const)('%s is %s', ([text, wanted]) => {
    const value = run(text);
    expect(value === undefined ? 'null' : printJson(value)).toBe(wanted);
  });

  test('a Decimal operand makes a Decimal, else up to 15 digits make a number', () => {
    expect(run('$decimal(1) + 1')).toEqual(new Decimal(2));
    expect(run('1 / 4')).toBe(0.25);
    expect(run('1 / 3')).toEqual(new Decimal(1).dividedBy(3));
  });

  test.for(['1 / 0', '0 / 0', '5 % 0', '$power(10, 5000)', '$power(0, -1)', '$power(-1, 0.5)'])('%s fails at once', (text) => {
    expect(codeOf(() => run(text)).code).toBe('expression.number');
  });
});

describe('functions of the platform', () => {
  test('$strip cuts the ends and keeps inner spaces, $trim is the one of JSONata', () => {
    expect(run('$strip("  a   b ")')).toBe('a   b');
    expect(run('$trim("  a   b ")')).toBe('a b');
    expect(run('$strip(nothing)')).toBeUndefined();
  });

  test('base64 is of UTF-8', () => {
    expect(run('$base64decode($base64encode("Привет 😀"))')).toBe('Привет 😀');
    expect(run('$base64decode("0K8_")')).toBe('Я?');
    expect(codeOf(() => run('$base64decode("*")')).code).toBe('expression.call');
    expect(codeOf(() => run('$base64decode("//8=")')).code).toBe('expression.call');
  });

  test('more can be given', () => {
    const twice = { name: 'twice', signature: '<n-:n>', arity: 1, run: ([value]: readonly unknown[]) => Number(value) * 2 };
    expect(compileExpression('$twice(21) & [1, 2].$twice()', { functions: [twice] }).evaluate({}, {}, new Budget())).toBe('42[2,4]');
  });
});

describe('what is refused', () => {
  test.for([
    ['$eval("1")', 'expression.noEval'],
    ['$now()', 'expression.noClock'],
    ['$millis()', 'expression.noClock'],
    ['$random()', 'expression.noRandom'],
    ['$shuffle([1])', 'expression.noRandom'],
    ['$map([1], $random)', 'expression.noRandom'],
    ['a +', 'expression.syntax'],
    ['"abc', 'expression.syntax'],
    ['', 'expression.syntax'],
    ['/(?=a)b/', 'expression.syntax'],
    ['/(a)\\1/', 'expression.syntax'],
    ['/[/', 'expression.syntax'],
    ['/a/ ?: 1', 'expression.regexDefault'],
    ['function($x)<q>{1}', 'expression.syntax'],
    ['1e9999', 'expression.syntax'],
  ] as const)('%s: %s', ([text, code]) => {
    expect(refused(text).code).toBe(code);
  });

  test('has a position', () => {
    expect(refused('abc + $now()').parameters).toMatchObject({ position: 10 });
    expect(refused('a + + b').parameters).toMatchObject({ position: 5 });
  });

  test('is too long or nested too deeply', () => {
    expect(refused('1'.repeat(40_000))).toMatchObject({ code: 'expression.tooLong' });
    expect(refused('('.repeat(300) + '1' + ')'.repeat(300)).code).toBe('expression.nesting');
    expect(refused('['.repeat(16_000) + ']'.repeat(16_000)).code).toBe('expression.nesting');
    expect(refused(`1${' + 1'.repeat(5000)}`).code).toBe('expression.nesting');
    expect(run('('.repeat(60) + '1' + ')'.repeat(60))).toBe(1);
  });

  test('is a function as a result, whole or inside', () => {
    for (const text of ['$sum', 'function($x) { $x }', '{"f": function() { 1 }}', '[[$sum]]', '/a/', '$sum(?)']) expect(codeOf(() => run(text)).code).toBe('expression.functionResult');
  });

  test('names the operator, the place and what was found', () => {
    expect(codeOf(() => run('1 + "a"'))).toEqual({ code: 'expression.operand', parameters: { operator: '+', position: 3, expected: 'a number on the right', found: 'string "a"' } });
    expect(codeOf(() => run('$uppercase(5)'))).toEqual({ code: 'expression.argument', parameters: { name: '$uppercase', position: 11, index: 1, expected: 'text', found: 'number' } });
    expect(codeOf(() => run('message.orderId(1)')).code).toBe('expression.notFunction');
    expect(codeOf(() => run('$error("Сумма неверна")'))).toEqual({ code: 'expression.raised', parameters: { message: 'Сумма неверна' } });
  });
});

describe('a budget', () => {
  test.for([
    ['($f := function() { $f() }; $f())', {}, 'expression.steps'],
    ['[1..900000].[1..900000]', {}, 'expression.resultSize'],
    ['$map([1..1000], function($i) { $sum($map([1..1000], function($j) { $j })) })', { bytes: 1e9 }, 'expression.steps'],
    ['($f := function($n) { 1 + $f($n + 1) }; $f(0))', {}, 'expression.depth'],
    ['$reduce([1..60], function($s, $i) { $s & $s }, "ab")', {}, 'expression.resultSize'],
    ['$pad("a", 1000000000)', {}, 'expression.resultSize'],
    ['[1..100000000]', {}, 'expression.resultSize'],
    ['$join($map([1..1000], function() { $pad("", 100000, "x") }))', {}, 'expression.resultSize'],
    ['$sum([1..100])', { steps: 3 }, 'expression.steps'],
    ['$string([1..100])', { bytes: 820 }, 'expression.resultSize'],
    ['**', { steps: 5 }, 'expression.steps'],
    ['message.lines^(qty)', { steps: 1 }, 'expression.steps'],
    ['$replace($pad("", 100000, "a"), /a/, "bb$0")', { bytes: 300_000 }, 'expression.resultSize'],
  ] as [string, BudgetOptions, string][])('stops %s', ([text, limits, code]) => {
    expect(codeOf(() => run(text, order, {}, limits)).code).toBe(code);
  });

  test('lets tail calls run on without depth', () => {
    expect(run('($f := function($n, $s) { $n = 0 ? $s : $f($n - 1, $s + $n) }; $f(10000, 0))')).toBe(50_005_000);
  });

  test('covers deep recursion of deep expressions, the stack included', () => {
    const nested = `($f := function($n) { ${'['.repeat(90)} $f($n + 1) ${']'.repeat(90)} }; $f(0))`;
    expect(codeOf(() => run(nested, order, {}, { depth: 1_000_000 })).code).toBe('expression.depth');
  });

  test('is shared by all evaluations that get it', () => {
    const budget = new Budget({ steps: 250 });
    const expression = compileExpression('$sum([1..1000])');
    expression.evaluate({}, {}, budget);
    expect(codeOf(() => [1, 2, 3].map(() => expression.evaluate({}, {}, budget))).code).toBe('expression.steps');
  });

  test('is not outrun by a regular expression', () => {
    expect(run(`$contains($pad("", 5000, "a") & "!", /^(a+)+$/)`)).toBe(false);
    expect(run(`$match($pad("", 2000, "a"), /(a|a)*b/)`)).toBeUndefined();
  });
});

describe('nothing of the host is reachable', () => {
  test.for(['message.constructor', 'message.__proto__', 'message.toString', 'message.orderId.length', 'message.lines.length', '$lookup(message, "constructor")', 'message.hasOwnProperty', 'message.big.d', 'message.big.constructor', '$.constructor.constructor'])('%s is missing', (text) => {
    expect(run(text)).toBeUndefined();
  });

  test('a function has no members', () => {
    expect(run('$sum.$arity')).toBeUndefined();
    expect(run('(function() { 1 }).`$call`')).toBeUndefined();
    expect(run('$keys($sum)')).toBeUndefined();
  });

  test('special keys of the data are data', () => {
    const special = parseJson('{"a":{"__proto__":{"x":1},"constructor":{"y":2},"toString":3}}');
    expect(run('a.__proto__.x', special)).toBe(1);
    expect(run('a.constructor.y', special)).toBe(2);
    expect(run('$keys(a)', special)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(printJson(run('$merge([a, {"b": 1}])', special) as Value)).toBe('{"__proto__":{"x":1},"constructor":{"y":2},"toString":3,"b":1}');
    expect(printJson(run('{"__proto__": 1, "a": 2}') as Value)).toBe('{"__proto__":1,"a":2}');
    expect(printJson(run('$ ~> |a|{"__proto__": 5}, "constructor"|', special) as Value)).toBe('{"a":{"__proto__":5,"toString":3}}');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});

describe('the input', () => {
  test('is never changed', () => {
    const before = printJson(order);
    for (const text of ['$ ~> |message.lines|{"qty": 0}, "sku"|', '$ ~> |$$.message|{"a": 1}|', 'message.lines^(>qty)', '$sort(message.lines.qty)', '$append(message.lines, 1)', '$reverse(message.lines)', 'message.lines[]', 'message.lines#$i.{"i": $i}', '$merge(message.lines)']) run(text);
    expect(printJson(order)).toBe(before);
  });

  test('may be a list, a scalar, null or missing', () => {
    expect(run('$', [1, 2])).toEqual([1, 2]);
    expect(run('$count($)', [1, 2])).toBe(2);
    expect(run('a', [{ a: 1 }, { a: 2 }])).toEqual([1, 2]);
    expect(run('[0]', [5, 6])).toEqual([0]);
    expect(run('$ & "!"', 'text')).toBe('text!');
    expect(run('a', null)).toBeUndefined();
    expect(compileExpression('a.b').evaluate(undefined, {}, new Budget())).toBeUndefined();
  });

  test('keeps its parts in the result, and the result has no marks', () => {
    const input = { a: [{ b: [1, 2] }] };
    expect(run('a[0]', input)).toBe(input.a[0]);
    for (const text of ['a.b', '{"x": a.b}', '[a.b]', 'a.[b]', 'a.b[]', '$map(a, function($v) { $v.b })']) {
      for (const list of lists(run(text, input))) expect(Object.keys(list)).toEqual(list.map((_, index) => String(index)));
    }
  });
});

function lists(value: Value | undefined): readonly (readonly Value[])[] {
  if (Array.isArray(value)) return [value as readonly Value[], ...(value as readonly Value[]).flatMap(lists)];
  return typeof value === 'object' && value !== null && !(value instanceof Decimal) ? Object.values(value as Record<string, Value>).flatMap(lists) : [];
}

test('one compiled expression may be evaluated at the same time with different inputs', () => {
  const expression = compileExpression('($x := a; $f := function($n) { $n + $x }; $f(b))');
  expect([1, 2, 3].map((a) => expression.evaluate({ a, b: 10 }, {}, new Budget()))).toEqual([11, 12, 13]);
});
