/** The entry of `zveno`: the process's own streams and signals handed to a command. */
import { readFile } from 'node:fs/promises';
import { commands } from './commands.ts';
import { runCommandLine } from './command-line.ts';
import { stopSignal } from './stop-signals.ts';
import { langOf } from './surroundings.ts';


async function version(): Promise<string> {
  const file: unknown = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  return typeof file === 'object' && file !== null && 'version' in file ? String(file.version) : '?';
}

process.exitCode = await runCommandLine(
  process.argv.slice(2),
  commands,
  {
    environment: process.env,
    input: process.stdin,
    print: (text) => void process.stdout.write(text),
    tell: (text) => void process.stderr.write(text),
    lang: langOf(process.env),
    signal: stopSignal(),
  },
  version,
);
