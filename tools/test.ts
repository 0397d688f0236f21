/** Runs the tests: `npm test`, or `npm test -- src/core` for some of them. Arguments go to vitest. */
import { dirname } from 'node:path';
import { runProgram, vitest } from './program.ts';

const root = dirname(import.meta.dirname);
const { code } = await runProgram(root, [vitest(root), 'run', ...process.argv.slice(2)], { show: true });
process.exitCode = code;
