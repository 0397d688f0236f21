/** A network between the store and its server that fails on command, at the one moment that matters: COMMIT. */
import { connect, createServer, type Socket } from 'node:net';
import type { ConnectionSettings } from '../../src/store/postgres/pool.ts';

export type Cut =
  /** The transaction never arrives. */
  | 'request'
  /** All arrives but COMMIT; the server keeps the transaction open and its locks held. */
  | 'commit'
  /** All arrives and is done; the answer never comes back. The server does not notice that its client is gone. */
  | 'answer';

export interface CuttingProxy {
  settings: ConnectionSettings;
  /** Cuts the next connection that sends a COMMIT. */
  cutNext(cut: Cut): void;
  readonly cuts: number;
  close(): Promise<void>;
}

export async function cuttingProxy(to: { host: string; port: number; database: string; user: string; password: string }): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let next: Cut | undefined;
  let cuts = 0;

  const server = createServer((client) => {
    const upstream = connect(to.port, to.host);
    let deaf = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    upstream.on('data', (chunk: Buffer) => {
      // The client is lost once the server has told its tag: to nobody.
      if (!deaf) client.write(chunk);
      else if (chunk.includes('COMMIT\0') || chunk.includes('ROLLBACK\0')) client.destroy();
    });
    upstream.on('close', () => client.destroy());
    client.on('close', () => {
      if (!deaf) upstream.destroy();
    });
    client.on('data', (chunk: Buffer) => {
      const commitAt = chunk.indexOf('COMMIT\0') - 5;
      const cut = commitAt < 0 ? undefined : next;
      if (cut === undefined) {
        upstream.write(chunk);
        return;
      }
      next = undefined;
      cuts += 1;
      if (cut === 'request') {
        client.destroy();
        return;
      }
      deaf = true;
      upstream.write(cut === 'answer' ? chunk : chunk.subarray(0, commitAt));
      if (cut === 'commit') client.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return {
    settings: { ...to, host: '127.0.0.1', port: address.port },
    cutNext: (cut) => {
      next = cut;
    },
    get cuts() {
      return cuts;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
