/** How a draft is shown. */
import { Type } from 'typebox';
import { kinds } from '../core/configuration/object-document.ts';
import { instant, nullable, oneOf } from './field.ts';
import { shape, type AnswerShape } from './operation.ts';

export const draftShape = shape(
  {
    kind: oneOf(kinds),
    name: Type.String(),
    base: Type.Integer({ description: 'Version of the object that it began from; 0 when there was none' }),
    owner: Type.String({ description: 'Who works on it' }),
    edit: Type.Integer({ description: 'Grows with every saving; the ETag' }),
    begunAt: instant,
    changedAt: instant,
    deletes: Type.Boolean({ description: 'Publishing it deletes the object' }),
    yaml: nullable(Type.String()),
    outdated: nullable(shape({ version: Type.Integer(), by: Type.String(), at: Type.String(), text: Type.String() }, { title: 'Outdated' })),
  },
  { title: 'Draft' },
);

export const draftSaved: AnswerShape = { about: { ru: 'Сохранён', en: 'Saved' }, schema: draftShape, headers: { ETag: { ru: 'Номер сохранения, для If-Match', en: 'The number of the saving, for If-Match' } } };
