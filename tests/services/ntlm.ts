/** An HTTP server whose connections are signed in by NTLM, judged by `pyspnego`, which others have written. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findFreePort } from '../../src/store/embedded/free-port.ts';
import { startGuarded } from './guarded-process.ts';
import { Unavailable, type ServiceDefinition, type ServiceRequest, type StartedService } from './service.ts';
import { projectFolder } from './test-folder.ts';

const version = '0.12.4';
const run = promisify(execFile);

export const definition: ServiceDefinition = { kind: 'ntlm', sources: [{ source: 'registry', start }] };

/** `settings.users`: lines `DOMAIN:name:password`. `settings.scheme`: NTLM or Negotiate. `settings.certificate`: PEM with its key, for TLS with channel bindings demanded. */
async function start(request: ServiceRequest): Promise<StartedService> {
  const library = await fetched(request);
  const port = await findFreePort();
  const users = join(request.folder, 'users');
  await writeFile(users, request.settings['users'] ?? '');
  const certificate = request.settings['certificate'] === undefined ? '' : join(request.folder, 'server.pem');
  if (certificate !== '') await writeFile(certificate, request.settings['certificate'] ?? '');
  const program = fileURLToPath(new URL('ntlm-service.py', import.meta.url));
  const server = await startGuarded({
    command: ['python3', program, String(port), users, request.settings['scheme'] ?? 'NTLM', certificate],
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', PYTHONPATH: library, PYTHONDONTWRITEBYTECODE: '1', NTLM_USER_FILE: users }, folder: request.folder, stopSignal: 'SIGTERM',
  });
  const url = `${certificate === '' ? 'http' : 'https'}://127.0.0.1:${port}`;
  while (!(await answers(port))) {
    if (!server.isAlive()) throw new Error(`the NTLM server did not start: ${(await server.output()).slice(-1_000)}`);
    await sleep(50, undefined, { signal: request.signal });
  }
  return { url, host: '127.0.0.1', port, user: '', password: '', pid: server.pid, stop: () => server.stop() };
}

const answers = (port: number): Promise<boolean> => new Promise((resolve) => {
  const socket = connect(port, '127.0.0.1', () => {
    socket.destroy();
    resolve(true);
  }).on('error', () => resolve(false));
});

/** The library, fetched once by Python's own client into a folder of the checkout. */
async function fetched({ folder, signal }: ServiceRequest): Promise<string> {
  const kept = join(projectFolder, '.zveno', 'services', `pyspnego-${version}`);
  if (existsSync(kept)) return kept;
  const beside = join(folder, 'library');
  try {
    await run('python3', ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:', '--target', beside, `pyspnego==${version}`], { signal, timeout: 120_000 });
  } catch (cause) {
    signal.throwIfAborted();
    throw new Unavailable('Python 3.10 with pip, or the package, is not to be had', { cause });
  }
  await mkdir(join(projectFolder, '.zveno', 'services'), { recursive: true });
  // Another run may have been quicker.
  await rename(beside, kept).catch(() => rm(beside, { recursive: true, force: true }));
  return kept;
}
