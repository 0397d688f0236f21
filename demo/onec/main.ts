/** `npm run onec`: a 1C to try things against. */
import { helpText, onecOptions } from './command-line.ts';
import { startOnec } from './server.ts';

try {
  const options = onecOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(helpText());
  else {
    const onec = await startOnec(options);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void onec.close());
    process.stdout.write(`${JSON.stringify({ port: onec.port, url: onec.url, sets: onec.base.roles.size, login: options.users?.[0]?.login ?? null })}\n`);
  }
} catch (error) {
  process.stderr.write(`onec: ${error instanceof Error ? error.message : String(error)}\nSee --help.\n`);
  process.exitCode = 1;
}
