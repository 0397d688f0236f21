/**
 * W1, durable intake: an order of 1 KB is posted, checked, mapped to twelve fields, stored by one upsert and journalled, and answered
 * after the commit. Hand-written servers do the like over the same cluster, in turns with the platform.
 *
 *   npm run bench -- w1 [--seconds N] [--connections N] [--rounds N] [--profile FOLDER]
 *
 * Each figure is the median of the rounds. CPU is milliseconds an answered order, of the server's process tree and of PostgreSQL's.
 * The last line is one JSON object; a ratio is the reference's CPU (server and PostgreSQL) divided by ours: above 1 we need less.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startEmbedded } from '../src/store/embedded/start-embedded.ts';
import { connectionUrl } from '../src/store/embedded/session.ts';
import { testFolder } from '../tests/services/test-folder.ts';
import { ClosedLoop } from './w1/closed-loop.ts';
import { startChild, stopChild, type Contender } from './w1/contender.ts';
import { cpuSecondsOf } from './w1/cpu.ts';
import { benchOrder } from './w1/order.ts';
import { startPlatform } from './w1/platform.ts';
import { referenceTable, referenceTables, type ReferenceKind } from './w1/reference.ts';

interface Measured {
  rps: number;
  p50: number;
  p99: number;
  cpuServerMs: number;
  cpuPgMs: number;
  lost: number;
}

const { values: given } = parseArgs({
  options: { seconds: { type: 'string', default: '6' }, connections: { type: 'string', default: '50' }, rounds: { type: 'string', default: '3' }, profile: { type: 'string' } },
});
const seconds = positive('seconds', given.seconds);
const connections = positive('connections', given.connections);
const rounds = positive('rounds', given.rounds);
const warmUpSeconds = 2;

const folder = join(testFolder(), `w1-${randomUUID().slice(0, 8)}`);
await mkdir(folder, { recursive: true, mode: 0o711 });
const quiet = { debug: () => undefined, info: () => undefined, warn: console.error, error: console.error };
const cluster = await startEmbedded({ dataFolder: join(folder, 'cluster'), log: quiet });
const databaseUrl = connectionUrl(cluster.connection);
const contenders: Contender[] = [];
try {
  contenders.push(await startPlatform({ folder, databaseUrl, profileFolder: given.profile ?? null }));
  await sql(referenceTables);
  if (given.profile === undefined) for (const kind of ['single', 'singleJournal', 'groupCommit'] as const) contenders.push(await startReference(kind));
  report(await measureAll());
} finally {
  for (const contender of contenders) await contender.stop();
  await cluster.stop();
  await rm(folder, { recursive: true, force: true });
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} is a whole number from 1`);
  return value;
}

async function startReference(kind: ReferenceKind): Promise<Contender> {
  const { child, told } = await startChild({ words: ['bench/w1/reference.ts', kind], environment: { DATABASE_URL: databaseUrl } }, (line) => JSON.parse(line) as { port: number }); // its first line, by its contract
  return { name: kind, pid: child.pid ?? 0, port: told.port, path: '/orders', authorization: null, rows: `SELECT count(*) FROM ${referenceTable(kind)} WHERE number LIKE $1`, stop: () => stopChild(child) };
}

async function measureAll(): Promise<Map<string, Measured[]>> {
  const measured = new Map<string, Measured[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const contender of contenders) {
      await measure(contender, `warm${round}`, warmUpSeconds);
      const result = await measure(contender, `round${round}`, seconds);
      measured.get(contender.name)?.push(result);
      console.log(`round ${round} ${contender.name.padEnd(14)} ${result.rps.toFixed(0).padStart(6)}/s  p50 ${result.p50.toFixed(1)} ms  p99 ${result.p99.toFixed(1)} ms  CPU ms: server ${result.cpuServerMs.toFixed(3)}, PostgreSQL ${result.cpuPgMs.toFixed(3)}  lost ${result.lost}`);
    }
  }
  return measured;
}

async function measure({ name, pid, port, path, authorization, rows }: Contender, part: string, forSeconds: number): Promise<Measured> {
  const prefix = `${name}-${part}`;
  const loop = new ClosedLoop({ port, path, authorization, connections, body: (n) => JSON.stringify(benchOrder(prefix, n)) });
  const before = { server: cpuSecondsOf(pid), pg: cpuSecondsOf(cluster.postmasterPid) };
  const { accepted, refused, seconds: took, p50, p99 } = await loop.run(forSeconds);
  const [server, ofPg] = [cpuSecondsOf(pid) - before.server, cpuSecondsOf(cluster.postmasterPid) - before.pg];
  if (refused.size > 0) throw new Error(`${name} refused orders: ${JSON.stringify([...refused])}`);
  const stored = await sql(rows, [`${prefix}-%`]);
  return { rps: accepted / took, p50, p99, cpuServerMs: (server * 1_000) / accepted, cpuPgMs: (ofPg * 1_000) / accepted, lost: accepted - stored };
}

/** The first column of the first row as a number. */
async function sql(text: string, parameters?: readonly string[]): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, string>>(text, parameters === undefined ? undefined : [...parameters]);
    return Number(Object.values(rows?.[0] ?? {})[0]);
  } finally {
    await client.end();
  }
}

function report(measured: ReadonlyMap<string, readonly Measured[]>): void {
  const rows = [...measured].map(([name, all]) => ({
    name,
    rps: Math.round(median(all.map((one) => one.rps))),
    p50: rounded(median(all.map((one) => one.p50))),
    p99: rounded(median(all.map((one) => one.p99))),
    cpuServerMs: rounded(median(all.map((one) => one.cpuServerMs))),
    cpuPgMs: rounded(median(all.map((one) => one.cpuPgMs))),
  }));
  const cpu = (name: string): number => rounded(rows.filter((row) => row.name === name).reduce((sum, row) => sum + row.cpuServerMs + row.cpuPgMs, 0));
  const ratioTo = (name: string): number => rounded(cpu(name) / cpu('zveno'));
  const lost = [...measured.values()].flat().reduce((sum, one) => sum + Math.abs(one.lost), 0);
  for (const row of rows) console.log(`${row.name.padEnd(14)} ${String(row.rps).padStart(6)}/s  p50 ${row.p50} ms  p99 ${row.p99} ms  CPU ms: server ${row.cpuServerMs}, PostgreSQL ${row.cpuPgMs}`);
  console.log(JSON.stringify({ bench: 'w1', connections, rows, ratio: { singleJournal: ratioTo('singleJournal'), groupCommit: ratioTo('groupCommit') }, lost }));
  if (lost > 0) process.exitCode = 1;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
