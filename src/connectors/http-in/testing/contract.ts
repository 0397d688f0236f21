import type { Contract } from '../../../sdk/testing/contract-suite.ts';
import { Secret } from '../../../sdk/index.ts';
import definition from '../index.ts';

const noRemote = 'the platform is the server here: nothing is dialled';
const noSending = 'this connector only receives';

export const contract: Contract = {
  definition,
  start: async () => ({
    good: { path: 'shop', auth: 'bearer', token: new Secret('canary-in') },
    canary: 'canary-in',
    routes: { receive: { path: 'orders', methods: ['POST'], reply: 'afterRun' } },
    [Symbol.asyncDispose]: async () => undefined,
  }),
  lacks: {
    wrongAddress: noRemote, wrongSecret: noRemote, slow: noRemote, named: noRemote, call: noSending, text: noSending, nul: noSending,
    limit: noSending, busy: noSending, rejected: noSending, dropped: noSending, hanging: noSending, effects: noSending,
  },
};
