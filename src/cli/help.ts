/** Help texts, made from the commands themselves. */
import type { Lang } from '../core/failure.ts';
import { type Command, exitCodeTexts, type Localised } from './command.ts';

export function usageOf(command: Command): string {
  const optional = command.optional ?? 0;
  const words = command.positionals.map((word, index) => (index >= command.positionals.length - optional ? `[${word}]` : word));
  const options = Object.entries(command.options).map(([name, { value }]) => `[--${name}${value === undefined ? '' : ` ${value}`}]`);
  return ['zveno', command.name, ...words, ...options].join(' ');
}

const heads = {
  usage: { ru: 'Применение', en: 'Usage' },
  commands: { ru: 'Команды', en: 'Commands' },
  options: { ru: 'Параметры', en: 'Options' },
  environment: { ru: 'Окружение', en: 'Environment' },
  exit: { ru: 'Код завершения', en: 'Exit code' },
  more: { ru: 'Подробнее о команде: zveno КОМАНДА --help', en: 'More about a command: zveno COMMAND --help' },
} satisfies Record<string, Localised>;

export const environmentTexts: readonly (readonly [string, Localised])[] = [
  ['DATABASE_URL', { ru: 'PostgreSQL 15 или новее; без неё — встроенный сервер', en: 'PostgreSQL 15 or newer; without it the embedded server' }],
  ['ZVENO_DATA', { ru: 'папка данных встроенного сервера', en: 'data folder of the embedded server' }],
  ['ZVENO_MASTER_KEY', { ru: 'главный ключ секретов, 32 байта в base64 или hex; без него — файл master.key', en: 'master key of the secrets, 32 bytes in base64 or hex; without it the file master.key' }],
  ['ZVENO_MASTER_KEY_FILE', { ru: 'файл главного ключа, если он не на обычном месте', en: 'file of the master key, when it is not in its usual place' }],
  ['ZVENO_BACKUP_PASSPHRASE', { ru: 'парольная фраза главного ключа в резервной копии', en: 'passphrase of the master key in a backup' }],
  ['ZVENO_ENVIRONMENT', { ru: 'действующий стенд; без него — первый, который описан в подключении', en: 'the active environment; without it the first that a connection declares' }],
  ['ZVENO_LANG', { ru: 'язык сообщений: ru или en', en: 'language of messages: ru or en' }],
];

export function programHelp(commands: readonly Command[], lang: Lang): string {
  const lines = [`Zveno — ${lang === 'ru' ? 'интеграционная платформа' : 'an integration platform'}`, ''];
  lines.push(`${heads.usage[lang]}: zveno COMMAND …`, '', `${heads.commands[lang]}:`, ...table(commands.map((command) => [[command.name, ...command.positionals].join(' '), command.about[lang]])));
  lines.push('', `${heads.environment[lang]}:`, ...table(environmentTexts.map(([name, about]) => [name, about[lang]])));
  lines.push('', `${heads.exit[lang]}:`, ...table(exitCodeTexts.map(([code, about]) => [String(code), about[lang]])));
  lines.push('', heads.more[lang], '');
  return lines.join('\n');
}

export function commandHelp(command: Command, lang: Lang): string {
  const options = Object.entries(command.options).map(([name, { value, about }]) => [`--${name}${value === undefined ? '' : ` ${value}`}`, about[lang]] as const);
  const lines = [command.about[lang], '', `${heads.usage[lang]}: ${usageOf(command)}`];
  if (command.details !== undefined) lines.push('', command.details[lang]);
  if (options.length > 0) lines.push('', `${heads.options[lang]}:`, ...table(options));
  return `${lines.join('\n')}\n`;
}

function table(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, about]) => `  ${name.padEnd(width)}${about}`);
}
