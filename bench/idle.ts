/**
 * Start and idle: how long a start on an existing database takes until the platform is ready, and what it holds when nothing happens.
 *
 *   npm run bench -- idle [--starts N] [--rest SECONDS]
 *
 * The platform runs without the demo, over its embedded PostgreSQL. Memory is the resident memory of its own process, PostgreSQL left
 * out, `--rest` seconds after it was ready; CPU is what both used meanwhile. The last line is one JSON object.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { testFolder } from '../tests/services/test-folder.ts';
import { startChild, stopChild } from './w1/contender.ts';
import { cpuSecondsOf, ownCpuSecondsOf, residentBytesOf } from './w1/cpu.ts';

const { values: given } = parseArgs({ options: { starts: { type: 'string', default: '5' }, rest: { type: 'string', default: '10' } } });
const starts = Number(given.starts);
const restSeconds = Number(given.rest);
if (!Number.isSafeInteger(starts) || starts < 1 || !(restSeconds > 0)) throw new Error('--starts is a whole number from 1, --rest a number of seconds');

const folder = join(testFolder(), `idle-${randomUUID().slice(0, 8)}`);
await mkdir(folder, { recursive: true, mode: 0o711 });
const environment = { HOME: folder, LANG: 'C', ZVENO_DATA: join(folder, 'data'), ZVENO_PORT: '0', ZVENO_DEMO: 'off', ZVENO_ADMIN_PASSWORD: 'benchmark of idle', ZVENO_LOG_LEVEL: 'warn' };

try {
  const first = await oneStart(0);
  const all = [];
  for (let start = 1; start <= starts; start += 1) {
    const measured = await oneStart(start === starts ? restSeconds : 0);
    all.push(measured);
    console.log(`start ${start}: ready after ${Math.round(measured.readyMs)} ms`);
  }
  const idle = all.at(-1);
  const result = {
    bench: 'idle',
    firstStartMs: Math.round(first.readyMs),
    readyMs: median(all.map(({ readyMs }) => readyMs)),
    rssMb: Math.round((idle?.residentBytes ?? Number.NaN) / 1_048_576),
    idleCpuPercent: { server: percent(idle?.serverSeconds), postgres: percent(idle?.databaseSeconds) },
  };
  console.log(JSON.stringify(result));
} finally {
  await rm(folder, { recursive: true, force: true });
}

interface Start {
  readyMs: number;
  residentBytes: number;
  serverSeconds: number;
  databaseSeconds: number;
}

async function oneStart(forSeconds: number): Promise<Start> {
  const begun = performance.now();
  const { child } = await startChild({ words: ['src/cli/main.ts', 'start'], environment }, (line) => (line.startsWith('Zveno is ready:') ? true : null));
  const readyMs = performance.now() - begun;
  const pid = child.pid ?? 0;
  const before = { own: ownCpuSecondsOf(pid), all: cpuSecondsOf(pid) };
  await sleep(forSeconds * 1_000);
  const serverSeconds = ownCpuSecondsOf(pid) - before.own;
  // The embedded PostgreSQL is below the platform that started it.
  const databaseSeconds = cpuSecondsOf(pid) - before.all - serverSeconds;
  const residentBytes = residentBytesOf(pid);
  await stopChild(child);
  return { readyMs, residentBytes, serverSeconds, databaseSeconds };
}

function percent(seconds: number | undefined): number {
  return Math.round(((seconds ?? Number.NaN) / restSeconds) * 1_000) / 10;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? Number.NaN);
}
