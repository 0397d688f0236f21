/** A platform in a process of its own that is told to stop. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { connectionToRunning } from '../../src/store/embedded/running.ts';
import { projectFolder } from '../services/test-folder.ts';
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

test('a platform whose wrapper is killed ends in good order: nobody could end it by the wrapper any more', async () => {
  const scene = await Scene.start();
  try {
    let said = '';
    await using wrapped = await startProcess(scene.environment('wrapped'), join(projectFolder, 'bin/zveno.mjs'), (more) => void (said += more));
    if (wrapped.child.stderr === null) throw new Error('what it says is not piped');
    const silent = once(wrapped.child.stderr, 'close');
    wrapped.child.kill('SIGKILL');
    // The platform writes to the same pipe, which closes when it has gone as well.
    await silent;
    expect(said).toContain('shutting down');
  } finally {
    await scene.close();
  }
});

test('a start that is told to stop while the demo starts ends in good order, with the database of the demo', { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'zv-stop-'));
  const scene = await Scene.start();
  try {
    await chmod(folder, 0o755); // the database's own account passes here
    const data = join(folder, 'data');
    const child = spawn(process.execPath, [join(projectFolder, 'src/cli/main.ts'), 'start'], {
      env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...scene.environment('stopped'), ZVENO_DATA: data, ZVENO_DEMO: 'on' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const gone = once(child, 'exit');
    const said = textOf(child.stderr);
    await eventually('the database of the demo runs', async () => (await connectionToRunning(`${data}-demo`)) !== undefined);
    child.kill('SIGTERM');
    expect({ gone: await gone, said: await said }).toEqual({ gone: [0, null], said: expect.not.stringContaining('AbortError') });
    expect(await connectionToRunning(`${data}-demo`)).toBeUndefined();
  } finally {
    await scene.close();
    await rm(folder, { recursive: true });
  }
});

const leases = async (of: Scene): Promise<unknown[]> =>
  (await of.sql.query<{ message: string; owner: string }>('SELECT message, owner FROM zveno.inbox_queue WHERE owner IS NOT NULL UNION ALL SELECT message, owner FROM zveno.outbox_queue WHERE owner IS NOT NULL')).rows;
