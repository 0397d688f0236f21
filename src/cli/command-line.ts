/** From the words of a command line to a command that runs, and from what it throws to an exit code. */
import { parseArgs } from 'node:util';
import { Failure, failure } from '../core/failure.ts';
import { nearestKnown } from '../core/nearest-known.ts';
import { type Command, exitCodes, type ExitCode, type Invocation } from './command.ts';
import { describeFailure } from './failure-text.ts';
import { commandHelp, programHelp, usageOf } from './help.ts';
import { isAbort } from './stop-signals.ts';
import type { Surroundings } from './surroundings.ts';

export async function runCommandLine(words: readonly string[], commands: readonly Command[], surroundings: Surroundings, version: () => Promise<string>): Promise<ExitCode> {
  try {
    return await dispatch(words, commands, surroundings, version);
  } catch (error) {
    if (surroundings.signal.aborted && isAbort(error)) {
      surroundings.tell(surroundings.lang === 'ru' ? 'Прервано.\n' : 'Interrupted.\n');
      return exitCodes.interrupted;
    }
    if (!(error instanceof Failure)) throw error;
    surroundings.tell(describeFailure(error, surroundings.lang));
    return error.code.startsWith('cli.') && usageCodes.has(error.code) ? exitCodes.usage : exitCodes.failed;
  }
}

const usageCodes: ReadonlySet<string> = new Set(['cli.unknownCommand', 'cli.unknownOption', 'cli.arguments', 'cli.argvSecret']);

async function dispatch(words: readonly string[], commands: readonly Command[], surroundings: Surroundings, version: () => Promise<string>): Promise<ExitCode> {
  const [first, ...rest] = words;
  if (first === undefined || first === '--help' || first === '-h' || (first === 'help' && rest.length === 0)) {
    surroundings.print(programHelp(commands, surroundings.lang));
    return first === undefined ? exitCodes.usage : exitCodes.done;
  }
  if (first === '--version' || first === '-v') {
    surroundings.print(`${await version()}\n`);
    return exitCodes.done;
  }
  const [name, others] = first === 'help' ? [rest[0] ?? '', ['--help']] : [first, rest];
  const found = commandNamed(name, others, commands);
  if (found.words.includes('--help') || found.words.includes('-h')) {
    surroundings.print(commandHelp(found.command, surroundings.lang));
    return exitCodes.done;
  }
  return await found.command.run(invocationOf(found.command, found.words, surroundings));
}

/** Names may have two words: `secrets set`. */
function commandNamed(name: string, words: readonly string[], commands: readonly Command[]): { command: Command; words: readonly string[] } {
  const [second, ...rest] = words;
  const two = commands.find((command) => command.name === `${name} ${second ?? ''}`);
  if (two !== undefined) return { command: two, words: rest };
  const one = commands.find((command) => command.name === name);
  if (one !== undefined) return { command: one, words };
  const group = commands.filter((command) => command.name.startsWith(`${name} `));
  const written = group.length > 0 && second !== undefined && !second.startsWith('-') ? `${name} ${second}` : name;
  const nearest = nearestKnown(written, (group.length > 0 ? group : commands).map((command) => command.name));
  throw failure('cli.unknownCommand', { command: written.slice(0, 60), nearest });
}

function invocationOf(command: Command, words: readonly string[], surroundings: Surroundings): Invocation {
  const options = Object.fromEntries(Object.entries(command.options).map(([name, { value }]) => [name, { type: value === undefined ? ('boolean' as const) : ('string' as const) }]));
  const { tokens } = parseArgs({ args: [...words], options, strict: false, tokens: true, allowPositionals: true });
  const flags = new Set<string>();
  const values = new Map<string, string>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(command.options, token.name) ? command.options[token.name] : undefined;
    if (option === undefined || !token.rawName.startsWith('--')) {
      throw failure('cli.unknownOption', { command: command.name, option: token.rawName.slice(0, 60), nearest: nearestKnown(`--${token.name}`, Object.keys(command.options).map((name) => `--${name}`)) });
    }
    if (option.value === undefined && token.value !== undefined) throw wrong(command, `--${token.name} takes no value`);
    if (option.value === undefined) flags.add(token.name);
    else if (token.value === undefined || token.value === '') throw wrong(command, `--${token.name} needs ${option.value}`);
    else values.set(token.name, token.value);
  }
  const least = command.positionals.length - (command.optional ?? 0);
  if (positionals.length < least) throw wrong(command, `${command.positionals[positionals.length] ?? ''} is missing`);
  if (positionals.length > command.positionals.length) {
    // What follows the name of a secret is most likely the secret itself: it is not repeated, here or in a log.
    if (command.name === 'secrets set') throw failure('cli.argvSecret');
    throw wrong(command, `"${(positionals[command.positionals.length] ?? '').slice(0, 60)}" is too much`);
  }
  return { command: command.name, positionals, flag: (name) => flags.has(name), option: (name) => values.get(name), surroundings };
}

const wrong = (command: Command, detail: string): Failure => failure('cli.arguments', { detail, usage: usageOf(command) });
