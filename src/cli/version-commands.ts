/** version list, compare and restore: what an object was, and the way back. */
import { changeText } from '../core/configuration/change-text.ts';
import { differences } from '../core/configuration/document-difference.ts';
import type { PlainObject } from '../core/configuration/object-document.ts';
import type { ObjectVersionText } from '../core/configuration/object-version.ts';
import { keyOf } from '../core/configuration/plan.ts';
import { failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { type Command, exitCodes } from './command.ts';
import { printObject } from './configuration-print.ts';
import { type ObjectName, objectNamed } from './object-name.ts';
import { type PlatformDatabase, withPlatformDatabase } from './platform-database.ts';

export const listVersionsCommand: Command = {
  name: 'version list',
  positionals: ['OBJECT'],
  about: { ru: 'показать версии объекта, новые первыми', en: 'show the versions of an object, newest first' },
  options: {},
  run: async ({ positionals: [text = ''], surroundings }) =>
    await withPlatformDatabase(surroundings, async ({ configuration }) => {
      const versions = await configuration.versions.list(objectNamed(text), { limit: limits.pageRows.value });
      for (const { version, revision, at, by, note, deleted } of versions) surroundings.print(`v${version}${deleted ? ' -' : ''}\t${revision}\t${at}\t${by}\t${note}\n`);
      return exitCodes.done;
    }),
};

export const compareVersionsCommand: Command = {
  name: 'version compare',
  positionals: ['OBJECT', 'FROM', 'TO'],
  optional: 1,
  about: { ru: 'сравнить версию с другой или с опубликованной сейчас', en: 'compare a version with another one, or with what is published now' },
  options: {},
  run: async ({ positionals: [text = '', from = '', to], surroundings }) =>
    await withPlatformDatabase(surroundings, async (database) => {
      const object = objectNamed(text);
      const [before, after] = [await documentOf(database, object, from), await documentOf(database, object, to)];
      const changes = differences(before.document, after.document);
      for (const change of changes) surroundings.print(`${changeText(change, surroundings.lang)}\n`);
      return changes.length === 0 ? exitCodes.done : exitCodes.differs;
    }),
};

export const restoreVersionCommand: Command = {
  name: 'version restore',
  positionals: ['OBJECT', 'VERSION'],
  about: { ru: 'вернуть версию черновиком; опубликует его draft publish', en: 'restore a version as a draft; draft publish publishes it' },
  options: { 'take-over': { about: { ru: 'также если над черновиком работает другой', en: 'also when somebody else works on the draft' } } },
  run: async ({ positionals: [text = '', version = ''], flag, surroundings }) =>
    await withPlatformDatabase(surroundings, async (database) => {
      const object = objectNamed(text);
      const { document, source } = await documentOf(database, object, version);
      const { stored } = await database.configuration.load();
      const base = stored.objects.find((candidate) => keyOf(candidate) === keyOf(object))?.version ?? 0;
      await database.configuration.drafts.save({ ...object, source: source ?? printObject({ ...object, document }), base, by: 'cli', edit: null, takeOver: flag('take-over') });
      surroundings.tell(surroundings.lang === 'ru' ? 'Черновик сохранён. Опубликовать: zveno draft publish\n' : 'Saved as a draft. To publish it: zveno draft publish\n');
      return exitCodes.done;
    }),
};

/** Of a version given as `3` or `v3`; of the newest one when undefined. Throws `config.unknownVersion`, `config.deletedVersion`. */
async function documentOf({ configuration }: PlatformDatabase, object: ObjectName, version: string | undefined): Promise<ObjectVersionText & { document: PlainObject }> {
  const digits = version === undefined ? undefined : (/^v?(\d{1,9})$/.exec(version)?.[1] ?? '0');
  const found = await configuration.versions.find(object, digits === undefined ? undefined : Number(digits));
  if (found === null) throw failure('config.unknownVersion', { ...object, version: version?.slice(0, 20) ?? '1' });
  const { document } = found;
  if (document === null) throw failure('config.deletedVersion', { ...object, version: found.version });
  return { ...found, document };
}
