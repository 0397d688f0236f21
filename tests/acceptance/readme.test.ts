/** The commands of the README, as they stand there, against a demo that was just started; then what a kill and a removal leave of it. */
import { execFile, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectionToRunning } from '../../src/store/embedded/running.ts';
import { startEmbedded } from '../../src/store/embedded/start-embedded.ts';
import { createLog } from '../../src/server/log.ts';
import pg from 'pg';
import { projectFolder, testFolder } from '../services/test-folder.ts';
import { eventually } from './platform.ts';
import { startProcess, type StartedProcess } from './started-process.ts';

const run = promisify(execFile);

/** Programs that the README's reader has. */
const lacking = ['bash', 'curl'].filter((program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined);
const title = lacking.length === 0 ? 'the README' : `the README (skipped: there is no ${lacking.join(', no ')})`;

const password = 'chosen-before-the-first-start';

describe.skipIf(lacking.length > 0)(title, () => {
  let folder = '';
  let readme = '';
  let demo: string[] = [];
  let platform: StartedProcess;

  /** Nothing of the account that runs the tests: its own home, data and key. */
  const environment = (): Record<string, string> => ({
    HOME: folder,
    ZVENO_DATA: join(folder, 'data'),
    ZVENO_PORT: '0',
    ZVENO_ADMIN_PASSWORD: password,
    ZVENO_MASTER_KEY: Buffer.alloc(32, 3).toString('base64'),
    ZVENO_LOG_LEVEL: 'warn',
  });

  beforeAll(async () => {
    readme = await readFile(join(projectFolder, 'README.md'), 'utf8');
    demo = commandsOf(sectionOf(readme, 'The demo in three commands'));
    folder = await mkdtemp(join(testFolder(), 'readme-'));
    await chmod(folder, 0o755);
    platform = await startProcess(environment());
  });

  afterAll(async () => {
    await platform?.[Symbol.asyncDispose]();
    // Whatever was killed and not started again leaves its databases to whoever starts them next.
    for (const data of ['data', 'data-demo']) {
      if ((await connectionToRunning(join(folder, data))) !== undefined) await (await startEmbedded({ dataFolder: join(folder, data), log: createLog('silent'), signal: new AbortController().signal })).stop();
    }
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs a command of the README in a shell; only the port differs from what stands there. */
  async function shell(command: string): Promise<string> {
    const here = command.replaceAll('http://127.0.0.1:8080', platform.url);
    const { stdout } = await run('bash', ['-c', here], { env: { PATH: process.env['PATH'] ?? '', ZVENO_ADMIN_PASSWORD: password } });
    return stdout;
  }

  /** A command, its first and only one that contains the text. */
  const commandWith = (text: string): string => {
    const found = demo.filter((command) => command.includes(text));
    if (found[0] === undefined || found.length > 1) throw new Error(`the README has ${found.length} commands with ${text}`);
    return found[0];
  };

  const post = (): Promise<Posted> => shell(commandWith('/shop/orders')).then(postedOf);

  test('has the commands that are tried here', () => {
    expect(demo).toHaveLength(4);
    expect(sectionOf(readme, 'Start')).toContain('Zveno is ready: http://127.0.0.1:8080');
  });

  test('a first start with a chosen password greets with the ready line and shows no password', () => {
    expect(platform.greeting).toEqual([`Zveno is ready: ${platform.url}`]);
  });

  test('1: the order is answered as the README says, and sent again it gets the same reply without doing anything twice', async () => {
    const promised = /It answers `([^`]+)`/.exec(readme)?.[1] ?? '';
    const first = await post();
    expect(first).toMatchObject({ status: 200, body: promised });
    expect(first.headers['zveno-message']).toMatch(/^[0-9a-f-]{36}$/);
    expect(first.headers['idempotent-replayed']).toBeUndefined();
    const again = await post();
    expect(again).toMatchObject({ status: 200, body: promised, headers: { 'idempotent-replayed': 'true', 'zveno-message': first.headers['zveno-message'] } });
  });

  test('2: the order is there as a record', async () => {
    const { records } = JSON.parse(await shell(commandWith('/records/Order'))) as { records: unknown[] };
    expect(records).toMatchObject([{ number: 'A-17', total: 20.55, state: 'new' }]);
  });

  test('3: the message is found by its business key and shows its whole way, down to the partner and the warehouse', async () => {
    const { messages } = JSON.parse(await shell(commandWith('messages?key='))) as { messages: { id: string }[] };
    expect(messages).toMatchObject([{ id: (await post()).headers['zveno-message'], route: 'orders', state: 'done' }]);
    const show = commandWith('ID-OF-THE-MESSAGE').replace('ID-OF-THE-MESSAGE', messages[0]?.id ?? '');
    const story = await eventually('both deliveries are done', async () => {
      const shown = JSON.parse(await shell(show)) as { children: { state: string; route: string; replyStatus: number | null }[] };
      return shown.children.length === 2 && shown.children.every(({ state }) => state === 'done') ? shown : null;
    });
    expect(story).toMatchObject({ state: 'done', scenarios: ['acceptOrder'], keys: { order: 'A-17' }, changes: expect.arrayContaining([expect.objectContaining({ template: 'Order' })]) });
    expect(story.children.map(({ route }) => route).sort()).toEqual(['insertShipment', 'notifyPartner']);
    await onlyOnce();
  });

  test('a kill of the platform and a start on the same folder keep everything and double nothing', async () => {
    platform.child.kill('SIGKILL');
    expect(await platform.gone).toEqual([null, 'SIGKILL']);
    platform = await startProcess(environment());
    expect(platform.greeting).toEqual([`Zveno is ready: ${platform.url}`]);
    const again = await post();
    expect(again).toMatchObject({ status: 200, headers: { 'idempotent-replayed': 'true' } });
    const { records } = JSON.parse(await shell(commandWith('/records/Order'))) as { records: unknown[] };
    expect(records).toHaveLength(1);
    await onlyOnce();
  });

  test('demo remove from another process takes the demo away while the platform goes on', async () => {
    expect(readme).toContain('`node bin/zveno.mjs demo remove`');
    const removed = await run(process.execPath, [join(projectFolder, 'src/cli/main.ts'), 'demo', 'remove', '--yes'], { env: { PATH: process.env['PATH'] ?? '', LANG: 'C', ...environment() } });
    expect(removed.stdout).toContain('- delete Scenario acceptOrder');
    await eventually('the route is gone', async () => (await post()).status === 404);
    const records = JSON.parse(await shell(commandWith('/records/Order'))) as unknown;
    expect(records).toMatchObject({ status: 404, code: 'record.unknownTemplate' });
    expect((await fetch(`${platform.url}/health/ready`)).status).toBe(200);
    const { messages } = JSON.parse(await shell(commandWith('messages?key='))) as { messages: unknown[] };
    expect(messages).toHaveLength(1);
  });

  /** By the counterparts' own records: the partner's file of effects, the warehouse's table. */
  async function onlyOnce(): Promise<void> {
    const effects = (await readFile(join(folder, 'data', 'demo', 'partner-effects.log'), 'utf8')).split('\n').filter((line) => line.startsWith('accepted '));
    expect(effects).toHaveLength(1);
    const connection = await connectionToRunning(join(folder, 'data-demo'));
    const client = new pg.Client(connection);
    await client.connect();
    try {
      const { rows } = await client.query('SELECT order_number, customer_phone, total::text FROM shipment');
      expect(rows).toEqual([{ order_number: 'A-17', customer_phone: '+79000000017', total: '20.55' }]);
    } finally {
      await client.end();
    }
  }
});

function sectionOf(text: string, heading: string): string {
  const [, section = ''] = text.split(`## ${heading}\n`);
  return section.split('\n## ')[0] ?? '';
}

/** The commands of all shell blocks; a line that ends with a backslash or inside quotes goes on in the next. */
function commandsOf(section: string): string[] {
  const blocks = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block);
  return blocks.flatMap((block) => block.split(/\n(?=curl )/).map((command) => command.trim()));
}

interface Posted {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** What `curl -i` prints. */
function postedOf(output: string): Posted {
  const [head = '', body = ''] = output.split('\r\n\r\n');
  const [line = '', ...fields] = head.split('\r\n');
  const headers = Object.fromEntries(fields.map((field) => [field.slice(0, field.indexOf(':')).toLowerCase(), field.slice(field.indexOf(':') + 1).trim()]));
  return { status: Number(line.split(' ')[1]), headers, body };
}
