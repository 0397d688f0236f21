import type { Contract } from '../../../sdk/testing/contract-suite.ts';
import { startTcp } from '../../../sdk/testing/server.ts';
import { limits, Secret } from '../../../sdk/index.ts';
import { startService } from '../fake.ts';
import definition from '../index.ts';

const canary = 'canary-odata-token';
const create = (Name: string) => ({ operation: 'create', properties: { set: 'Items' }, request: { Name } });

export const contract: Contract = {
  definition,
  async start() {
    const service = await startService(canary);
    const silent = await startTcp(() => undefined);
    const gone = await startTcp(() => undefined);
    await gone[Symbol.asyncDispose]();
    const good = { url: `${service.url}/service`, auth: 'bearer', token: new Secret(canary), timeoutMs: 5_000 };
    const envelope = '{"Name":""}'.length;
    return {
      good,
      canary,
      routes: {
        query: { set: 'Items', select: ['Name'] }, readRows: { set: 'Items', pageRows: 2 }, readChanges: { plan: 'ExchangePlan_Site', node: '1' }, get: { set: 'Items' }, create: { set: 'Items' }, update: { set: 'Items' },
        delete: { set: 'Items' }, callFunction: { name: 'Recount' }, scan: { set: 'Items' },
        batch: { set: 'Items' }, changes: { set: 'Items' }, selectChanges: { plan: 'ExchangePlan_Site', node: '1' }, confirmChanges: { plan: 'ExchangePlan_Site', node: '1' },
      },
      wrongAddress: { properties: { ...good, url: `${gone.url}/service` }, code: 'connection.refused' },
      wrongSecret: { properties: { ...good, token: new Secret(`${canary}-wrong`) }, code: 'odata.signInRefused' },
      slow: { properties: { ...good, url: silent.url, timeoutMs: 80, metadataTimeoutMs: 80 }, code: 'connection.timeout' },
      named: (host) => ({ ...good, url: `http://${host}:${service.port}/service` }),
      call: create('a'),
      // What the response holds is for the test to find out.
      text: { call: create, read: (response) => (response as { row?: { Name?: unknown } }).row?.Name },
      nul: 'connection.nulInText',
      limit: { call: (bytes) => create('x'.repeat(bytes - envelope)), bytes: limits.remoteRequestBytes.value, code: 'connection.requestTooLarge' },
      busy: { call: create('busy'), afterMs: 7_000 },
      rejected: { call: create('refused') },
      dropped: { call: create('drop') },
      hanging: { call: create('hang') },
      reading: {
        operation: 'readRows',
        properties: { set: 'Words', pageRows: 2 },
        // What a message holds is for the test to find out.
        keysOf: (message) => (message as { rows: { Name: string }[] }).rows.map(({ Name }) => Name),
        keys: () => service.words,
        add: async () => void service.words.push('new'),
      },
      effects: async () => service.created(),
      async [Symbol.asyncDispose]() {
        await service[Symbol.asyncDispose]();
        await silent[Symbol.asyncDispose]();
      },
    };
  },
  lacks: {},
};
