/** A test run in small: starts a PostgreSQL and says where it is; ends in an orderly way when its input ends, at once when told to exit. */
import { createInterface } from 'node:readline';
import { startService } from './start-service.ts';

export interface RunReport {
  readonly pid?: number;
  readonly id?: string;
  readonly source?: string;
  readonly port?: number;
  readonly error?: string;
}

const say = (report: RunReport): void => void process.stdout.write(`${JSON.stringify(report)}\n`);

async function main(): Promise<void> {
  const service = await startService('postgres');
  say({ pid: service.pid, id: service.id, source: service.source, port: service.port });
  for await (const line of createInterface(process.stdin)) if (line === 'exit') process.exit(0);
  await service.stop();
}

if (import.meta.main) await main().catch((cause: unknown) => say({ error: String(cause) }));
