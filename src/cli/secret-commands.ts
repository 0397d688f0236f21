/** secrets set and secrets list. A secret's text comes by standard input and is never shown again. */
import { failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { listSecrets } from '../store/postgres/secrets.ts';
import { type Command, exitCodes } from './command.ts';
import { readHidden } from './hidden-text.ts';
import { withPlatformDatabase } from './platform-database.ts';

export const setSecretCommand: Command = {
  name: 'secrets set',
  positionals: ['NAME'],
  about: { ru: 'задать секрет; значение читается со стандартного ввода', en: 'set a secret; its value is read from standard input' },
  details: {
    ru: 'В терминале значение спрашивается и не показывается; в конвейере читается целиком, последний перевод строки отбрасывается.',
    en: 'At a terminal the value is asked for and not shown; from a pipe all of it is read, without the last line end.',
  },
  options: {},
  run: async ({ positionals, surroundings }) => {
    const name = positionals[0] ?? '';
    const limit = limits.secretBytes.value;
    const value = await readHidden(surroundings, surroundings.lang === 'ru' ? `Значение секрета «${name}»: ` : `Value of secret "${name}": `, limit);
    if (value === null) throw failure('secret.tooLong', { name, limit });
    return await withPlatformDatabase(surroundings, async (database) => {
      await (await database.vault()).set(name, value, 'cli');
      surroundings.tell(surroundings.lang === 'ru' ? `Секрет «${name}» сохранён.\n` : `Secret "${name}" is stored.\n`);
      return exitCodes.done;
    });
  },
};

export const listSecretsCommand: Command = {
  name: 'secrets list',
  positionals: [],
  about: { ru: 'показать имена секретов и когда они заданы', en: 'show the names of the secrets and when they were set' },
  options: {},
  run: async ({ surroundings }) =>
    await withPlatformDatabase(surroundings, async ({ readers }) => {
      for (const { name, version, setAt, setBy } of await listSecrets(readers)) surroundings.print(`${name}\tv${version}\t${setAt}\t${setBy}\n`);
      return exitCodes.done;
    }),
};
