import type { Contract } from '../../../sdk/testing/contract-suite.ts';
import { limits, Secret } from '../../../sdk/index.ts';
import { startPartner, startSilent } from '../fake.ts';
import definition from '../index.ts';

const canary = 'canary-out-token';
const post = (path: string, request: Record<string, string> = { a: 'b' }) => ({ operation: 'call', properties: { method: 'POST', path }, request });

export const contract: Contract = {
  definition,
  async start() {
    const partner = await startPartner(canary);
    const silent = await startSilent();
    const gone = await startSilent();
    await gone[Symbol.asyncDispose]();
    const good = { url: partner.url, auth: 'bearer', token: new Secret(canary), timeoutMs: 5_000 };
    const envelope = '{"text":""}'.length;
    return {
      good,
      canary,
      routes: { call: { method: 'POST', path: 'echo' } },
      wrongAddress: { properties: { ...good, url: gone.url }, code: 'connection.refused' },
      wrongSecret: { properties: { ...good, token: new Secret(`${canary}-wrong`) }, code: 'connection.authenticationFailed' },
      slow: { properties: { ...good, url: silent.url, timeoutMs: 80 }, code: 'connection.timeout' },
      named: (host) => ({ ...good, url: `http://${host}:${partner.port}` }),
      call: post('echo'),
      // What the response holds is for the test to find out.
      text: { call: (text) => post('echo', { text }), read: (response) => (response as { text?: unknown }).text },
      // It goes out as JSON can carry it; the echo is then refused, because no message may hold it.
      nul: 'connection.malformedResponse',
      limit: { call: (bytes) => post('sink', { text: 'x'.repeat(bytes - envelope) }), bytes: limits.remoteRequestBytes.value, code: 'connection.requestTooLarge' },
      busy: { call: post('busy'), afterMs: 7_000 },
      rejected: { call: post('refused') },
      dropped: { call: post('drop') },
      hanging: { call: post('hang') },
      effects: async () => partner.seen.length,
      async [Symbol.asyncDispose]() {
        await partner[Symbol.asyncDispose]();
        await silent[Symbol.asyncDispose]();
      },
    };
  },
  lacks: {},
};
