/** What runs beside the API: its document, health, metrics, the live feed, connections, configuration. */
import { connectors } from '../../src/connectors/registry.ts';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorization, startApi, type ApiCaller } from './platform.ts';
import { allOfShop } from './shop.ts';

let api: ApiCaller;

beforeAll(async () => {
  api = await startApi({ ZVENO_PUBLIC_URL: 'https://zveno.example/' });
  await api.call('PUT', '/api/v1/secrets/shop-token', { body: { value: 'x' } });
  await api.apply(...allOfShop);
});
afterAll(() => api.close());

const admin = authorization({ basic: 'admin:correct horse battery' });

describe('the document', () => {
  it('is for those who sign in with the permission to call, in their language', async () => {
    expect((await api.call('GET', '/', { as: null })).headers.get('location')).toBe('/docs');
    const asked = await api.call('GET', '/docs/json', { as: null });
    expect(asked.status).toBe(401);
    expect(asked.headers.get('www-authenticate')).toContain('Basic');
    expect((await api.call('GET', '/docs', { as: null })).status).toBe(401);
    const page = await api.call('GET', '/docs');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(page.text).not.toMatch(/https?:\/\/(?!127)/);
    const document = (await api.call('GET', '/docs/json', { headers: { 'accept-language': 'ru' } })).json;
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Звено' }, servers: [{ url: 'https://zveno.example' }] });
    expect((await api.call('GET', '/docs/json')).json.info.title).toBe('Zveno');
  });
});

describe('health and metrics', () => {
  it('tell whether the process lives and can work', async () => {
    expect(await api.call('GET', '/health/live', { as: null })).toMatchObject({ status: 200, json: { status: 'ok' } });
    expect(await api.call('GET', '/health/ready', { as: null })).toMatchObject({ status: 200, json: { status: 'ok', obstacles: [] } });
  });

  it('count messages, queues, commits and requests', async () => {
    await api.call('POST', '/api/public/adapter/shop/plain', { body: { number: 'x1', total: 1 } });
    const { text, status } = await api.call('GET', '/metrics', { as: null });
    expect(status).toBe(200);
    for (const line of ['zveno_messages_total{direction="in",state="done"} 1', 'zveno_queue_length{queue="inbox"} 0', 'zveno_commit_seconds_count{result="committed"}', 'zveno_database_up 1', 'process_cpu_seconds_total', 'route="/api/public/adapter/*"']) {
      expect(text).toContain(line);
    }
  });

  it('are not for strangers behind a proxy', async () => {
    expect((await api.call('GET', '/metrics', { as: null, headers: { 'x-forwarded-for': '203.0.113.7' } })).status).toBe(401);
    expect((await api.call('GET', '/metrics', { headers: { 'x-forwarded-for': '203.0.113.7' } })).status).toBe(200);
  });
});

describe('an address', () => {
  it('that is none is 404, and another method 405 with those allowed', async () => {
    expect(await api.call('GET', '/api/v1/nothing')).toMatchObject({ status: 404, json: { code: 'http.notFound' } });
    const wrong = await api.call('PATCH', '/api/v1/messages');
    expect(wrong).toMatchObject({ status: 405, json: { code: 'http.methodNotAllowed' } });
    expect(wrong.headers.get('allow')).toBe('GET');
    expect(await api.call('GET', '/api/v1/records/%zz')).toMatchObject({ status: 400, json: { code: 'http.malformed' } });
  });

  it('of a route is the one that is reached from outside', async () => {
    expect((await api.call('GET', '/api/v1/routes/plain')).json).toMatchObject({ address: 'https://zveno.example/api/public/adapter/shop/plain', methods: ['POST'], scenarios: ['takePlain'] });
    expect((await api.call('GET', '/api/v1/routes/asking')).json.address).toBeNull();
  });
});

describe('the live feed', () => {
  /** Reads events until there are enough of them; gives the stream up then. */
  async function events(query: string, enough: number, after: () => Promise<unknown>, lastId?: string): Promise<{ id: string; event: string; data: { state: string; message: string } }[]> {
    const stop = new AbortController();
    const response = await fetch(`${api.url}/api/v1/events${query}`, { headers: { ...admin, ...(lastId === undefined ? {} : { 'last-event-id': lastId }) }, signal: stop.signal });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const found: { id: string; event: string; data: { state: string; message: string } }[] = [];
    let text = '';
    let begun = false;
    try {
      for await (const part of response.body ?? []) {
        text += Buffer.from(part).toString();
        if (!begun) {
          begun = true;
          await after();
        }
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) {
          const line = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
          if (line('event') !== '') found.push({ id: line('id'), event: line('event'), data: JSON.parse(line('data')) });
        }
        if (found.length >= enough) return found;
      }
    } finally {
      stop.abort();
    }
    return found;
  }

  const plain = (number: string) => () => api.call('POST', '/api/public/adapter/shop/plain', { body: { number, total: 1 } });

  it('tells what happens, and after a break what was missed', async () => {
    const [first] = await events('?route=plain&state=done', 1, plain('e-1'));
    expect(first).toMatchObject({ event: 'message', data: { state: 'done', route: 'plain' } });
    await plain('e-2')();
    const [missed] = await events('?route=plain&state=done', 1, async () => undefined, first?.id);
    expect(missed?.data.message).not.toBe(first?.data.message);
    const [, number] = (missed?.id ?? '').split('-');
    expect(Number(number)).toBeGreaterThan(Number((first?.id ?? '').split('-')[1]));
  });

  it('says when it cannot tell what was missed', async () => {
    const [gap] = await events('', 1, async () => undefined, 'another0-17');
    expect(gap?.event).toBe('gap');
  });

  it('gives only what was asked for', async () => {
    const found = await events('?route=open', 1, async () => {
      await plain('e-3')();
      await api.call('POST', `/api/public/adapter/${encodeURI('открыто')}`, { as: null, body: { text: 'x' } });
    });
    expect(found.map(({ data }) => data)).toMatchObject([{ route: 'open' }]);
  });
});

describe('connections', () => {
  const lines = (text: string): { stage?: string; state?: string; result?: string; failure?: { code: string } }[] => text.trim().split('\n').map((line) => JSON.parse(line));

  it('are shown with the names of their secrets only', async () => {
    expect((await api.call('GET', '/api/v1/connections/tokenIn')).json).toMatchObject({ type: 'http-in', properties: { token: { secret: 'shop-token' } }, routes: ['byToken'] });
    expect(await api.call('GET', '/api/v1/connections/tokenIm')).toMatchObject({ status: 404, json: { code: 'connection.none', parameters: { nearest: 'tokenIn' } } });
    expect((await api.call('GET', '/api/v1/connectors/http-out')).json.connection.properties.token).toMatchObject({ writeOnly: true });
    expect((await api.call('GET', '/api/v1/connectors')).json.connectors.map(({ name }: { name: string }) => name)).toEqual(connectors.map(({ name }) => name));
  });

  it('are checked stage by stage, saved or not', async () => {
    const saved = lines((await api.call('POST', '/api/v1/connections/partner/check')).text);
    expect(saved.at(-1)).toMatchObject({ result: 'ok' });
    const port = await closedPort();
    const refused = await api.call('POST', '/api/v1/connections/check', { body: { type: 'http-out', properties: { url: `http://127.0.0.1:${port}/`, auth: 'bearer', token: 'a text nobody keeps' }, allow: ['loopback'] } });
    expect(lines(refused.text).at(-1)).toMatchObject({ result: 'failed' });
    expect(lines(refused.text).some(({ state }) => state === 'failed')).toBe(true);
    expect(refused.text).not.toContain('a text nobody keeps');
  });

  it('to addresses that are not allowed are refused, also behind a name', async () => {
    for (const url of ['http://127.0.0.1:1/', 'http://localhost:1/', 'http://169.254.169.254/latest/']) {
      const found = lines((await api.call('POST', '/api/v1/connections/check', { body: { type: 'http-out', properties: { url, auth: 'none' } } })).text);
      expect(found.find(({ state }) => state === 'failed')?.failure?.code).toBe('connection.addressForbidden');
    }
  });

  it('with wrong values are refused by field', async () => {
    const refused = await api.call('POST', '/api/v1/connections/check', { body: { type: 'http-out', properties: { urll: 'x' } } });
    expect(refused).toMatchObject({ status: 422, json: { code: 'spec.refused' } });
    expect(refused.json.problems.map(({ path }: { path: string }) => path)).toEqual(expect.arrayContaining(['urll', 'url']));
    expect(await api.call('POST', '/api/v1/connections/check', { body: { type: 'http-in2', properties: {} } })).toMatchObject({ status: 404, json: { code: 'connector.unknown', parameters: { nearest: 'http-in' } } });
  });
});

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('the configuration', () => {
  const tag = 'kind: Template\nname: Tag # kept\nattributes: {name: text}\n';

  it('is planned without a change, applied whole, and exported as it was written', async () => {
    const { revision } = (await api.call('GET', '/api/v1/configuration')).json;
    const plan = (await api.call('POST', '/api/v1/configuration/plan', { body: { documents: [tag] } })).json;
    expect(plan).toMatchObject({ base: revision, creates: [{ kind: 'Template', name: 'Tag' }], findings: [] });
    expect((await api.call('GET', '/api/v1/configuration')).json.revision).toBe(revision);
    const applied = (await api.call('POST', '/api/v1/configuration/apply', { body: { documents: [tag], base: revision, note: 'by test' } })).json;
    expect(applied.revision).toBeGreaterThan(revision);
    expect((await api.call('GET', '/api/v1/templates/Tag')).status).toBe(200);
    const { documents } = (await api.call('GET', '/api/v1/configuration/export')).json;
    expect(documents.find(({ name }: { name: string }) => name === 'Tag').yaml).toBe(tag);
    expect((await api.call('GET', '/api/v1/configuration/revisions?limit=1')).json.revisions).toMatchObject([{ by: 'admin', note: 'by test' }]);
    expect(await api.call('POST', '/api/v1/configuration/apply', { body: { documents: [tag], base: revision } })).toMatchObject({ status: 409, json: { code: 'config.changedMeanwhile' } });
  });

  it('takes objects of JSON as well, and names every finding with its document', async () => {
    const applied = await api.call('POST', '/api/v1/configuration/apply', { body: { documents: [{ kind: 'Template', name: 'FromJson', attributes: { a: 'text' } }] } });
    expect(applied.status).toBe(200);
    const refused = await api.call('POST', '/api/v1/configuration/apply', { body: { documents: [tag, { kind: 'Template', name: 'X', attributes: { a: 'txt' } }, 'kind: [', tag] } });
    expect(refused).toMatchObject({ status: 422, json: { code: 'config.invalid' } });
    expect(refused.json.problems.map(({ path }: { path: string }) => path.slice(0, 12))).toEqual(expect.arrayContaining(['documents[2]', 'documents[3]']));
    expect((await api.call('GET', '/api/v1/templates/X')).status).toBe(404);
  });

  it('takes addresses of the installation', async () => {
    expect((await api.call('PUT', '/api/v1/configuration/addresses', { body: { addresses: { partner: 'https://a.example', port: 8080 } } })).json.revision).toBeGreaterThan(0);
    expect((await api.call('PUT', '/api/v1/configuration/addresses', { body: { addresses: { partner: 'https://a.example' } } })).json.revision).toBeNull();
    expect(await api.call('PUT', '/api/v1/configuration/addresses', { body: { addresses: { 'a b': 'x' } } })).toMatchObject({ status: 422, json: { code: 'address.value' } });
  });
});
