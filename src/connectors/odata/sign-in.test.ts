/** Signing in by a token that a server issues, and what expires. */
import { describe, expect, it } from 'vitest';
import { Secret } from '../../sdk/index.ts';
import { answer, startHttp, type SeenRequest } from '../../sdk/testing/server.ts';
import type { ServerResponse } from 'node:http';
import { startBase, type Base } from './testing/base.ts';

const secret = 'client-secret-ы%';

async function withTokens(options: { issue?: (response: ServerResponse, count: number, request: SeenRequest) => void; accepts?: (token: string) => boolean; nowMs?: () => number }, use: (base: Base, issued: () => number, seen: SeenRequest[]) => Promise<void>): Promise<void> {
  let issued = 0;
  const issue = options.issue ?? ((response: ServerResponse, count: number) => answer(response, 200, { access_token: `token-${count}`, token_type: 'Bearer', expires_in: 3_600 }));
  await using issuer = await startHttp((request, response) => issue(response, ++issued, request));
  await using base = await startBase('v4', (request, response) => {
    const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
    if (options.accepts?.(token) === false) return answer(response, 401, { error: { code: '401', message: `bad ${token}` } });
    return request.method === 'GET' ? answer(response, 200, { value: [] }) : answer(response, 201, request.body);
  }, {
    properties: { auth: 'oauth2', tokenUrl: `${issuer.url}/token`, clientId: 'zveno', clientSecret: new Secret(secret), scope: 'read write' },
    ...(options.nowMs === undefined ? {} : { clock: { monotonicMs: options.nowMs } }),
  });
  await use(base, () => issued, issuer.seen);
}

const items = { set: 'Items' };

describe('a token', () => {
  it('is fetched once for calls at the same time, with the secret in a header alone, and kept until shortly before its end', async () => {
    let nowMs = 0;
    await withTokens({ nowMs: () => nowMs }, async (base, issued, seen) => {
      await Promise.all([1, 2, 3].map(() => base.send('query', items)));
      nowMs = 3_600_000 - 31_000;
      await base.send('query', items);
      expect([issued(), seen[0]?.body]).toEqual([1, 'grant_type=client_credentials&scope=read+write']);
      expect(seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from(`zveno:${encodeURIComponent(secret)}`).toString('base64')}`);
      nowMs = 3_600_000 - 29_000;
      await base.send('query', items);
      expect([issued(), base.seen.at(-1)?.headers.authorization]).toEqual([2, 'Bearer token-2']);
    });
  });

  it('that is refused is fetched anew once, and the same request goes out again under its first intent', async () => {
    const marks: string[] = [];
    let revoked = false;
    await withTokens({ accepts: (token) => !(revoked && token === 'token-1') }, async (base, issued) => {
      await base.send('query', items);
      revoked = true;
      const receipt = await base.send('create', items, { Id: '1' }, { beforeBytes: () => void marks.push('before'), afterBytes: () => void marks.push('after') });
      expect([receipt.kind, issued(), marks]).toEqual(['ok', 2, ['before', 'after']]);
      expect(base.seen.filter(({ method }) => method === 'POST').map(({ headers }) => headers.authorization)).toEqual(['Bearer token-1', 'Bearer token-2']);
    });
  });

  it('that is refused again is told as such, once, and not shown', async () => {
    await withTokens({ accepts: () => false }, async (base, issued) => {
      const told = await base.send('query', items);
      expect(told).toMatchObject({ kind: 'error', failure: { code: 'connection.authenticationFailed' } });
      expect(issued()).toBe(2);
      expect(JSON.stringify([told])).not.toContain('token-');
    });
  });

  it.each<[string, (response: ServerResponse) => void, string]>([
    ['refused by the server that issues it', (response) => answer(response, 401, { error: 'invalid_client', error_description: 'unknown secret' }), 'odata.tokenRefused'],
    ['missing from its answer', (response) => answer(response, 200, { token: 'x' }), 'odata.tokenRefused'],
    ['of characters that no header takes', (response) => answer(response, 200, { access_token: 'a\r\nb' }), 'odata.tokenRefused'],
    ['a page for people', (response) => answer(response, 200, '<html></html>'), 'odata.tokenRefused'],
    ['asked for too often', (response) => answer(response, 429, '', { 'retry-after': '7' }), 'connection.busy'],
    ['never sent', (response) => void response.socket?.destroy(), 'connection.lost'],
  ])('that is %s has a failure of its own, which does not hold the secret', async (_name, issue, code) => {
    await withTokens({ issue }, async (base) => {
      const failed = await base.send('query', items).catch((error: unknown) => error);
      expect(failed).toMatchObject({ code });
      expect(String(failed)).not.toContain(secret);
      expect(base.seen).toEqual([]);
    });
  });

  it('is not asked for at an address of our own network that the connection does not allow', async () => {
    await using base = await startBase('v4', (_request, response) => answer(response, 200, {}), { properties: { auth: 'oauth2', tokenUrl: 'http://169.254.169.254/latest', clientId: 'a', clientSecret: new Secret('b') } });
    await expect(base.send('query', items)).rejects.toMatchObject({ code: 'connection.addressForbidden' });
  });

  it('does not take its secret along when the server that issues it sends us elsewhere', async () => {
    await using elsewhere = await startHttp((_request, response) => answer(response, 200, { access_token: 'x' }));
    await withTokens({ issue: (response) => void response.writeHead(307, { location: `${elsewhere.url}/` }).end() }, async (base) => {
      await base.send('query', items);
      expect(elsewhere.seen[0]?.headers.authorization).toBeUndefined();
      expect(JSON.stringify(elsewhere.seen)).not.toContain('client-secret');
    });
  });
});
