/** The entry of `zveno`: the process's own streams and signals handed to a command. */
import { commands } from './commands.ts';
import { runCommandLine } from './command-line.ts';
import { productVersion } from './product-version.ts';
import { stopSignal } from './stop-signals.ts';
import { langOf } from './surroundings.ts';

// Whoever read the beginning of a list has gone; what was asked for is carried out all the same, and its exit code tells of it.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
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
  productVersion,
);
