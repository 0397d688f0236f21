/** SAP's own mock server (`@sap-ux/fe-mockserver-core`), fed with descriptions of services. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findFreePort } from '../../src/store/embedded/free-port.ts';
import { startGuarded } from './guarded-process.ts';
import { Unavailable, type ServiceDefinition, type ServiceRequest, type StartedService } from './service.ts';
import { projectFolder } from './test-folder.ts';

const version = '1.7.16';
const run = promisify(execFile);

export const definition: ServiceDefinition = { kind: 'sapMockServer', sources: [{ source: 'registry', start }] };

/** `settings` are the services: path by file of the description. The address is that of the server. */
async function start(request: ServiceRequest): Promise<StartedService> {
  const library = await fetched(request);
  const port = await findFreePort();
  const pairs = Object.entries(request.settings).flat();
  const program = fileURLToPath(new URL('sap-mock-server.mjs', import.meta.url));
  const server = await startGuarded({ command: [process.execPath, program, library, String(port), ...pairs], env: { PATH: '/usr/bin:/bin', HOME: request.folder }, folder: request.folder, stopSignal: 'SIGTERM' });
  const url = `http://127.0.0.1:${port}`;
  while (!(await answers(`${url}${pairs[0] ?? ''}`, request.signal))) {
    if (!server.isAlive()) throw new Error(`the mock server did not start: ${(await server.output()).slice(-1_000)}`);
    await sleep(50, undefined, { signal: request.signal });
  }
  return { url, host: '127.0.0.1', port, user: '', password: '', pid: server.pid, stop: () => server.stop() };
}

const answers = (root: string, signal: AbortSignal): Promise<boolean> => fetch(`${root}/$metadata`, { signal }).then((answer) => answer.ok, () => false);

/** Fetched once by npm, without scripts of packages, into a folder of the checkout: eighty packages that only this test needs. */
async function fetched({ folder, signal }: ServiceRequest): Promise<string> {
  const kept = join(projectFolder, '.zveno', 'services', `sap-mock-server-${version}`);
  if (existsSync(kept)) return kept;
  const beside = join(folder, 'library');
  await mkdir(beside);
  const path = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
  try {
    await run('npm', ['install', '--prefix', beside, '--ignore-scripts', '--no-audit', '--no-fund', '--omit=optional', '--save-exact', `@sap-ux/fe-mockserver-core@${version}`], { signal, timeout: 120_000, env: { ...process.env, PATH: path } });
  } catch (cause) {
    signal.throwIfAborted();
    throw new Unavailable('npm or the package is not to be had', { cause });
  }
  await mkdir(join(projectFolder, '.zveno', 'services'), { recursive: true });
  // Another run may have been quicker.
  await rename(beside, kept).catch(() => rm(beside, { recursive: true, force: true }));
  return kept;
}
