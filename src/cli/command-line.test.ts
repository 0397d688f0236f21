import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { type Command, exitCodes, type Invocation } from './command.ts';
import { runCommandLine } from './command-line.ts';
import { commands } from './commands.ts';
import { langOf, type Surroundings } from './surroundings.ts';

const about = { ru: 'о команде', en: 'about it' };

function tried(words: readonly string[], among?: readonly Command[], signal = new AbortController().signal): Promise<{ code: number; out: string; err: string; seen: Invocation[] }> {
  const seen: Invocation[] = [];
  const run = async (invocation: Invocation): Promise<typeof exitCodes.done> => {
    seen.push(invocation);
    return exitCodes.done;
  };
  const own: readonly Command[] = [
    { name: 'apply', positionals: ['DIR'], about, options: { yes: { about }, revision: { value: 'N', about } }, run },
    { name: 'secrets set', positionals: ['NAME'], about, options: {}, run },
    { name: 'secrets list', positionals: [], about, options: {}, run },
  ];
  const texts = { out: '', err: '' };
  const surroundings: Surroundings = {
    environment: {},
    input: Readable.from([]),
    print: (text) => void (texts.out += text),
    tell: (text) => void (texts.err += text),
    lang: 'en',
    signal,
  };
  return runCommandLine(words, among ?? own, surroundings, async () => '1.2.3').then((code) => ({ code, ...texts, seen }));
}

test('a command gets its words, flags and options', async () => {
  const { code, seen } = await tried(['apply', 'DIR', '--yes', '--revision', '7']);
  expect(code).toBe(exitCodes.done);
  expect(seen.map((one) => [one.command, one.positionals, one.flag('yes'), one.option('revision')])).toEqual([['apply', ['DIR'], true, '7']]);
});

test('an unknown command names the nearest', async () => {
  const { code, err } = await tried(['aply']);
  expect(code).toBe(exitCodes.usage);
  expect(err).toContain('Did you mean "apply"?');
});

test('an unknown second word names the nearest command of its group', async () => {
  expect((await tried(['secrets', 'sett'])).err).toContain('Did you mean "secrets set"?');
});

test('an unknown option names the nearest', async () => {
  const { code, err } = await tried(['apply', 'DIR', '--yess']);
  expect(code).toBe(exitCodes.usage);
  expect(err).toContain('Did you mean "--yes"?');
});

test.each([
  ['a missing word', ['apply'], 'DIR is missing'],
  ['a word too many', ['apply', 'a', 'b'], '"b" is too much'],
  ['an option without its value', ['apply', 'a', '--revision'], 'needs N'],
  ['a flag with a value', ['apply', 'a', '--yes=no'], 'takes no value'],
])('%s is refused with the usage', async (_, words, expected) => {
  const { code, err, seen } = await tried(words);
  expect([code, seen]).toEqual([exitCodes.usage, []]);
  expect(err).toContain(expected);
  expect(err).toContain('zveno apply DIR');
});

test('a secret given as an argument is refused and not repeated', async () => {
  const { code, err } = await tried(['secrets', 'set', 'name', 'hunter2']);
  expect(code).toBe(exitCodes.usage);
  expect(err).toContain('standard input');
  expect(err).not.toContain('hunter2');
});

test('help, version and no words at all', async () => {
  expect((await tried(['--version'])).out).toBe('1.2.3\n');
  expect(await tried(['--help'])).toMatchObject({ code: exitCodes.done });
  expect(await tried([])).toMatchObject({ code: exitCodes.usage });
  expect((await tried(['apply', '--help'])).out).toContain('Usage: zveno apply DIR [--yes] [--revision N]');
  expect((await tried(['help', 'apply'])).out).toContain('Usage: zveno apply DIR');
});

test('the help lists every real command, and every command explains each option in both languages', async () => {
  const { out } = await tried(['--help'], commands);
  for (const command of commands) {
    expect(out).toContain(command.name);
    expect((await tried([...command.name.split(' '), '--help'], commands)).out).toContain(`zveno ${command.name}`);
    for (const { about: words } of [command, ...Object.values(command.options)]) expect([words.ru, words.en].every((text) => text.length > 0)).toBe(true);
  }
});

test('the language follows the locale, and ZVENO_LANG wins', () => {
  expect(langOf({ LANG: 'ru_RU.UTF-8' })).toBe('ru');
  expect(langOf({ LANG: 'de_DE.UTF-8' })).toBe('en');
  expect(langOf({ LANG: 'ru_RU.UTF-8', ZVENO_LANG: 'en' })).toBe('en');
});

test('a command that is told to end says so; the same error without a signal is a fault of the program', async () => {
  const waits: Command = { name: 'wait', positionals: [], about, options: {}, run: ({ surroundings }) => Promise.reject(surroundings.signal.reason ?? new DOMException('nobody asked', 'AbortError')) };
  expect(await tried(['wait'], [waits], AbortSignal.abort())).toMatchObject({ code: exitCodes.interrupted, err: 'Interrupted.\n' });
  await expect(tried(['wait'], [waits])).rejects.toThrow('nobody asked');
});
