/**
 * OData: what the connector costs beside the least that any client does, in turns with it.
 *
 *   npm run bench -- odata [--pages N] [--rounds N] [--rows N] [--flood-mb N] [--profile FOLDER]
 *
 * - read: pages of 1,000 rows of 1C and V4, ready-made by a server of their own, read by the connector (typed rows, exact numbers) and
 *   by undici with JSON.parse. CPU milliseconds a page of the reading process; a ratio above 1 is how much more we need.
 * - write: rows created in the simulated 1C with its usual times (a session 45 ms, a request 10, a write 21) by 1, 8 and 32 at once, beside
 *   a serial client that opens a session for each row and looks it up first. The serial ones write fewer rows and are scaled.
 * - metadata: a description of 18 MB and 4,200 sets, made here.
 * - flood: one answer of 500 MB, its rows read as they come; the heap is the most that was held above the start.
 *
 * The last line is one JSON object.
 */
import { Session } from 'node:inspector/promises';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Agent, request } from 'undici';
import definition from '../src/connectors/odata/index.ts';
import { readMetadataPatiently } from '../src/connectors/odata/metadata.ts';
import { streamRows } from '../src/connectors/odata/row-stream.ts';
import { isObject, type OpenConnection, type Value } from '../src/sdk/index.ts';
import { callOf, contextOf, sendOnce } from '../src/sdk/testing/context.ts';
import { largeEdmx } from './odata/large-edmx.ts';
import { pageRows } from './odata/page-server.ts';
import { peakHeapMb } from './odata/peak-heap.ts';
import { startChild, stopChild } from './w1/contender.ts';

const { values: given } = parseArgs({
  options: {
    pages: { type: 'string', default: '100' }, rounds: { type: 'string', default: '3' }, rows: { type: 'string', default: '2985' }, 'flood-mb': { type: 'string', default: '500' }, profile: { type: 'string' },
  },
});
const [pages, rounds, rows, floodMb] = [given.pages, given.rounds, given.rows, given['flood-mb']].map(Number) as [number, number, number, number];
if (![pages, rounds, rows, floodMb].every((count) => Number.isSafeInteger(count) && count > 0)) throw new Error('--pages, --rounds, --rows and --flood-mb are whole numbers from 1');

const server = await startChild({ words: ['bench/odata/page-server.ts'], environment: {} }, (line) => JSON.parse(line) as { port: number }); // its first line, by its contract
const base = `http://127.0.0.1:${server.told.port}`;
const agent = new Agent({ connections: 1 });
try {
  const read = { '1c': await measureReading('1c'), v4: await measureReading('v4') };
  const metadata = await measureMetadata();
  const flood = await measureFlood();
  const write = await measureWriting();
  console.log(JSON.stringify({ bench: 'odata', read, metadata, flood, write }));
} finally {
  await agent.close();
  await stopChild(server.child);
}

interface Reading {
  pagesPerSecond: number;
  plainPagesPerSecond: number;
  cpuMsPerPage: number;
  plainCpuMsPerPage: number;
  cpuRatio: number;
}

async function measureReading(dialect: '1c' | 'v4'): Promise<Reading> {
  const open = openAt(`${base}/${dialect}/service`, dialect);
  const [ours, plain]: [Cost[], Cost[]] = [[], []];
  await readAll(open, 10);
  await readPlain(dialect, 10);
  for (let round = 0; round < rounds; round += 1) {
    ours.push(await costOf(() => profiled(`read-${dialect}`, () => readAll(open, pages))));
    plain.push(await costOf(() => readPlain(dialect, pages)));
  }
  await open.close();
  const [us, them] = [median(ours), median(plain)];
  const result = {
    pagesPerSecond: rounded(pages / us.seconds), plainPagesPerSecond: rounded(pages / them.seconds),
    cpuMsPerPage: rounded((us.cpuSeconds * 1_000) / pages), plainCpuMsPerPage: rounded((them.cpuSeconds * 1_000) / pages), cpuRatio: rounded(us.cpuSeconds / them.cpuSeconds),
  };
  console.log(`read ${dialect.padEnd(3)} pages of 1,000 rows: ${result.pagesPerSecond}/s (plain ${result.plainPagesPerSecond}/s), CPU ${result.cpuMsPerPage} ms a page (plain ${result.plainCpuMsPerPage}), ratio ${result.cpuRatio}`);
  return result;
}

function openAt(url: string, dialect: '1c' | 'v4', poolSize = 1): OpenConnection {
  return definition.open(contextOf(definition, { url, dialect, poolSize }));
}

async function readAll(open: OpenConnection, count: number): Promise<void> {
  let cursor: Value = null;
  for (let page = 0; page < count; page += 1) {
    const receipt = await sendOnce(open, callOf({ operation: 'query', properties: { set: 'Catalog_Партнеры' }, request: { cursor } }));
    const response = isObject(receipt.response) ? receipt.response : {};
    if (!Array.isArray(response['rows']) || response['rows'].length !== pageRows) throw new Error(`page ${page} was not read`);
    cursor = response['next'] ?? null;
  }
}

async function readPlain(dialect: string, count: number): Promise<void> {
  for (let page = 0; page < count; page += 1) {
    const { body } = await request(`${base}/${dialect}/service/Catalog?$top=${pageRows}&$skip=${page * pageRows}`, { dispatcher: agent });
    const { value } = JSON.parse(await body.text()) as { value: unknown[] };
    if (value.length !== pageRows) throw new Error(`page ${page} was not read`);
  }
}

async function measureMetadata(): Promise<object> {
  const { text, sets, properties } = largeEdmx(4_200, 26);
  const document = new TextEncoder().encode(text);
  const read = async (): Promise<void> => {
    const { sets: found } = await readMetadataPatiently({ connection: 'bench', address: 'x' }, document, new AbortController().signal);
    if (found.size !== sets) throw new Error(`${found.size} of ${sets} sets were read`);
  };
  const costs: Cost[] = [];
  for (let round = 0; round < rounds; round += 1) costs.push(await costOf(() => profiled('metadata', read)));
  const peakMb = await peakHeapMb(read);
  const cost = median(costs);
  const result = { megabytes: rounded(document.length / 1e6), sets, properties, seconds: rounded(cost.seconds), cpuSeconds: rounded(cost.cpuSeconds), peakHeapMb: peakMb };
  console.log(`metadata of ${result.megabytes} MB, ${sets} sets: ${result.seconds} s, CPU ${result.cpuSeconds} s, heap ${peakMb} MB at most`);
  return result;
}

async function measureFlood(): Promise<object> {
  const bytes = floodMb * 1_000_000;
  let seen = 0;
  const read = async (): Promise<void> => {
    const { body } = await request(`${base}/flood?bytes=${bytes}`, { dispatcher: agent });
    for await (const batch of streamRows({ connection: 'bench', address: base }, body)) seen += batch.rows.length;
  };
  const beganMs = performance.now();
  const peakMb = await peakHeapMb(read);
  const seconds = (performance.now() - beganMs) / 1_000;
  const result = { megabytes: floodMb, rows: seen, megabytesPerSecond: rounded(floodMb / seconds), peakHeapMb: peakMb };
  console.log(`flood of ${floodMb} MB, ${seen} rows: ${result.megabytesPerSecond} MB/s, heap ${peakMb} MB at most`);
  return result;
}

interface Writing {
  parallel: number;
  slots: number;
  rows: number;
  seconds: number;
  rowsPerSecond: number;
  timesSerial: number;
}

async function measureWriting(): Promise<object> {
  const serial = await withSimulator(8, (url) => serialBaseline(url, Math.min(rows, 150)));
  console.log(`write as a serial client with a session and a look-up for each row: ${serial} rows/s`);
  const runs: Writing[] = [];
  for (const parallel of [1, 8, 32]) {
    const slots = Math.max(8, parallel);
    const count = parallel === 1 ? Math.min(rows, 300) : rows;
    const seconds = await withSimulator(slots, (url) => createRows(url, count, parallel));
    const run = { parallel, slots, rows: count, seconds: rounded(seconds), rowsPerSecond: rounded(count / seconds), timesSerial: rounded(count / seconds / serial) };
    runs.push(run);
    console.log(`write ${count} rows by ${parallel} at once, ${slots} slots: ${run.seconds} s, ${run.rowsPerSecond}/s, ${run.timesSerial} times the serial client`);
  }
  return { latency: 'session 45 ms, request 10 ms, read 5 ms, write 21 ms', serialRowsPerSecond: serial, runs };
}

async function withSimulator<T>(slots: number, work: (url: string) => Promise<T>): Promise<T> {
  const words = ['demo/onec/main.ts', '--port', '0', '--anybody', '--size', '10', '--pace', `slots=${slots}`];
  const { child, told } = await startChild({ words, environment: {} }, (line) => JSON.parse(line) as { url: string }); // its first line, by its contract
  try {
    return await work(told.url);
  } finally {
    await stopChild(child);
  }
}

function newRow(number: number): { Code: string; Description: string } {
  return { Code: `Б${String(number).padStart(6, '0')}`, Description: `Договор ${number}` };
}

/** A session of its own for each request, one after another. */
async function serialBaseline(url: string, count: number): Promise<number> {
  const set = `${url}/${encodeURIComponent('Catalog__ДоговорПоставки')}?$format=json`;
  const once = async (path: string, options: Omit<NonNullable<Parameters<typeof request>[1]>, 'dispatcher'> = {}): Promise<void> => {
    const dispatcher = new Agent();
    const { statusCode, body } = await request(path, { ...options, dispatcher });
    await body.text();
    await dispatcher.close();
    if (statusCode >= 300) throw new Error(`the baseline was answered ${statusCode}`);
  };
  const beganMs = performance.now();
  for (let number = 0; number < count; number += 1) {
    await once(`${set}&$top=1&$filter=${encodeURIComponent(`Code eq '${newRow(number).Code}'`)}`);
    await once(set, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(newRow(number)) });
  }
  return rounded((count * 1_000) / (performance.now() - beganMs));
}

async function createRows(url: string, count: number, parallel: number): Promise<number> {
  const open = openAt(url, '1c', parallel);
  await sendOnce(open, callOf({ operation: 'query', properties: { set: 'Catalog_Склады', pageRows: 1 }, request: {} }));
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      const receipt = await sendOnce(open, callOf({ operation: 'create', properties: { set: 'Catalog__ДоговорПоставки' }, request: newRow(next) }));
      if (receipt.kind === 'error') throw receipt.failure;
    }
  };
  const beganMs = performance.now();
  await Promise.all(Array.from({ length: parallel }, one));
  const seconds = (performance.now() - beganMs) / 1_000;
  await open.close();
  return seconds;
}

interface Cost {
  seconds: number;
  cpuSeconds: number;
}

async function costOf(work: () => Promise<void>): Promise<Cost> {
  const [beganMs, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - beganMs) / 1_000, cpuSeconds: (user + system) / 1e6 };
}

/** Leaves a CPU profile in the folder that `--profile` names. */
async function profiled(name: string, work: () => Promise<void>): Promise<void> {
  if (given.profile === undefined) return work();
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  await work();
  const { profile } = await session.post('Profiler.stop');
  await mkdir(given.profile, { recursive: true });
  await writeFile(join(given.profile, `${name}.cpuprofile`), JSON.stringify(profile));
  session.disconnect();
}

function median(costs: readonly Cost[]): Cost {
  const middle = (numbers: readonly number[]): number => [...numbers].sort((one, other) => one - other)[numbers.length >> 1] ?? Number.NaN;
  return { seconds: middle(costs.map(({ seconds }) => seconds)), cpuSeconds: middle(costs.map(({ cpuSeconds }) => cpuSeconds)) };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
