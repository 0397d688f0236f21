/** A proxy before a real server that can break the link at a chosen word; for tests of what is known afterwards. */
import { connect, type Socket } from 'node:net';
import { startTcp, type TestServer } from '../../../sdk/testing/server.ts';

export interface BreakingProxy extends TestServer {
  /** `before`: the word never reaches the server; `after`: it does, and its answer never comes back; `pass`: nothing breaks. */
  mode: 'pass' | 'before' | 'after';
}

/** The next connection after a break passes again. */
export async function startBreakingProxy(target: { host: string; port: number }, word: string): Promise<BreakingProxy> {
  const state: { mode: BreakingProxy['mode'] } = { mode: 'pass' };
  const server = await startTcp((client) => {
    const upstream = connect(target);
    let muted = false;
    upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
    upstream.on('data', (data) => {
      if (!muted) return void client.write(data);
      // The server has answered: it is done, and nobody hears of it.
      client.destroy();
    });
    client.on('data', (data) => {
      if (state.mode === 'pass' || !data.includes(word)) return void upstream.write(data);
      const mode = state.mode;
      state.mode = 'pass';
      if (mode === 'before') return breakOff(client, upstream);
      muted = true;
      upstream.write(data);
    });
  });
  return Object.assign(state, server);
}

function breakOff(client: Socket, upstream: Socket): void {
  upstream.destroy();
  client.destroy();
}
