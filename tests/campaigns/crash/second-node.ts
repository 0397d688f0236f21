/** A second platform over the database of the first. */
import { join } from 'node:path';
import { connectionToRunning } from '../../../src/store/embedded/running.ts';
import { connectionUrl } from '../../../src/store/embedded/session.ts';
import { PlatformProcess } from './platform-process.ts';
import { freePort, type Stage } from './stage.ts';

export async function startSecondNode({ folder, dataFolder, environment }: Stage): Promise<PlatformProcess> {
  const connection = await connectionToRunning(dataFolder);
  if (connection === undefined) throw new Error("the first node's database does not run");
  const port = await freePort();
  const own = { ZVENO_NODE: 'two', ZVENO_PORT: String(port), ZVENO_DATA: join(folder, 'second'), DATABASE_URL: connectionUrl(connection) };
  const platform = new PlatformProcess({ environment: { ...environment, ...own }, logFile: join(folder, 'second.log') });
  await platform.startUntilReady();
  return platform;
}
