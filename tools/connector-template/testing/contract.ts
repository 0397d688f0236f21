import type { Contract } from '../../../src/sdk/testing/contract-suite.ts';
import { startTcp } from '../../../src/sdk/testing/server.ts';
import { limits, Secret } from '../../../src/sdk/index.ts';
import { startSystem } from '../fake.ts';
import definition from '../index.ts';

const canary = 'canary-of-the-new-system';
const to = (path: string, text = 'a') => ({ operation: 'send', properties: { path }, request: { text } });

export const contract: Contract = {
  definition,
  async start() {
    const system = await startSystem(canary);
    const silent = await startTcp(() => undefined);
    const gone = await startTcp(() => undefined);
    await gone[Symbol.asyncDispose]();
    const good = { url: system.url, token: new Secret(canary), timeoutMs: 5_000 };
    const envelope = '{"text":""}'.length;
    return {
      good,
      canary,
      routes: { send: { path: 'messages' } },
      wrongAddress: { properties: { ...good, url: gone.url }, code: 'connection.refused' },
      wrongSecret: { properties: { ...good, token: new Secret(`${canary}-wrong`) }, code: 'connection.authenticationFailed' },
      slow: { properties: { ...good, url: silent.url, timeoutMs: 80 }, code: 'connection.timeout' },
      named: (host) => ({ ...good, url: `http://${host}:${system.port}` }),
      call: to('messages'),
      // What the response holds is for the test to find out.
      text: { call: (text) => to('messages', text), read: (response) => (response as { text?: unknown }).text },
      // It goes out as JSON can carry it; the echo is then refused, because no message may hold it.
      nul: 'connection.malformedResponse',
      limit: { call: (bytes) => to('messages', 'x'.repeat(bytes - envelope)), bytes: limits.remoteRequestBytes.value, code: 'connection.requestTooLarge' },
      busy: { call: to('busy'), afterMs: 3_000 },
      rejected: { call: to('refused') },
      dropped: { call: to('drop') },
      hanging: { call: to('hang') },
      effects: async () => system.seen.length,
      async [Symbol.asyncDispose]() {
        await system[Symbol.asyncDispose]();
        await silent[Symbol.asyncDispose]();
      },
    };
  },
  lacks: {},
};
