/** What `npm run ci` does, one after another: two cores are all it counts on. A budget is a warning, not a limit. */
export interface Lane {
  name: string;
  /** Seconds it should take on two cores; more is printed in red. */
  budgetSeconds: number;
  /** A check passes or fails as one; tests are counted one by one. */
  kind: 'check' | 'tests';
  /** Arguments for Node; the program is a path from the project's root. */
  words: readonly string[];
  /** Whether people want to read what it says when it passes, too. */
  show?: boolean;
}

export const lanes: readonly Lane[] = [
  { name: 'types', budgetSeconds: 20, kind: 'check', words: ['node_modules/typescript/bin/tsc', '-p', '.'] },
  { name: 'lint', budgetSeconds: 25, kind: 'check', words: ['node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'directions', budgetSeconds: 5, kind: 'check', words: ['tools/directions.ts'], show: true },
  { name: 'tidy', budgetSeconds: 5, kind: 'check', words: ['tools/tidy.ts'], show: true },
  { name: 'reference', budgetSeconds: 5, kind: 'check', words: ['tools/reference.ts', '--check'] },
  { name: 'dead code', budgetSeconds: 15, kind: 'check', words: ['node_modules/knip/bin/knip.js', '--no-progress'] },
  { name: 'unit', budgetSeconds: 180, kind: 'tests', words: ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit'], show: true },
  { name: 'services', budgetSeconds: 1_000, kind: 'tests', words: ['node_modules/vitest/vitest.mjs', 'run', '--project', 'services'], show: true },
];
