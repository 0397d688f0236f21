/**
 * W3: twelve fields of a 1 KB order, mapped by hand-written JavaScript, by our compiled mapping and expression,
 * and by the `jsonata` interpreter. Prints CPU microseconds a message and the ratio to the hand-written mapping;
 * the last line is one JSON object. `node bench/w3-mapping.ts [--messages N]`
 */
import jsonata from 'jsonata';
import { Budget } from '../src/core/expression/budget.ts';
import { compileExpression } from '../src/core/expression/expression.ts';
import { parseJson, printJson } from '../src/core/json.ts';
import { compileMapping, type MappingRow } from '../src/core/mapping.ts';
import { parseSchemaTree } from '../src/core/message-schema.ts';
import type { Value } from '../src/core/value.ts';

interface Order {
  orderId: string;
  createdAt: string;
  customer: { name: string; email: string; phone: string };
  comment: string;
  lines: { sku: string; qty: number; price: number }[];
}

function makeOrder(number: number): Order {
  const goods = ['ANCHOR-M10', 'CLAMP-25', 'DOWEL-8X60', 'HINGE-90', 'RAIL-2M', 'SCREW-4X40'];
  return {
    orderId: `W3-${number}`,
    createdAt: `2026-0${1 + (number % 9)}-1${number % 10}T0${number % 10}:15:30+03:00`,
    customer: { name: `  Смирнова Анна Сергеевна ${number % 500} `, email: ` Anna.Smirnova${number % 500}@Example.org`, phone: `8 (900) 1${number % 10}0-${10 + (number % 90)}-07` },
    comment: ` ${'Позвонить за час; пропуск заказать на проходной. '.repeat(6)}`,
    lines: Array.from({ length: 5 }, (_, index) => ({ sku: `${goods[(number + index) % goods.length] ?? ''}-${1000 + number + index}`, qty: 1 + ((number + index) % 7), price: (995 + number * 11 + index * 37) / 100 })),
  };
}

function byHand(order: Order): Record<string, unknown> {
  if (typeof order.orderId !== 'string' || order.orderId === '') throw new Error('orderId');
  const created = new Date(order.createdAt);
  if (Number.isNaN(created.getTime())) throw new Error('createdAt');
  let cents = 0;
  let pieces = 0;
  const skus: string[] = [];
  for (const { sku, qty, price } of order.lines) {
    if (typeof qty !== 'number' || typeof price !== 'number') throw new Error('line');
    cents += Math.round(qty * price * 100);
    pieces += qty;
    skus.push(sku);
  }
  return {
    number: order.orderId,
    name: order.customer.name.trim(),
    email: order.customer.email.trim().toLowerCase(),
    phone: `+7${order.customer.phone.replace(/\D/g, '').slice(1)}`,
    createdAt: `${created.toISOString().slice(0, 23)}000Z`,
    day: order.createdAt.slice(0, 10),
    note: order.comment.trim(),
    lineCount: order.lines.length,
    pieces,
    total: cents / 100,
    skus: skus.join(','),
    lines: JSON.stringify(order.lines),
  };
}

const expressions = {
  number: 'orderId',
  name: '$strip(customer.name)',
  email: '$lowercase($strip(customer.email))',
  phone: '"+7" & $substring($replace(customer.phone, /[^0-9]/, ""), 1)',
  createdAt: 'createdAt',
  day: '$substring(createdAt, 0, 10)',
  note: '$strip(comment)',
  lineCount: '$count(lines)',
  pieces: '$sum(lines.qty)',
  total: '$sum(lines.(qty * price))',
  skus: '$join(lines.sku, ",")',
  lines: '$string(lines)',
};

const schema = parseSchemaTree(
  {
    number: { type: 'string', required: true, notEmpty: true },
    name: { type: 'string', required: true },
    email: 'string',
    phone: 'string',
    createdAt: { type: 'dateTime', required: true },
    day: 'date',
    note: 'string',
    lineCount: 'integer',
    pieces: 'number',
    total: 'number',
    skus: 'string',
    lines: 'string',
  },
  'order',
);

const rows: readonly MappingRow[] = Object.entries(expressions).map(([target, text]) => ({ target, source: `=${text}` }));
const whole = `{${Object.entries(expressions).map(([name, text]) => `"${name}": ${text}`).join(', ')}}`;

const orders = Array.from({ length: 200 }, (_, index) => makeOrder(index));
const values = orders.map((order) => parseJson(JSON.stringify(order)));
const mapping = compileMapping(rows, schema);
const expression = compileExpression(whole);
const interpreter = jsonata(whole.replaceAll('$strip', '$trim'));

function byMapping(value: Value): Value {
  const { value: result, problems } = mapping(value, {}, new Budget());
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return result;
}

const contenders: readonly { name: string; messages: number; run: (index: number) => unknown }[] = [
  { name: 'hand-written', messages: 200_000, run: (index) => byHand(orders[index] as Order) },
  { name: 'compiled mapping', messages: 100_000, run: (index) => byMapping(values[index] as Value) },
  { name: 'compiled expression', messages: 100_000, run: (index) => expression.evaluate(values[index], {}, new Budget()) },
  { name: 'jsonata interpreter', messages: 4_000, run: (index) => interpreter.evaluate(orders[index]) },
];

checkAgreement();
const asked = process.argv.indexOf('--messages');
const share = asked < 0 ? 1 : Number(process.argv[asked + 1]) / 100_000;
const rounds = 3;
const measured = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
for (let round = 0; round <= rounds; round++) {
  for (const { name, messages, run } of contenders) {
    const micros = await cpuMicros(run, Math.ceil(messages * share));
    if (round > 0) measured.get(name)?.push(micros); // the first round warms up
  }
}

const results = [...measured].map(([name, micros]) => ({ name, cpuMicros: median(micros) }));
const base = results[0]?.cpuMicros ?? Number.NaN;
for (const { name, cpuMicros: micros } of results) console.log(`${name.padEnd(22)} ${micros.toFixed(2).padStart(9)} µs   ${(micros / base).toFixed(2).padStart(7)} × hand-written`);
console.log(JSON.stringify({ bench: 'w3', bytes: Buffer.byteLength(JSON.stringify(orders[0])), rows: results, ratio: Object.fromEntries(results.map(({ name, cpuMicros: micros }) => [name, Number((micros / base).toFixed(2))])) }));

/** All four have to give the same, else the comparison means nothing. */
function checkAgreement(): void {
  for (const [index, value] of values.entries()) {
    const wanted = JSON.stringify(byHand(orders[index] as Order));
    const given = printJson(byMapping(value));
    if (given !== wanted) throw new Error(`The mappings differ:\n${wanted}\n${given}`);
  }
}

async function cpuMicros(run: (index: number) => unknown, messages: number): Promise<number> {
  const before = process.cpuUsage();
  for (let index = 0; index < messages; index++) {
    const result = run(index % orders.length);
    if (result instanceof Promise) await result;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / messages;
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((left, right) => left - right)[numbers.length >> 1] ?? Number.NaN;
}
