/** The demo's counterparts while the platform runs: the partner, a process of its own, and the warehouse, a database of its own. */
import { randomBytes } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { failure } from '../core/failure.ts';
import type { Log } from '../core/ports.ts';
import { startEmbedded } from '../store/embedded/start-embedded.ts';
import { openReaders } from '../store/postgres/pool.ts';
import type { DemoServices } from './demo.ts';

export interface RunningDemo {
  services: DemoServices;
  close(): Promise<void>;
}

/** Built files have the ending of this one. */
const partnerProgram = fileURLToPath(new URL(`../../demo/partner${extname(import.meta.url)}`, import.meta.url));
const warehouseTables = fileURLToPath(new URL('../../demo/warehouse.sql', import.meta.url));

export async function startDemoServices(dataFolder: string, log: Log, signal: AbortSignal): Promise<RunningDemo> {
  const folder = join(dataFolder, 'demo');
  await mkdir(folder, { recursive: true, mode: 0o711 });
  const warehouse = await startEmbedded({ dataFolder: `${dataFolder}-demo`, log, signal, listen: { kind: 'tcp', port: 0 } });
  try {
    const readers = openReaders(warehouse.connection, log);
    try {
      await readers.query({ text: await readFile(warehouseTables, 'utf8'), values: [] });
    } finally {
      await readers.close();
    }
    const token = await partnerToken(join(folder, 'partner-token'));
    const partner = await startPartner(join(folder, 'partner-effects.log'), token);
    const { port, database, user, password } = warehouse.connection;
    return {
      services: { partner: { port: partner.port, token }, warehouse: { port, database, user, password } },
      close: async () => {
        await stopPartner(partner.process);
        await warehouse.stop();
      },
    };
  } catch (error) {
    await warehouse.stop();
    throw error;
  }
}

async function partnerToken(file: string): Promise<string> {
  try {
    const handle = await open(file, 'wx', 0o600);
    const token = randomBytes(24).toString('base64url');
    await handle.writeFile(token);
    await handle.close();
    return token;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return (await readFile(file, 'utf8')).trim();
    throw error;
  }
}

async function startPartner(file: string, token: string): Promise<{ process: ChildProcess; port: number }> {
  // It ends when its standard input does, so that it never outlives a platform that was killed.
  const child = spawn(process.execPath, [partnerProgram], {
    env: { PATH: process.env['PATH'], PARTNER_PORT: '0', PARTNER_FILE: file, PARTNER_TOKEN: token, PARTNER_FOLLOWS_INPUT: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, 'line').then(([line]) => String(line)), once(child, 'exit').then(() => null)]);
  const said: unknown = first === null ? null : JSON.parse(first);
  if (typeof said !== 'object' || said === null || !('port' in said) || typeof said.port !== 'number') throw failure('demo.partner', { program: partnerProgram });
  return { process: child, port: said.port };
}

async function stopPartner(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
