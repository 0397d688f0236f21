/**
 * Which program a command is. What is not listed here belongs to the platform's own command line.
 * Node runs TypeScript directly only outside node_modules; the published package carries built files in `dist/` instead.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Trouble } from './trouble.mjs';

const commandLine = 'src/cli/main.ts';
const simulator = 'demo/onec/main.ts';

/** Arguments for Node: its own options, the program, the program's arguments. */
export function programOf({ project, built }, words) {
  return built ? builtProgram(join(project, 'dist'), words) : sourceProgram(project, words);
}

function builtProgram(dist, words) {
  const [command, ...rest] = words;
  const file = (path) => there(dist, path.replace(/\.ts$/, '.js'));
  if (forDevelopers.includes(command)) throw new Trouble(`"zveno ${command}" works on the source code, and this is the installed package. Clone the project for it.`);
  return command === 'onec' ? [file(simulator), ...rest] : [file(commandLine), ...words];
}

const forDevelopers = ['dev', 'test', 'ci', 'verify', 'reference', 'build', 'new', 'bench', 'campaign'];

function sourceProgram(project, words) {
  const [command, ...rest] = words;
  switch (command) {
    case 'dev':
      return ['--watch', '--watch-preserve-output', there(project, commandLine), 'start', ...rest];
    case 'test':
      return [there(project, 'tools/test.ts'), ...rest];
    case 'ci':
      return [there(project, 'tools/ci.ts'), ...rest];
    case 'verify':
      return [there(project, 'tools/ci.ts'), '--only', 'types,lint', ...rest];
    case 'reference':
      return [there(project, 'tools/reference.ts'), ...rest];
    case 'build':
      return [there(project, 'tools/build.ts'), ...rest];
    case 'onec':
      return [there(project, simulator), ...rest];
    case 'new':
      return newOf(project, rest);
    case 'bench':
      return named(project, 'bench', 'benchmark', rest);
    case 'campaign':
      return named(project, 'tests/campaigns', 'campaign', rest);
    default:
      return [there(project, commandLine), ...words];
  }
}

function newOf(project, [kind, ...rest]) {
  if (kind === 'connector' && rest.length > 0) return [there(project, 'tools/new-connector.ts'), ...rest];
  throw new Trouble('What is to be new? Say "npm run new connector NAME", with a name of lower-case letters, digits and hyphens.');
}

function named(project, folder, noun, [name, ...rest]) {
  const names = programsIn(join(project, folder));
  if (name && names.includes(name)) return [join(project, folder, `${name}.ts`), ...rest];
  const known = names.length > 0 ? `There are: ${names.join(', ')}.` : `${folder}/ holds none yet.`;
  throw new Trouble(`${name ? `There is no ${noun} "${name}".` : `Which ${noun}?`} ${known}`);
}

function programsIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts')).map((file) => file.slice(0, -3)).sort();
}

function there(project, path) {
  const file = join(project, path);
  if (existsSync(file)) return file;
  throw new Trouble(`${file} is missing: this copy of the project is incomplete. Get it again.`);
}
