import { exitCodeTexts, type Command } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/commands.ts';
import { environmentTexts, usageOf } from '../../src/cli/help.ts';
import { madeFrom, table, type Generator } from './page.ts';

export const cliReference: Generator = {
  name: 'cli',
  owns: 'docs/reference/cli.md',
  pages: () => [{ path: 'docs/reference/cli.md', text: cliPage(commands) }],
};

export function cliPage(list: readonly Command[]): string {
  return [
    madeFrom('src/cli/commands.ts'),
    '# Command line',
    'In a clone of the project `zveno` is `node bin/zveno.mjs`. Every command prints its own help with `--help`. Results go to standard output, questions and failures to standard error.',
    ...list.map(commandSection),
    '## Environment',
    'Read by all commands that need the database; [settings.md](settings.md) has what `start` reads besides.',
    table(['variable', 'about'], environmentTexts.map(([name, about]) => [`\`${name}\``, about.en])),
    '## Exit codes',
    table(['code', 'meaning'], exitCodeTexts.map(([code, about]) => [String(code), about.en])),
  ].join('\n\n') + '\n';
}

function commandSection(command: Command): string {
  const options = Object.entries(command.options).map(([name, { value, about }]) => [`\`--${name}${value === undefined ? '' : ` ${value}`}\``, about.en]);
  return [
    `## ${command.name}`,
    `${command.about.en.charAt(0).toUpperCase()}${command.about.en.slice(1)}.`,
    `\`\`\`\n${usageOf(command)}\n\`\`\``,
    ...(command.details === undefined ? [] : [command.details.en]),
    ...(options.length === 0 ? [] : [table(['option', 'about'], options)]),
  ].join('\n\n');
}
