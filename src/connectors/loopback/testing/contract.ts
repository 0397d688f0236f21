import type { Contract } from '../../../sdk/testing/contract-suite.ts';
import { isObject, type Value } from '../../../sdk/index.ts';
import definition from '../index.ts';

const noNetwork = 'there is no network to reach, sign in to or wait for';

export const contract: Contract = {
  definition,
  start: async () => ({
    good: { note: 'stands in for the warehouse' },
    canary: 'no secret here',
    routes: { call: { reply: { accepted: true } } },
    call: { operation: 'call', properties: {}, request: { a: 1 } },
    text: {
      call: (text) => ({ operation: 'call', properties: {}, request: { text } }),
      // What the response holds is for the test to find out.
      read: (response) => (isObject(response as Value) ? (response as { text?: unknown }).text : undefined),
    },
    nul: 'arrives',
    rejected: { call: { operation: 'call', properties: { fail: 'connection.rejected' }, request: {} } },
    dropped: { call: { operation: 'call', properties: { fail: 'connection.unknownOutcome' }, request: {} } },
    hanging: { call: { operation: 'call', properties: { delayMs: 30_000 }, request: {} } },
    [Symbol.asyncDispose]: async () => undefined,
  }),
  lacks: {
    wrongAddress: noNetwork, wrongSecret: noNetwork, slow: noNetwork, named: noNetwork,
    limit: 'nothing is sent anywhere, so no size matters', busy: 'it has no clock to say when to come back', effects: 'it has no effects anywhere',
  },
};
