import { symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { chosen, report, summaryOf } from './ci.ts';
import { lanes, type Lane } from './lanes.ts';
import { plantedTree } from './planted-tree.ts';
import { runProgram, vitest } from './program.ts';
import { noReason, readSummary } from './test-summary.ts';

const root = dirname(import.meta.dirname);
const check: Lane = { name: 'types', budgetSeconds: 10, kind: 'check', words: [] };
const tests: Lane = { name: 'unit', budgetSeconds: 10, kind: 'tests', words: [] };

test('the last line counts all lanes, a check as one test, and names each skip with its reason', () => {
  const text = report([
    { lane: check, seconds: 1.25, summary: { passed: 1, failed: 0, skipped: [] } },
    { lane: tests, seconds: 2, summary: { passed: 40, failed: 2, skipped: [{ name: 'a.test.ts > b', reason: 'no broker here' }] } },
  ]);
  expect(text.split('\n').at(-1)).toBe('41 passed, 2 failed, 1 skipped');
  expect(text).toContain('  a.test.ts > b: no broker here');
  expect(text).toMatch(/^types +1\.3 s of 10 s/m);
});

test('a lane over its budget is said in red and fails nothing', () => {
  const text = report([{ lane: check, seconds: 11, summary: { passed: 1, failed: 0, skipped: [] } }]);
  expect(text).toContain('\u001B[31mover its budget');
  expect(text.split('\n').at(-1)).toBe('1 passed, 0 failed, 0 skipped');
});

test('a check fails by its exit code', () => {
  expect(summaryOf(check, { code: 0, output: '' })).toEqual({ passed: 1, failed: 0, skipped: [] });
  expect(summaryOf(check, { code: 2, output: '' })).toEqual({ passed: 0, failed: 1, skipped: [] });
});

test('tests that broke off, ran nothing, or ended badly without a failed test have failed', () => {
  expect(summaryOf(tests, { code: 0, output: 'no summary\n' })).toMatchObject({ failed: 1 });
  expect(summaryOf(tests, { code: 0, output: '{"passed":0,"failed":0,"skipped":[]}\n' })).toMatchObject({ failed: 1 });
  expect(summaryOf(tests, { code: 1, output: '{"passed":3,"failed":0,"skipped":[]}\n' })).toMatchObject({ passed: 3, failed: 1 });
  expect(summaryOf(tests, { code: 1, output: '{"passed":3,"failed":2,"skipped":[]}\n' })).toMatchObject({ passed: 3, failed: 2 });
});

test('a lane or a word that is not known is refused with those that are', () => {
  expect(chosen(lanes, ['--only', 'types,lint']).map(({ name }) => name)).toEqual(['types', 'lint']);
  expect(() => chosen(lanes, ['--only', 'typos'])).toThrow('there is no lane "typos"; there are types, lint');
  expect(() => chosen(lanes, ['--fast'])).toThrow('"--fast" is not understood');
});

test('a run of tests ends with what passed, failed, could not be loaded, and was skipped for which reason', async () => {
  using planted = plantedTree({
    'a.test.ts': `import { describe, expect, test } from 'vitest';
test('good', () => { expect(1).toBe(1); });
test('bad', () => { expect(1).toBe(2); });
test('left out', (context) => { context.skip('the moon is full'); });
test.skip('left out without a word', () => {});
describe('a group', () => { test('good too', () => { expect(1).toBe(1); }); });
`,
    'b.test.ts': "import './nowhere.ts';\n",
    'vitest.config.ts': `import { SummaryReporter } from '${root}/tools/summary-reporter.ts';\nexport default { test: { reporters: [new SummaryReporter()] } };\n`,
  });
  symlinkSync(join(root, 'node_modules'), join(planted.root, 'node_modules'));
  const { code, output } = await runProgram(planted.root, [vitest(root), 'run', '--root', planted.root], { show: false });
  expect(code).not.toBe(0);
  expect(readSummary(output)).toEqual({
    passed: 2,
    failed: 2,
    skipped: [{ name: 'a.test.ts > left out', reason: 'the moon is full' }, { name: 'a.test.ts > left out without a word', reason: noReason }],
  });
});
