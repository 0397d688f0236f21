/** addresses set and addresses list: hosts, ports and base URLs of this installation, for `${address:name}`. */
import { type Command, exitCodes } from './command.ts';
import { withPlatformDatabase } from './platform-database.ts';

export const setAddressCommand: Command = {
  name: 'addresses set',
  positionals: ['NAME', 'VALUE'],
  about: { ru: 'задать адрес этой установки', en: 'set an address of this installation' },
  details: {
    ru: 'В документах: ${address:ИМЯ}. Значение из одних цифр (порт) становится числом. Пустое значение удаляет адрес.',
    en: 'In documents: ${address:NAME}. A value of digits only (a port) becomes a number. An empty value removes the address.',
  },
  options: {},
  run: async ({ positionals: [name = '', value = ''], surroundings }) =>
    await withPlatformDatabase(surroundings, async ({ configuration }) => {
      const kept = value === '' ? null : /^\d{1,9}$/.test(value) ? Number(value) : value;
      const revision = await configuration.setAddresses(new Map([[name, kept]]), 'cli');
      surroundings.tell(`${revision === null ? (surroundings.lang === 'ru' ? 'Без изменений' : 'No change') : `${surroundings.lang === 'ru' ? 'Версия' : 'Revision'} ${revision}`}\n`);
      return exitCodes.done;
    }),
};

export const listAddressesCommand: Command = {
  name: 'addresses list',
  positionals: [],
  about: { ru: 'показать адреса этой установки', en: 'show the addresses of this installation' },
  options: {},
  run: async ({ surroundings }) =>
    await withPlatformDatabase(surroundings, async ({ configuration }) => {
      for (const [name, value] of (await configuration.load()).stored.addresses) surroundings.print(`${name}\t${value}\n`);
      return exitCodes.done;
    }),
};
