/** What would happen: nothing of it is written or sent. */
import { Type } from 'typebox';
import { anyObject, anyValue, failureShape, nullable } from './field.ts';
import { shape } from './operation.ts';

const slot = shape({ status: Type.Integer(), body: anyValue });

export const rehearsalAnswer = {
  about: { ru: 'Что произошло бы', en: 'What would happen' },
  schema: shape({
    response: nullable(slot),
    errorResponse: nullable(slot),
    failure: nullable(failureShape),
    records: Type.Array(anyObject),
    sends: Type.Array(shape({ path: Type.String(), route: Type.String(), message: anyValue, key: nullable(Type.String()) })),
    trace: Type.Array(anyObject),
  }),
};
