/** Ends a run of tests with one line of JSON: see test-summary.ts. */
import type { Reporter, TestCase, TestModule, SerializedError } from 'vitest/node';
import { noReason, type SkippedTest, type TestSummary } from './test-summary.ts';

export class SummaryReporter implements Reporter {
  readonly #print: (line: string) => void;

  constructor(print: (line: string) => void = console.log) {
    this.#print = print;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    this.#print(JSON.stringify(summaryOf(modules, unhandled.length)));
  }
}

/** A file that could not be loaded, and an error outside all tests, count as one failed test each. */
export function summaryOf(modules: readonly TestModule[], unhandledErrors: number): TestSummary {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const outcomes = tests.map((one) => ({ one, result: one.result() }));
  const broken = modules.filter((module) => module.errors().length > 0).length;
  const brokenSuites = modules.flatMap((module) => [...module.children.allSuites()]).filter((suite) => suite.errors().length > 0).length;
  return {
    passed: outcomes.filter(({ result }) => result.state === 'passed').length,
    // A test still pending at the end never ran: that is no pass.
    failed: outcomes.filter(({ result }) => result.state === 'failed' || result.state === 'pending').length + broken + brokenSuites + unhandledErrors,
    skipped: outcomes.flatMap(({ one, result }) => (result.state === 'skipped' ? [skippedTest(one, result.note)] : [])),
  };
}

const skippedTest = (one: TestCase, note: string | undefined): SkippedTest => ({ name: `${one.module.relativeModuleId} > ${one.fullName}`, reason: note ?? noReason });
