import { expect, test } from 'vitest';
import { isBodyAsSigned, isSignatureGood, parseSigned, signedAt } from './signature.ts';

/** What the client @azure/app-configuration 1.13.0 sent with this secret; it signs by the same scheme. */
const secret = Buffer.alloc(32, 9);
const host = 'zveno.example:8443';
const sent = [
  {
    method: 'GET', pathAndQuery: '/api/public/adapter/shop/kv/%D0%B7%D0%B0%D0%BA%D0%B0%D0%B7?api-version=2026-04-01', body: '',
    date: 'Sat, 28 Nov 2026 14:22:21 GMT', hash: '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=', signature: 'SQkKqw7+bnKZuggdFQsbo2X5nSG6zFwWqunJeevClmU=',
  },
  {
    method: 'PUT', pathAndQuery: '/api/public/adapter/shop/kv/order?api-version=2026-04-01&label=a%20b', body: '{"label":"a b","value":"17"}',
    date: 'Sat, 28 Nov 2026 14:22:21 GMT', hash: 'MXuMHmibs0N1InFpSoAXW7HgBLQ8QEOCZFFztHc6794=', signature: 'M8Mk0wzF8skJRTkzqs9qq9ovejTHS/pEpdoL58ReoCw=',
  },
];
const authorization = (signature: string): string => `HMAC-SHA256 Credential=zvk_vector&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=${signature}`;

test.each(sent)('the signature that a client of another vendor made is good, and no other: $method', ({ method, pathAndQuery, body, date, hash, signature }) => {
  const signed = parseSigned(authorization(signature));
  if (signed === null) throw new Error('not read');
  const headers = { 'x-ms-date': date, 'x-ms-content-sha256': hash };
  const good = (changes: object = {}, by: Uint8Array = secret, hosts: readonly string[] = [host]): boolean => isSignatureGood(signed, { method, pathAndQuery, headers, ...changes }, by, hosts, false);
  expect(good()).toBe(true);
  expect(good({}, secret, ['inside:8080', host])).toBe(true);
  expect(isBodyAsSigned(headers, Buffer.from(body))).toBe(true);
  expect(signedAt(headers)).toBe(Date.UTC(2026, 10, 28, 14, 22, 21));
  expect(good({ method: 'POST' })).toBe(false);
  expect(good({ pathAndQuery: `${pathAndQuery}&x` })).toBe(false);
  expect(good({ headers: { ...headers, 'x-ms-date': 'Sat, 28 Nov 2026 14:22:22 GMT' } })).toBe(false);
  expect(good({ headers: { ...headers, 'x-ms-content-sha256': '' } })).toBe(false);
  expect(good({}, Buffer.alloc(32, 8))).toBe(false);
  expect(good({}, secret, ['other'])).toBe(false);
  expect(isBodyAsSigned(headers, Buffer.from(`${body} `))).toBe(false);
});

test.each([
  'HMAC-SHA256',
  'HMAC-SHA256 Credential=a',
  authorization('short'),
  authorization('SQkKqw7+bnKZuggdFQsbo2X5nSG6zFwWqunJeevClmU=').replace(';host', ''),
  authorization('SQkKqw7+bnKZuggdFQsbo2X5nSG6zFwWqunJeevClmU=').replace(';host', ';host;host'),
  `${authorization('SQkKqw7+bnKZuggdFQsbo2X5nSG6zFwWqunJeevClmU=')}&Credential=b`,
  `${authorization('SQkKqw7+bnKZuggdFQsbo2X5nSG6zFwWqunJeevClmU=')}&More=b`,
  authorization('SQkKqw7+bnKZuggdFQsbo2X5nSG6zFwWqunJeevClmU=').replace('zvk_vector', '\u{1F600}'),
])('what is no complete signature is none: %s', (text) => {
  expect(parseSigned(text)).toBeNull();
});

test('a date is an HTTP date in GMT and nothing else, and a request without a body may leave its hash empty', () => {
  for (const date of ['', '2026-11-28T14:22:21Z', 'Sat, 28 Nov 2026 14:22:21 +0300', '1']) expect(signedAt({ 'x-ms-date': date })).toBeNull();
  expect(isBodyAsSigned({ 'x-ms-content-sha256': '' }, new Uint8Array())).toBe(true);
  expect(isBodyAsSigned({ 'x-ms-content-sha256': '' }, Buffer.from('x'))).toBe(false);
  expect(isBodyAsSigned({}, Buffer.from('x'))).toBe(false);
});
