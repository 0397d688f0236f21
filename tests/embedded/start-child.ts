/** A platform process in small: starts the embedded server on the folder in its first argument, says so in one line of JSON, and stops when its input ends. */
import { Failure } from '../../src/core/failure.ts';
import { defaultDataFolder } from '../../src/store/embedded/default-folders.ts';
import { startEmbedded } from '../../src/store/embedded/start-embedded.ts';
import { connectionUrl } from '../../src/store/embedded/session.ts';
import { quietLog } from './quiet-log.ts';

export interface ChildReport {
  readonly folder: string;
  readonly uid: number;
  readonly started?: { readonly pid: number; readonly adopted: boolean; readonly url: string; readonly host: string; readonly password: string };
  readonly failed?: { readonly code: string; readonly pid?: unknown; readonly text: string };
}

const say = (report: ChildReport): void => void process.stdout.write(`${JSON.stringify(report)}\n`);

async function main(): Promise<void> {
  const folder = process.argv[2] || defaultDataFolder();
  const uid = process.getuid?.() ?? 0;
  try {
    const server = await startEmbedded({ dataFolder: folder, log: quietLog });
    const { host, password } = server.connection;
    say({ folder, uid, started: { pid: server.postmasterPid, adopted: server.state.state === 'running' && server.state.adopted, url: connectionUrl(server.connection), host, password } });
    for await (const _ of process.stdin);
    await server.stop();
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    say({ folder, uid, failed: { code: cause.code, pid: cause.parameters['pid'], text: cause.message } });
  }
}

if (import.meta.main) await main();
