import { expect, it } from 'vitest';
import { deprecationHeaders } from '../../src/api/operation.ts';
import { operationList } from '../../src/api/operations.ts';

it('an operation on its way out says since when, and until when it works', () => {
  expect(deprecationHeaders({ deprecated: { since: '2027-01-01', sunset: '2028-01-01', instead: 'listRecords' } })).toEqual({ deprecation: '@1798761600', sunset: 'Sat, 01 Jan 2028 00:00:00 GMT' });
  expect(deprecationHeaders({ deprecated: { since: '2027-01-01', instead: 'listRecords' } })).toEqual({ deprecation: '@1798761600' });
  expect(deprecationHeaders({})).toEqual({});
});

it('names another operation that is there', () => {
  const ids = operationList.map(({ id }) => id);
  for (const { id, deprecated } of operationList) if (deprecated !== undefined) expect(ids.filter((other) => other !== id)).toContain(deprecated.instead);
});
