/** How an edit is held to what its caller has read. */
import type { Operation, Text } from './operation.ts';

export const editTag: Text = { ru: 'Что здесь есть, для If-Match', en: 'What is there, for If-Match' };

/** For edits that also make what is not there yet. */
export const ifNew: NonNullable<Operation['headers']> = {
  'If-None-Match': { ru: '`*`: записать, только если такого ещё нет', en: '`*`: write only if there is none yet' },
};

/** For edits of what two people may have open at the same time. */
export const ifUnchanged: NonNullable<Operation['headers']> = {
  'If-Match': { ru: 'Записать, только если никто не изменил: ETag, полученный при чтении', en: 'Write only if nobody has changed it: the ETag that reading gave' },
};
