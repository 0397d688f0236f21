/** secrets set, list and rotate. A secret's text comes by standard input and is never shown again. */
import { failure, textOf } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { secretProblems } from '../core/secret-vault.ts';
import { expiryOf } from '../server/api/future-instant.ts';
import { listSecrets } from '../store/postgres/secrets.ts';
import { addKeyToFile, keepFirstKeyInFile, keysInFile } from '../store/secrets/master-key.ts';
import { type Command, exitCodes } from './command.ts';
import { readHidden } from './hidden-text.ts';
import { masterKeyFile } from './master-key-file.ts';
import { withPlatformDatabase } from './platform-database.ts';
import { processClock } from './process-ports.ts';

export const setSecretCommand: Command = {
  name: 'secrets set',
  positionals: ['NAME'],
  about: { ru: 'задать секрет; значение читается со стандартного ввода', en: 'set a secret; its value is read from standard input' },
  details: {
    ru: 'В терминале значение спрашивается и не показывается; в конвейере читается целиком, последний перевод строки отбрасывается.',
    en: 'At a terminal the value is asked for and not shown; from a pipe all of it is read, without the last line end.',
  },
  options: { expires: { value: 'INSTANT', about: { ru: 'когда другая сторона перестанет его принимать, например 2027-01-31T00:00:00Z', en: 'when the other side will refuse it, such as 2027-01-31T00:00:00Z' } } },
  run: async ({ positionals, option, surroundings }) => {
    const name = positionals[0] ?? '';
    const expiresAt = expiryOf(option('expires') ?? null, processClock.wallMs());
    const limit = limits.secretBytes.value;
    const value = await readHidden(surroundings, surroundings.lang === 'ru' ? `Значение секрета «${name}»: ` : `Value of secret "${name}": `, limit);
    if (value === null) throw failure('secret.tooLong', { name, limit });
    return await withPlatformDatabase(surroundings, async (database) => {
      await (await database.vault()).set(name, value, 'cli', { expiresAt });
      surroundings.tell(surroundings.lang === 'ru' ? `Секрет «${name}» сохранён.\n` : `Secret "${name}" is stored.\n`);
      return exitCodes.done;
    });
  },
};

export const listSecretsCommand: Command = {
  name: 'secrets list',
  positionals: [],
  about: { ru: 'показать имена секретов, когда они заданы и до какого дня действуют', en: 'show the names of the secrets, when they were set and when they end' },
  options: {},
  run: async ({ surroundings }) =>
    await withPlatformDatabase(surroundings, async ({ readers }) => {
      const entries = await listSecrets(readers);
      for (const { name, version, setAt, setBy, expiresAt } of entries) surroundings.print(`${name}\tv${version}\t${setAt}\t${setBy}\t${expiresAt ?? '-'}\n`);
      for (const problem of secretProblems(entries, processClock.wallMs())) surroundings.tell(`${textOf(problem.code, problem.parameters, surroundings.lang)}\n`);
      return exitCodes.done;
    }),
};

export const rotateSecretsCommand: Command = {
  name: 'secrets rotate',
  positionals: [],
  about: { ru: 'сменить главный ключ и зашифровать им всё заново', en: 'change the master key and seal everything anew under it' },
  details: {
    ru: 'Ключ в файле: новый ключ пишется в него перед прежним, и узлы с этим файлом продолжают работать; затем всё шифруется заново, и прежний ключ откладывается в файл рядом — он нужен только старым резервным копиям.\nКлюч в ZVENO_MASTER_KEY: задайте на всех узлах и здесь «НОВЫЙ,СТАРЫЙ», выполните команду и уберите старый.\nПрерванную команду повторите.',
    en: 'A key in a file: a new one is written before it, and nodes that have the file go on working; then everything is sealed anew, and the old key is set aside in a file beside it, which only old backups need.\nA key in ZVENO_MASTER_KEY: give "NEW,OLD" on all nodes and here, run the command, and take the old one out.\nRepeat a command that was cut short.',
  },
  options: {},
  run: async ({ surroundings }) => {
    const { environment } = surroundings;
    const given = environment['ZVENO_MASTER_KEY'] ?? '';
    if (given !== '' && !/[\s,]/.test(given.trim())) throw failure('secret.rotateGiven');
    const file = masterKeyFile(environment);
    return await withPlatformDatabase(surroundings, async (database) => {
      await (await database.vault()).check();
      // A file with two keys is a rotation that was cut short: it is gone on with.
      if (given === '' && (await keysInFile(file)) < 2) await addKeyToFile(file);
      const vault = await database.vault();
      const done = await vault.rewrap((at, all) => surroundings.tell(`${at}/${all}\r`));
      await vault.check();
      const aside = given === '' ? await keepFirstKeyInFile(file) : null;
      surroundings.tell(surroundings.lang === 'ru' ? `Зашифровано новым ключом: ${done}.${aside === null ? '' : ` Прежний ключ: ${aside}`}\n` : `Sealed under the new key: ${done}.${aside === null ? '' : ` The old key: ${aside}`}\n`);
      return exitCodes.done;
    });
  },
};
