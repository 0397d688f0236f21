/** A platform in a process of its own that is told to stop. */
import { expect, test } from 'vitest';
import { callHttp, messageOf, type Answer } from './node.ts';
import { eventually, Scene } from './platform.ts';
import { startProcess } from './started-process.ts';
import { ackRoute, callRoute, connections, HeldRemote, note, scenario } from './two-nodes.ts';

test('a node that is told to stop finishes what runs, takes nothing new, and leaves no lease behind', async () => {
  const remote = await HeldRemote.start();
  const lonely = await Scene.start();
  try {
    await lonely.apply(connections(remote.url), ackRoute('draining'), callRoute('drainingCall'), scenario('draining', `
  - send: {route: drainingCall, message: {text: =message.text}, response: answered}${note('draining')}`));
    // No other node may take the message.
    await lonely.node.close();
    await using alone = await startProcess(lonely.environment('alone'));
    const send = (text: string): Promise<Answer> => callHttp(alone.url, 'POST', '/api/public/adapter/in/draining', { body: { text } });
    remote.hold();
    const id = messageOf(await send('drained'));
    await remote.callIsOut();
    expect(await leases(lonely)).toEqual([{ message: id, owner: expect.stringMatching(/^alone/) }]);
    alone.child.kill('SIGTERM');
    await eventually('it takes nothing new', async () => (await send('late').catch(() => null))?.status !== 202);
    remote.release();
    expect(await alone.gone).toEqual([0, null]);
    expect(await leases(lonely)).toEqual([]);
    const { rows } = await lonely.sql.query<{ id: string; state: string }>("SELECT id, state FROM zveno.message WHERE direction = 'in' AND id = $1", [id]);
    expect(rows).toEqual([{ id, state: 'done' }]);
    // What it had acknowledged on its way out, if anything, is still there for the next to take.
    await using next = await startProcess(lonely.environment('next'));
    await eventually('everything is handled', async () => {
      const { messages } = (await callHttp(next.url, 'GET', '/api/v1/messages?direction=in', {})).body as { messages: { state: string }[] };
      return messages.every(({ state }) => state === 'done');
    });
  } finally {
    await lonely.close();
    await remote.close();
  }
});

const leases = async (of: Scene): Promise<unknown[]> =>
  (await of.sql.query<{ message: string; owner: string }>('SELECT message, owner FROM zveno.inbox_queue WHERE owner IS NOT NULL UNION ALL SELECT message, owner FROM zveno.outbox_queue WHERE owner IS NOT NULL')).rows;
