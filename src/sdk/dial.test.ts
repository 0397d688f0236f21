import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:tls';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createDialer, type DialTarget, type DialerOptions } from './dial.ts';
import { startTcp } from './testing/server.ts';
import { testCertificate, testKey } from './testing/tls-certificate.ts';

const dial = (target: DialTarget, options: Partial<DialerOptions> = {}, signal?: AbortSignal): Promise<Socket> =>
  createDialer({ connection: 'shop', ...options }).dial(target, signal);

const answers = (...texts: string[]) => async (): Promise<readonly string[]> => texts;

describe('dial', () => {
  it.each(['127.0.0.1', 'localhost', '2130706433', '0x7f.1', '[::1]', '::ffff:127.0.0.1', '0.0.0.0', '169.254.169.254', '2002:7f00:1::'])('refuses %s unless the connection allows it', async (host) => {
    await expect(dial({ host, port: 80 })).rejects.toMatchObject({ code: 'connection.addressForbidden', parameters: { connection: 'shop' } });
  });

  it('refuses a name whose answers are partly public and partly loopback', async () => {
    await expect(dial({ host: 'mixed.example', port: 80 }, { resolve: answers('203.0.113.7', '127.0.0.1') }))
      .rejects.toMatchObject({ code: 'connection.addressForbidden', parameters: { address: '127.0.0.1', kind: 'loopback' } });
  });

  it('refuses a name that resolves first to a public address and then to loopback', async () => {
    const turns = [['203.0.113.7'], ['127.0.0.1']];
    const resolve = async (): Promise<readonly string[]> => turns.shift() ?? [];
    const dialer = createDialer({ connection: 'shop', resolve });
    expect(await dialer.resolve('rebind.example')).toEqual(['203.0.113.7']);
    await expect(dialer.dial({ host: 'rebind.example', port: 80 })).rejects.toMatchObject({ code: 'connection.addressForbidden' });
  });

  it('resolves once and connects to exactly the address it checked', async () => {
    await using server = await startTcp(() => undefined);
    let asked = 0;
    const resolve = async (): Promise<readonly string[]> => [asked++ === 0 ? '127.0.0.1' : '127.0.0.99'];
    const socket = await dial({ host: 'db.example', port: server.port }, { allow: ['loopback'], resolve });
    expect([asked, socket.remoteAddress]).toEqual([1, '127.0.0.1']);
    socket.destroy();
  });

  it('needs every kind of a wrapped address to be allowed', async () => {
    await expect(dial({ host: '::ffff:127.0.0.1', port: 80 }, { allow: ['loopback'] })).rejects.toMatchObject({ parameters: { kind: 'mapped' } });
    await expect(dial({ host: '::ffff:127.0.0.1', port: 80 }, { allow: ['mapped'] })).rejects.toMatchObject({ parameters: { kind: 'loopback' } });
  });

  it('allowing link-local addresses does not allow the metadata service', async () => {
    await expect(dial({ host: '169.254.169.254', port: 80 }, { allow: ['linkLocal'] })).rejects.toMatchObject({ parameters: { kind: 'metadata' } });
  });

  it('refuses what the deny-list covers, also inside IPv6', async () => {
    const options: Partial<DialerOptions> = { deny: ['10.1.0.0/16', '2a00::/16'], allow: ['nat64'] };
    for (const host of ['10.1.2.3', '64:ff9b::10.1.2.3', '2a00:1::1']) {
      await expect(dial({ host, port: 80 }, options)).rejects.toMatchObject({ code: 'connection.addressDenied' });
    }
  });

  it('refuses a deny-list it cannot read', () => {
    for (const rule of ['10.0.0.0/33', '10.0.0/8', 'x', '10.0.0.0/']) {
      expect(() => createDialer({ connection: 'shop', deny: [rule] })).toThrow(expect.objectContaining({ code: 'connection.addressInvalid' }));
    }
  });

  it.each([0, 65536, 1.5, Number.NaN])('refuses port %s', async (port) => {
    await expect(dial({ host: '10.0.0.1', port })).rejects.toMatchObject({ code: 'connection.addressInvalid' });
  });

  it('says that a name is unknown', async () => {
    const resolve = async (): Promise<never> => { throw Object.assign(new Error('no'), { code: 'ENOTFOUND' }); };
    await expect(dial({ host: 'no.example', port: 80 }, { resolve })).rejects.toMatchObject({ code: 'connection.dnsFailed', parameters: { host: 'no.example', detail: 'ENOTFOUND' } });
    await expect(dial({ host: 'no.example', port: 80 }, { resolve: answers() })).rejects.toMatchObject({ code: 'connection.dnsFailed' });
    await expect(dial({ host: 'no.example', port: 80 }, { resolve: answers('not an address') })).rejects.toMatchObject({ code: 'connection.dnsFailed' });
  });

  it('tries the next address when the first one refuses', async () => {
    await using server = await startTcp(() => undefined);
    const socket = await dial({ host: 'two.example', port: server.port }, { allow: ['loopback'], resolve: answers('127.0.0.2', '127.0.0.1') });
    expect(socket.remoteAddress).toBe('127.0.0.1');
    socket.destroy();
  });

  it('says that the server refused', async () => {
    await expect(dial({ host: '127.0.0.1', port: await freePort() }, { allow: ['loopback'] })).rejects.toMatchObject({ code: 'connection.refused', next: { kind: 'retry' } });
  });

  it('gives up when resolution takes longer than the time given', async () => {
    const resolve = (): Promise<never> => new Promise(() => undefined);
    await expect(dial({ host: 'slow.example', port: 80, timeoutMs: 20 }, { resolve })).rejects.toMatchObject({ code: 'connection.timeout' });
  });

  it('stops at once when the signal aborts', async () => {
    const stop = new AbortController();
    const waiting = dial({ host: 'slow.example', port: 80 }, { resolve: () => new Promise(() => undefined) }, stop.signal);
    stop.abort(new Error('stop'));
    await expect(waiting).rejects.toThrow('stop');
    await expect(dial({ host: '10.0.0.1', port: 80 }, {}, stop.signal)).rejects.toThrow('stop');
  });
});

describe('dial with TLS', () => {
  it('passes the name on and checks the certificate', async () => {
    await using server = await startTls();
    const options: Partial<DialerOptions> = { allow: ['loopback'], resolve: answers('127.0.0.1') };
    const socket = await dial({ host: 'db.test', port: server.port, tls: { ca: testCertificate } }, options);
    socket.write('ping');
    const [name] = await once(socket, 'data');
    expect(String(name)).toBe('db.test');
    socket.destroy();
    await expect(dial({ host: 'db.test', port: server.port, tls: {} }, options)).rejects.toMatchObject({ code: 'connection.tlsFailed' });
    await expect(dial({ host: 'other.test', port: server.port, tls: { ca: testCertificate } }, options)).rejects.toMatchObject({ code: 'connection.tlsFailed', parameters: { detail: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
    (await dial({ host: '127.0.0.1', port: server.port, tls: { ca: testCertificate } }, options)).destroy();
    (await dial({ host: 'other.test', port: server.port, tls: { rejectUnauthorized: false } }, options)).destroy();
  });

  it('says so when the server speaks no TLS, hangs up or says nothing', async () => {
    const allow: Partial<DialerOptions> = { allow: ['loopback'] };
    await using plain = await startTcp((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await expect(dial({ host: '127.0.0.1', port: plain.port, tls: {} }, allow)).rejects.toMatchObject({ code: 'connection.tlsFailed' });
    await using hangUp = await startTcp((socket) => socket.end());
    await expect(dial({ host: '127.0.0.1', port: hangUp.port, tls: {} }, allow)).rejects.toMatchObject({ code: 'connection.tlsFailed' });
    await using silent = await startTcp(() => undefined);
    await expect(dial({ host: '127.0.0.1', port: silent.port, tls: {}, timeoutMs: 30 }, allow)).rejects.toMatchObject({ code: 'connection.timeout' });
  });
});

async function freePort(): Promise<number> {
  await using server = await startTcp(() => undefined);
  return server.port;
}

async function startTls(): Promise<{ port: number; [Symbol.asyncDispose](): Promise<void> }> {
  const server = createTlsServer({ key: testKey, cert: testCertificate }, (socket) => {
    socket.on('error', () => undefined).on('data', () => socket.write(String(socket.servername)));
  }).on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A listening server has an AddressInfo; the type also covers pipes.
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: () => new Promise((resolve) => void server.close(() => resolve())) };
}
