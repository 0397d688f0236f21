/**
 * All checks and tests: `npm run ci`, or some: `npm run ci -- --only types,lint`.
 * Every lane runs, also after one has failed; the last line is `N passed, N failed, N skipped`.
 */
import { dirname } from 'node:path';
import { lanes, type Lane } from './lanes.ts';
import { runProgram, type Finished } from './program.ts';
import { readSummary, type SkippedTest, type TestSummary } from './test-summary.ts';

export interface LaneResult {
  lane: Lane;
  seconds: number;
  summary: TestSummary;
}

/** What a finished lane counts as. A run of tests that ends badly without a failed test has still failed. */
export function summaryOf(lane: Lane, finished: Finished): TestSummary {
  const bad = finished.code !== 0;
  if (lane.kind === 'check') return { passed: bad ? 0 : 1, failed: bad ? 1 : 0, skipped: [] };
  const read = readSummary(finished.output);
  if (!read) return { passed: 0, failed: 1, skipped: [] };
  if (read.passed + read.failed + read.skipped.length === 0) return { passed: 0, failed: 1, skipped: [] };
  return bad && read.failed === 0 ? { ...read, failed: 1 } : read;
}

export function chosen(all: readonly Lane[], words: readonly string[]): readonly Lane[] {
  const at = words.indexOf('--only');
  if (at === -1) {
    if (words.length > 0) throw new Error(`"${words.join(' ')}" is not understood; there is --only ${all.map(({ name }) => name).join(',')}`);
    return all;
  }
  const names = (words[at + 1] ?? '').split(',');
  const unknown = names.find((name) => !all.some((lane) => lane.name === name));
  if (unknown !== undefined) throw new Error(`there is no lane "${unknown}"; there are ${all.map(({ name }) => name).join(', ')}`);
  return all.filter((lane) => names.includes(lane.name));
}

/** The whole report: a row a lane, each skip with its reason, and the line that other programs read. */
export function report(results: readonly LaneResult[]): string {
  const skipped = results.flatMap(({ summary }) => summary.skipped);
  const total = (count: (summary: TestSummary) => number): number => results.reduce((sum, { summary }) => sum + count(summary), 0);
  return [
    ...results.map(rowOf),
    ...(skipped.length > 0 ? ['Skipped:', ...skipped.map(skipLine)] : []),
    `${total(({ passed }) => passed)} passed, ${total(({ failed }) => failed)} failed, ${skipped.length} skipped`,
  ].join('\n');
}

function rowOf({ lane, seconds, summary }: LaneResult): string {
  const counts = `${summary.passed} passed, ${summary.failed} failed, ${summary.skipped.length} skipped`;
  const time = `${seconds.toFixed(1)} s of ${lane.budgetSeconds} s`;
  const line = `${lane.name.padEnd(12)} ${time.padStart(18)}   ${counts}`;
  return seconds > lane.budgetSeconds ? `${line}   ${red('over its budget: make it faster or raise the budget in tools/lanes.ts')}` : line;
}

const skipLine = ({ name, reason }: SkippedTest): string => `  ${name}: ${reason}`;
const red = (text: string): string => `\u001B[31m${text}\u001B[0m`;

async function runLane(root: string, lane: Lane): Promise<LaneResult> {
  console.log(`── ${lane.name}`);
  const startedAt = performance.now();
  const finished = await runProgram(root, lane.words, { show: lane.show ?? false });
  if (finished.code !== 0 && !lane.show) console.log(finished.output);
  return { lane, seconds: (performance.now() - startedAt) / 1_000, summary: summaryOf(lane, finished) };
}

async function main(): Promise<void> {
  const results: LaneResult[] = [];
  for (const lane of chosen(lanes, process.argv.slice(2))) results.push(await runLane(dirname(import.meta.dirname), lane));
  process.exitCode = results.some(({ summary }) => summary.failed > 0) ? 1 : 0;
  console.log(`\n${report(results)}`);
}

if (import.meta.main) await main();
