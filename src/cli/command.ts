/** One command of `zveno`: what it is called, what it takes and what it does. */
import type { Localised } from '../core/localised.ts';
import type { Surroundings } from './surroundings.ts';

export type { Localised };

export interface CommandOption {
  /** A flag, or an option with a value; `value` is its name in the usage. */
  value?: string;
  about: Localised;
}

export interface Command {
  name: string;
  /** Words after the options, like `DIR` or `NAME`. The number of them is checked. */
  positionals: readonly string[];
  /** How many of the last positionals may be left out. */
  optional?: number;
  about: Localised;
  /** More than one line, for `zveno NAME --help`. */
  details?: Localised;
  options: Readonly<Record<string, CommandOption>>;
  run(invocation: Invocation): Promise<ExitCode>;
}

export interface Invocation {
  /** Name of the command. */
  command: string;
  positionals: readonly string[];
  readonly flag: (name: string) => boolean;
  readonly option: (name: string) => string | undefined;
  surroundings: Surroundings;
}

/** What the process ends with; printed by `zveno --help`. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  /** `diff` found something that `apply` would do. */
  differs: 3,
  notConfirmed: 4,
  /** As shells count an end by SIGINT. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodeTexts: readonly (readonly [ExitCode, Localised])[] = [
  [exitCodes.done, { ru: 'сделано, или делать нечего', en: 'done, or nothing to do' }],
  [exitCodes.failed, { ru: 'не получилось; причина напечатана', en: 'failed; the reason is printed' }],
  [exitCodes.usage, { ru: 'команда записана неверно', en: 'the command is written wrongly' }],
  [exitCodes.differs, { ru: 'diff: есть отличия', en: 'diff: there are differences' }],
  [exitCodes.notConfirmed, { ru: 'план не подтверждён; ничего не изменено', en: 'the plan was not confirmed; nothing was changed' }],
  [exitCodes.interrupted, { ru: 'прервано сигналом; что успело, осталось', en: 'ended by a signal; what was done by then stays' }],
];
