import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createDialer, type DialerOptions } from './dial.ts';
import { createHttpPort, type HttpPort, type HttpRequest } from './http.ts';
import { answer, startHttp, startTcp } from './testing/server.ts';

const never = new AbortController().signal;

async function withPort<T>(use: (port: HttpPort) => Promise<T>, options: Partial<DialerOptions> = {}): Promise<T> {
  const port = createHttpPort({ connection: 'shop', dialer: createDialer({ connection: 'shop', allow: ['loopback'], ...options }) });
  try {
    return await use(port);
  } finally {
    await port.close();
  }
}

const call = (request: HttpRequest, options: Partial<DialerOptions> = {}, signal: AbortSignal = never): Promise<unknown> =>
  withPort((port) => port.request(request, signal), options);

const body = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('an HTTP call', () => {
  it('sends method, path, headers and body, and gives back the answer', async () => {
    await using server = await startHttp((request, response) => answer(response, 201, { got: request.body }));
    const got = await withPort((port) => port.request({ method: 'POST', url: `${server.url}/a%20b?x=1`, headers: { 'x-one': 'two' }, body: body('Привет 😀') }, never));
    expect(server.seen[0]).toMatchObject({ method: 'POST', url: '/a%20b?x=1', body: 'Привет 😀' });
    expect(server.seen[0]?.headers).toMatchObject({ 'x-one': 'two', 'content-length': '17' });
    expect([got.status, new TextDecoder().decode(got.body)]).toEqual([201, '{"got":"Привет 😀"}']);
  });

  it('sends a GET without body and a POST with an empty one', async () => {
    await using server = await startHttp((_request, response) => answer(response, 200, {}));
    await withPort(async (port) => {
      await port.request({ method: 'GET', url: server.url }, never);
      await port.request({ method: 'POST', url: server.url }, never);
    });
    expect(server.seen.map((seen) => [seen.method, seen.headers['content-length'], seen.headers['transfer-encoding']])).toEqual([['GET', undefined, undefined], ['POST', '0', undefined]]);
  });

  it('reuses sessions instead of opening one a call', async () => {
    let sockets = 0;
    await using server = await startTcp((socket) => {
      sockets++;
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'));
    });
    await withPort(async (port) => {
      for (let turn = 0; turn < 10; turn++) await port.request({ method: 'GET', url: server.url }, never);
    });
    expect(sockets).toBeLessThan(3);
  });

  it.each([['x\r\ny: 1', 'v'], ['x y', 'v'], ['', 'v'], ['x', 'v\r\ny: 1'], ['x', 'v\n'], ['x', 'a\0b'], ['x', 'Привет'], ['Host', 'evil'], ['Content-Length', '0'], ['Transfer-Encoding', 'chunked']])('refuses the header %j: %j before anything is sent', async (name, value) => {
    await using server = await startHttp((_request, response) => answer(response, 200, {}));
    await expect(call({ method: 'GET', url: server.url, headers: { [name]: value } })).rejects.toMatchObject({ code: 'connection.headerRefused' });
    expect(server.seen).toEqual([]);
  });

  it.each(['ftp://10.0.0.1/', 'file:///etc/passwd', 'http://user:pw@10.0.0.1/', 'nonsense', 'http://'])('refuses the address %s without repeating a password', async (url) => {
    const refused = await call({ method: 'GET', url }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'connection.addressInvalid' });
    expect(JSON.stringify(refused)).not.toContain('pw@');
  });
});

describe('what is known about bytes', () => {
  it('nothing is on the wire until beforeBytes has finished', async () => {
    const log: string[] = [];
    await using server = await startTcp((socket) => socket.on('data', (data) => {
      log.push(`server saw ${String(data).slice(0, 4)}`);
      socket.write('HTTP/1.1 204 No Content\r\n\r\n');
    }));
    const hooks = {
      beforeBytes: async (): Promise<void> => {
        log.push('before');
        await new Promise((resolve) => setTimeout(resolve, 30));
        log.push('ready');
      },
      afterBytes: (): void => void log.push('after'),
    };
    await withPort(async (port) => {
      await port.request({ method: 'POST', url: server.url, body: body('{}'), ...hooks }, never);
      await port.request({ method: 'GET', url: server.url, ...hooks }, never);
    });
    expect(log.filter((line) => line !== 'after')).toEqual(['before', 'ready', 'server saw POST', 'before', 'ready', 'server saw GET ']);
    expect(log.filter((line) => line === 'after')).toHaveLength(2);
  });

  it('a refused connection calls no hook and is known not to have happened', async () => {
    const port = await (async () => {
      await using server = await startTcp(() => undefined);
      return server.port;
    })();
    let hooks = 0;
    const count = (): void => void hooks++;
    await expect(call({ method: 'POST', url: `http://127.0.0.1:${port}/`, body: body('{}'), beforeBytes: count, afterBytes: count })).rejects.toMatchObject({ code: 'connection.refused' });
    expect(hooks).toBe(0);
  });

  it('a failing beforeBytes is the error of the call, and nothing is sent', async () => {
    await using server = await startHttp((_request, response) => answer(response, 200, {}));
    await expect(call({ method: 'POST', url: server.url, body: body('{}'), beforeBytes: () => Promise.reject(new Error('fence lost')) })).rejects.toThrow('fence lost');
    expect(server.seen).toEqual([]);
  });

  it('a failing afterBytes is the error of the call', async () => {
    await using server = await startHttp((_request, response) => answer(response, 200, {}));
    await expect(call({ method: 'POST', url: server.url, body: body('{}'), afterBytes: () => { throw new Error('crashed'); } })).rejects.toThrow('crashed');
  });

  it('a session dropped after the request left is an unknown outcome', async () => {
    await using server = await startTcp((socket) => socket.on('data', () => socket.destroy()));
    for (const method of ['POST', 'GET']) {
      await expect(call({ method, url: server.url })).rejects.toMatchObject({ code: 'connection.unknownOutcome', next: { kind: 'park' } });
    }
  });

  it('a server that hangs up before the request left has done nothing', async () => {
    let drop = (): void => undefined;
    await using server = await startTcp((socket) => { drop = () => void socket.destroy(); });
    const beforeBytes = (): Promise<void> => new Promise((resolve) => {
      drop();
      setTimeout(resolve, 30);
    });
    await expect(call({ method: 'POST', url: server.url, body: body('{}'), beforeBytes })).rejects.toMatchObject({ code: 'connection.lost' });
  });

  it('a server that never answers is an unknown outcome after the time given', async () => {
    await using server = await startTcp(() => undefined);
    await expect(call({ method: 'POST', url: server.url, body: body('{}'), timeoutMs: 40 })).rejects.toMatchObject({ code: 'connection.unknownOutcome' });
  });

  it('abort after the request left is an unknown outcome, abort before is the reason itself', async () => {
    const stop = new AbortController();
    await using server = await startTcp((socket) => socket.on('data', () => stop.abort(new Error('stop'))));
    await expect(call({ method: 'POST', url: server.url, body: body('{}') }, {}, stop.signal)).rejects.toMatchObject({ code: 'connection.unknownOutcome' });
    await expect(call({ method: 'POST', url: server.url }, {}, stop.signal)).rejects.toThrow('stop');
    const early = new AbortController();
    const waiting = call({ method: 'GET', url: 'http://slow.example/' }, { resolve: () => new Promise(() => undefined) }, early.signal);
    early.abort(new Error('stop early'));
    await expect(waiting).rejects.toThrow('stop early');
  });

  it('a call given up while it waited for a session is never sent', async () => {
    await using server = await startTcp(() => undefined);
    const dialer = createDialer({ connection: 'shop', allow: ['loopback'] });
    const port = createHttpPort({ connection: 'shop', dialer, poolSize: 1 });
    const first = port.request({ method: 'POST', url: server.url, timeoutMs: 60 }, never).catch((error: unknown) => error);
    let sent = false;
    await expect(port.request({ method: 'POST', url: server.url, timeoutMs: 20, beforeBytes: () => { sent = true; } }, never)).rejects.toMatchObject({ code: 'connection.timeout' });
    expect(await first).toMatchObject({ code: 'connection.unknownOutcome' });
    await port.close();
    expect(sent).toBe(false);
  });

  it('a closed port refuses calls and ends those that wait', async () => {
    await using server = await startTcp(() => undefined);
    const port = createHttpPort({ connection: 'shop', dialer: createDialer({ connection: 'shop', allow: ['loopback'] }) });
    const started = Promise.withResolvers<void>();
    const waiting = port.request({ method: 'POST', url: server.url, afterBytes: started.resolve }, never).catch((error: unknown) => error);
    await started.promise;
    await port.close();
    expect(await waiting).toMatchObject({ code: 'connection.unknownOutcome' });
    await port.close();
    await expect(port.request({ method: 'GET', url: server.url }, never)).rejects.toMatchObject({ code: 'connection.closed' });
  });
});

describe('answers are bounded', () => {
  it('a body over the limit is reported together with the status', async () => {
    await using server = await startHttp((_request, response) => answer(response, 200, 'x'.repeat(1001)));
    expect(await call({ method: 'POST', url: server.url, responseBytes: 1000 })).toMatchObject({ status: 200, body: new Uint8Array(), bodyFailure: { code: 'connection.responseTooLarge', next: { kind: 'park' } } });
    expect(await call({ method: 'POST', url: server.url, responseBytes: 1001 })).toMatchObject({ status: 200 });
  });

  it('a small body that unpacks to a large one is reported the same way', async () => {
    const packed = gzipSync('0'.repeat(100_000));
    await using server = await startHttp((_request, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed));
    expect(await call({ method: 'GET', url: server.url, responseBytes: 50_000 })).toMatchObject({ bodyFailure: { code: 'connection.responseTooLarge' } });
    const whole = await withPort((port) => port.request({ method: 'GET', url: server.url }, never));
    expect(whole.body.length).toBe(100_000);
  });

  it('a body that is not packed as it says, and one that breaks off, are malformed answers', async () => {
    await using wrong = await startHttp((_request, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('plain'));
    expect(await call({ method: 'GET', url: wrong.url })).toMatchObject({ status: 200, bodyFailure: { code: 'connection.malformedResponse' } });
    await using broken = await startTcp((socket) => socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc')));
    expect(await call({ method: 'POST', url: broken.url })).toMatchObject({ status: 200, bodyFailure: { code: 'connection.malformedResponse' } });
  });

  it('what is no HTTP at all is an unknown outcome', async () => {
    await using server = await startTcp((socket) => socket.on('data', () => socket.end('220 smtp.example ESMTP\r\n')));
    await expect(call({ method: 'POST', url: server.url })).rejects.toMatchObject({ code: 'connection.unknownOutcome' });
  });
});

describe('redirects', () => {
  it('are followed for reading, and credentials stay with their origin', async () => {
    await using target = await startHttp((_request, response) => answer(response, 200, { at: 'target' }));
    await using server = await startHttp((request, response) => {
      response.writeHead(302, { location: request.url === '/same' ? '/away' : `${target.url}/end` }).end();
    });
    const got = await withPort((port) => port.request({ method: 'GET', url: `${server.url}/same`, headers: { 'x-plain': '1' }, credentials: { authorization: 'Bearer canary' } }, never));
    expect(new TextDecoder().decode(got.body)).toBe('{"at":"target"}');
    expect(server.seen.map((seen) => [seen.url, seen.headers.authorization])).toEqual([['/same', 'Bearer canary'], ['/away', 'Bearer canary']]);
    expect([target.seen[0]?.headers.authorization, target.seen[0]?.headers['x-plain']]).toEqual([undefined, '1']);
  });

  it('a redirect to a forbidden address is refused', async () => {
    await using server = await startHttp((_request, response) => void response.writeHead(302, { location: 'http://169.254.169.254/latest/' }).end());
    await expect(call({ method: 'GET', url: server.url })).rejects.toMatchObject({ code: 'connection.addressForbidden', parameters: { kind: 'metadata' } });
  });

  it.each(['/away', '/busy'])('what follows a 303 cannot undo the change before it: %s leaves an unknown outcome', async (to) => {
    await using gone = await startTcp(() => undefined);
    const { port } = gone;
    await gone[Symbol.asyncDispose]();
    await using server = await startHttp((request, response) => {
      if (request.url === '/busy') answer(response, 503, {});
      else response.writeHead(303, { location: to === '/away' ? `http://127.0.0.1:${port}/` : to }).end();
    });
    await expect(call({ method: 'POST', url: server.url, body: body('{}') })).rejects.toMatchObject({ code: 'connection.unknownOutcome', next: { kind: 'park' } });
  });

  it('307 keeps method and body, 303 turns into GET', async () => {
    await using server = await startHttp((request, response) => {
      if (request.url === '/end') return answer(response, 200, {});
      response.writeHead(request.url === '/307' ? 307 : 303, { location: '/end' }).end();
    });
    await withPort(async (port) => {
      let hooks = 0;
      const beforeBytes = (): void => void hooks++;
      await port.request({ method: 'POST', url: `${server.url}/307`, body: body('{"a":1}'), beforeBytes }, never);
      await port.request({ method: 'POST', url: `${server.url}/303`, body: body('{"a":1}') }, never);
      expect(hooks).toBe(1);
    });
    expect(server.seen.filter((seen) => seen.url === '/end').map((seen) => [seen.method, seen.body])).toEqual([['POST', '{"a":1}'], ['GET', '']]);
  });

  it('a POST is not turned into a GET by 301 or 302', async () => {
    await using server = await startHttp((_request, response) => void response.writeHead(301, { location: '/new' }).end());
    await expect(call({ method: 'POST', url: server.url })).rejects.toMatchObject({ code: 'connection.redirectRefused', next: { kind: 'fail' } });
    expect(server.seen).toHaveLength(1);
  });

  it('a circle ends', async () => {
    await using server = await startHttp((_request, response) => void response.writeHead(302, { location: '/' }).end());
    await expect(call({ method: 'GET', url: server.url })).rejects.toMatchObject({ code: 'connection.redirects' });
    expect(server.seen).toHaveLength(6);
  });
});

describe('a body that is read as it comes', () => {
  const collect = async (arriving: AsyncIterable<Uint8Array>): Promise<number> => {
    let bytes = 0;
    for await (const chunk of arriving) bytes += chunk.length;
    return bytes;
  };

  it('arrives whole, through a redirect and decompressed', async () => {
    await using server = await startHttp((request, response) => (request.url === '/first' ? void response.writeHead(302, { location: '/second' }).end('moved') : void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('я'.repeat(1_000_000)))));
    await withPort(async (port) => {
      const { status, url, body: arriving } = await port.stream({ method: 'GET', url: `${server.url}/first` }, never);
      expect([status, url, await collect(arriving)]).toEqual([200, `${server.url}/second`, 2_000_000]);
    });
  });

  it('is bounded before and after it is decompressed', async () => {
    await using server = await startHttp((request, response) => void response.writeHead(200, request.url === '/gzip' ? { 'content-encoding': 'gzip' } : {}).end(request.url === '/gzip' ? gzipSync('x'.repeat(100_000)) : 'x'.repeat(100_000)));
    for (const path of ['/plain', '/gzip']) {
      await expect(withPort(async (port) => collect((await port.stream({ method: 'GET', url: server.url + path, responseBytes: 50_000 }, never)).body))).rejects.toMatchObject({ code: 'connection.responseTooLarge' });
    }
  });

  it('waits at the remote while nobody reads, and ends when it is given up', async () => {
    let written = 0;
    let closed = false;
    await using server = await startTcp((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        const more = (): void => {
          while (!socket.destroyed && written < 100_000_000) {
            written += 65_536;
            if (!socket.write(Buffer.alloc(65_536))) return void socket.once('drain', more);
          }
        };
        more();
      });
      socket.on('close', () => { closed = true; });
    });
    await withPort(async (port) => {
      const answered = await port.stream({ method: 'GET', url: server.url }, never);
      await answered.body[Symbol.asyncIterator]().next();
      answered.drop();
      await expect.poll(() => closed).toBe(true);
    });
    expect(written).toBeLessThan(100_000_000);
  });

  it('breaks off with the failure of what stopped it', async () => {
    await using server = await startHttp((_request, response) => void response.writeHead(200).write('beginning'));
    const stop = new AbortController();
    await withPort(async (port) => {
      const { body: arriving } = await port.stream({ method: 'GET', url: server.url }, stop.signal);
      setImmediate(() => stop.abort());
      await expect(collect(arriving)).rejects.toMatchObject({ code: 'connection.malformedResponse' });
      await expect(withPort((other) => other.stream({ method: 'GET', url: 'http://127.0.0.1:1/' }, never))).rejects.toMatchObject({ code: 'connection.refused' });
    });
  });
});
