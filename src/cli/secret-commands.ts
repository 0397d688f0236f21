/** secrets set and secrets list. A secret's text comes by standard input and is never shown again. */
import { text } from 'node:stream/consumers';
import { failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { listSecrets } from '../store/postgres/secrets.ts';
import { type Command, exitCodes } from './command.ts';
import { withPlatformDatabase } from './platform-database.ts';
import { readHidden } from './hidden-line.ts';
import type { Surroundings } from './surroundings.ts';

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
    const value = await readSecret(name, surroundings);
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

async function readSecret(name: string, surroundings: Surroundings): Promise<string> {
  const { input, tell, lang, signal } = surroundings;
  if (input.isTTY === true) {
    tell(lang === 'ru' ? `Значение секрета «${name}»: ` : `Value of secret "${name}": `);
    return await readHidden(input, signal);
  }
  const limit = limits.secretBytes.value;
  const read = await text(bounded(input, limit + 2)).catch(() => undefined);
  if (read === undefined) throw failure('secret.tooLong', { name, limit });
  return read.replace(/\r?\n$/, '');
}

/** Stops reading when there is more than a secret may have. */
async function* bounded(input: AsyncIterable<Buffer | string>, limit: number): AsyncGenerator<Buffer> {
  let total = 0;
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk);
    total += bytes.length;
    if (total > limit) throw new RangeError('too much input');
    yield bytes;
  }
}
