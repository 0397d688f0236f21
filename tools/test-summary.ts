/** What a run of tests came to; one line of JSON, so that programs need not read what is printed for people. */
export interface TestSummary {
  passed: number;
  failed: number;
  skipped: readonly SkippedTest[];
}

export interface SkippedTest {
  name: string;
  reason: string;
}

export const noReason = 'no reason given: use context.skip(reason)';

/** The last line of `output` that is a summary, undefined when the run broke off before it had one. */
export function readSummary(output: string): TestSummary | undefined {
  const line = output.trimEnd().split('\n').findLast((text) => text.startsWith('{"passed":'));
  if (line === undefined) return undefined;
  const parsed: unknown = JSON.parse(line);
  return isSummary(parsed) ? parsed : undefined;
}

function isSummary(value: unknown): value is TestSummary {
  return typeof value === 'object' && value !== null && 'passed' in value && typeof value.passed === 'number'
    && 'failed' in value && typeof value.failed === 'number' && 'skipped' in value && Array.isArray(value.skipped);
}
