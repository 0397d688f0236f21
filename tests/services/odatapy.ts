/** A service of OData V4 written in Python by others (`odatapy`), with versions of rows, batches and tracked changes. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findFreePort } from '../../src/store/embedded/free-port.ts';
import { startGuarded } from './guarded-process.ts';
import { Unavailable, type ServiceDefinition, type ServiceRequest, type StartedService } from './service.ts';
import { projectFolder } from './test-folder.ts';

const version = '5.3.0';
const run = promisify(execFile);

export const definition: ServiceDefinition = { kind: 'odatapy', sources: [{ source: 'registry', start }] };

/** `settings.pageRows`: rows of a page that the service gives of itself; all unless told. */
async function start(request: ServiceRequest): Promise<StartedService> {
  const library = await fetched(request);
  const port = await findFreePort();
  const program = fileURLToPath(new URL('odatapy-service.py', import.meta.url));
  const server = await startGuarded({
    command: ['python3', program, String(port), request.settings['pageRows'] ?? '0'],
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', PYTHONPATH: library, PYTHONDONTWRITEBYTECODE: '1' }, folder: request.folder, stopSignal: 'SIGTERM',
  });
  const url = `http://127.0.0.1:${port}`;
  while (!(await answers(url, request.signal))) {
    if (!server.isAlive()) throw new Error(`odatapy did not start: ${(await server.output()).slice(-1_000)}`);
    await sleep(50, undefined, { signal: request.signal });
  }
  return { url, host: '127.0.0.1', port, user: '', password: '', pid: server.pid, stop: () => server.stop() };
}

const answers = (url: string, signal: AbortSignal): Promise<boolean> => fetch(`${url}/$metadata`, { signal }).then((answer) => answer.ok, () => false);

/** The library, fetched once by Python's own client into a folder of the checkout. */
async function fetched({ folder, signal }: ServiceRequest): Promise<string> {
  const kept = join(projectFolder, '.zveno', 'services', `odatapy-${version}`);
  if (existsSync(kept)) return kept;
  const beside = join(folder, 'library');
  try {
    await run('python3', ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary', ':all:', '--target', beside, `odatapy==${version}`], { signal, timeout: 120_000 });
  } catch (cause) {
    signal.throwIfAborted();
    throw new Unavailable('Python 3.10 with pip, or the package, is not to be had', { cause });
  }
  await mkdir(join(projectFolder, '.zveno', 'services'), { recursive: true });
  // Another run may have been quicker.
  await rename(beside, kept).catch(() => rm(beside, { recursive: true, force: true }));
  return kept;
}
