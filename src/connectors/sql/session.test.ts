import { TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../sdk/index.ts';
import { callOf, contextOf, sendOnce } from '../../sdk/testing/context.ts';
import { startTcp } from '../../sdk/testing/server.ts';
import { testCertificate, testKey } from '../../sdk/testing/tls-certificate.ts';
import definition from './index.ts';

async function select(port: number, more: Record<string, unknown>): Promise<unknown> {
  const properties = { host: '127.0.0.1', port, database: 'd', user: 'u', password: new Secret('canary'), statementTimeoutMs: 1_000, ...more };
  const open = definition.open(contextOf(definition, properties, { resolve: async () => ['127.0.0.1'] }));
  try {
    return await sendOnce(open, callOf({ operation: 'select', properties: { table: 't' }, request: {} }));
  } finally {
    await open.close();
  }
}

/** Agrees to TLS and then counts what arrives inside it. */
const startTlsOnly = async (arrived: string[]) => startTcp((socket) => socket.once('data', () => {
  socket.write('S');
  const secure = new TLSSocket(socket, { isServer: true, key: testKey, cert: testCertificate });
  secure.on('error', () => undefined).on('data', (data) => {
    arrived.push(data.toString('latin1'));
    secure.destroy();
  });
}));

describe('a session', () => {
  it('is not opened without encryption when the connection asks for it', async () => {
    const seen: string[] = [];
    await using server = await startTcp((socket) => socket.on('data', (data) => {
      seen.push(data.toString('latin1'));
      socket.write('N');
    }));
    await expect(select(server.port, { tls: 'require' })).rejects.toMatchObject({ code: 'connection.tlsFailed' });
    expect(seen.join('')).not.toContain('user');
  });

  it('sends nothing to a server whose certificate does not hold', async () => {
    const arrived: string[] = [];
    await using server = await startTlsOnly(arrived);
    await expect(select(server.port, { tls: 'verify' })).rejects.toMatchObject({ code: 'connection.tlsFailed', parameters: { detail: 'DEPTH_ZERO_SELF_SIGNED_CERT' } });
    await expect(select(server.port, { tls: 'verify', ca: testCertificate, host: 'other.test' })).rejects.toMatchObject({ code: 'connection.tlsFailed', parameters: { detail: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
    expect(arrived).toEqual([]);
  });

  it('signs in over TLS to a server whose certificate holds', async () => {
    const arrived: string[] = [];
    await using server = await startTlsOnly(arrived);
    for (const more of [{ tls: 'verify', ca: testCertificate, host: 'db.test' }, { tls: 'require' }]) {
      await expect(select(server.port, more)).rejects.toMatchObject({ code: 'connection.lost' });
    }
    expect(arrived.map((text) => text.includes('user\0u\0'))).toEqual([true, true]);
  });

  it('with a server that speaks another protocol fails without an effect', async () => {
    await using server = await startTcp((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await expect(select(server.port, { tls: 'off' })).rejects.toMatchObject({ code: expect.stringMatching(/^connection\.(lost|timeout)$/) });
  });
});
