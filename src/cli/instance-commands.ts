/** instance show and instance confirm: whether this installation stands still, and the word that it may go on. */
import { failure } from '../core/failure.ts';
import { confirmInstance, readInstance } from '../store/postgres/instance.ts';
import { notify } from '../store/postgres/wake.ts';
import { type Command, exitCodes } from './command.ts';
import { withPlatformDatabase } from './platform-database.ts';

export const showInstanceCommand: Command = {
  name: 'instance show',
  positionals: [],
  about: { ru: 'показать, работает ли установка', en: 'show whether the installation works' },
  options: {},
  run: async ({ surroundings }) =>
    await withPlatformDatabase(surroundings, async ({ readers }) => {
      const { id, pause } = await readInstance(readers);
      surroundings.print(`${id}\t${pause === null ? 'active' : `paused\t${pause.why}\t${pause.since}${pause.dataAsOf === null ? '' : `\tdata as of ${pause.dataAsOf}`}`}\n`);
      return exitCodes.done;
    }),
};

export const confirmInstanceCommand: Command = {
  name: 'instance confirm',
  positionals: [],
  about: { ru: 'подтвердить, что восстановленная или скопированная установка может работать', en: 'confirm that a restored or copied installation may work' },
  details: {
    ru: 'После этого она отправляет, опрашивает и принимает. То, что ушло после снимка данных, может уйти снова с тем же номером действия; убедитесь, что прежняя установка остановлена.',
    en: 'From then on it sends, polls and takes in. What was sent after its data were taken may be sent again under the same effect id; make sure that the earlier installation is stopped.',
  },
  options: {},
  run: async ({ surroundings }) =>
    await withPlatformDatabase(surroundings, async ({ readers }) => {
      if (!(await confirmInstance(readers, 'cli'))) throw failure('instance.notPaused');
      await notify(readers, ['instance']);
      surroundings.tell(surroundings.lang === 'ru' ? 'Установка работает.\n' : 'The installation works.\n');
      return exitCodes.done;
    }),
};
