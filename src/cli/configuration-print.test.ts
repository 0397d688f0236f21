import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Kind, kinds, type Plain, type PlainObject, samePlain } from '../core/configuration/object-document.ts';
import { readConfigurationFile } from './configuration-file.ts';
import { printObject } from './configuration-print.ts';

const text = fc.oneof(fc.string({ maxLength: 30 }), fc.string({ unit: 'binary', maxLength: 20 }), fc.constantFrom('=a.b', '==x', 'yes', 'null', '1e5', '0x1F', '# no comment', ' padded ', 'a: b', '- x', 'две\nстроки\n', '${secret:a}', '<<', '~', 'a\u2028b')).map((made) => made.replaceAll('\0', '').toWellFormed());

const { tree } = fc.letrec<{ tree: Plain; leaf: Plain }>((tie) => ({
  leaf: fc.oneof(text, fc.boolean(), fc.constant(null), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }).map((made) => Number(made.toPrecision(12)))),
  tree: fc.oneof({ depthSize: 'small' }, tie('leaf'), fc.array(tie('tree'), { maxLength: 4 }), fc.dictionary(text, tie('tree'), { maxKeys: 5 })),
}));

const printed = (document: PlainObject, kind: Kind): string => printObject({ kind, name: 'a', document });

test('what is printed reads back as the same document', () => {
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.dictionary(text, tree, { maxKeys: 6 }), (kind, body) => {
      const document: PlainObject = { ...body, kind, name: 'a' };
      const read = readConfigurationFile('a.yaml', new TextEncoder().encode(printed(document, kind)));
      expect(read.findings).toEqual([]);
      expect(samePlain(read.document?.document, document)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('keys come in the usual order, short values on one line, expressions unharmed', () => {
  const route = { request: { total: 'decimal' }, properties: { path: 'orders', methods: ['POST'] }, keys: { idempotency: '=orderId' }, operation: 'receive', connection: 'shopIn', name: 'orders', kind: 'Route' };
  expect(printed(route, 'Route')).toBe(
    'kind: Route\nname: orders\nconnection: shopIn\noperation: receive\nproperties: {path: orders, methods: [POST]}\nkeys: {idempotency: =orderId}\nrequest: {total: decimal}\n',
  );
});

test('printing is stable: the order of keys in the stored document does not matter at the top', () => {
  expect(printed({ name: 'a', kind: 'Connection', type: 'sql' }, 'Connection')).toBe(printed({ type: 'sql', kind: 'Connection', name: 'a' }, 'Connection'));
});
