/** The document that the expressions of agreed-cases.txt are evaluated over. */
import type { ValueObject } from '../../value.ts';

export const sample: ValueObject = {
  a: { b: [{ c: 1, d: 'x' }, { c: 2, d: 'y' }, { c: 3 }], e: [5], f: null, g: [], s: 'hello world', n: 12.5, t: true, nested: [[1, 2], [3]] },
  list: [3, 1, 2],
  str: ['q', 'a', 'z'],
  o: { k1: 1, k2: 'two', k3: [1, 2] },
  orders: [
    { id: 1, items: [{ p: 'A', q: 2, price: 10 }, { p: 'B', q: 1, price: 5 }] },
    { id: 2, items: { p: 'A', q: 4, price: 7 } },
  ],
};
