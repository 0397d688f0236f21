/** The one convention of lists: pages by cursor, orders, conditions and a search, alike for all that are at hand as a whole. */
import { Type, type TObject, type TProperties } from 'typebox';
import { limits } from '../core/limits.ts';
import { cursor, listOf, nextCursor, oneOf } from './field.ts';
import { operation, type ListShape, type Operation } from './operation.ts';

const queryOf = ({ fields }: ListShape) => ({
  eq: listOf(Type.String({ maxLength: 2_000 }), true),
  search: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  sort: listOf(oneOf(fields.flatMap((field) => [field, `-${field}`]))),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.pageRows.value })),
  cursor,
});

/** Its handler gives all; the registration of operations orders, narrows and cuts. */
export const wholeList = <const P extends TProperties = TProperties>(described: Operation<P>, list: ListShape) =>
  operation({ ...described, list, query: queryOf(list), answers: { ...described.answers, ...withCursor(described) }, failures: [...described.failures, 'query.cursor', 'query.shape'] });

function withCursor({ answers }: Pick<Operation, 'answers'>): Operation['answers'] {
  const [answer] = [answers[200]];
  if (answer?.schema === undefined) throw new Error('a list answers 200 with an object');
  const { properties, ...rest } = answer.schema as TObject;
  return { 200: { ...answer, schema: { ...rest, ...Type.Object({ ...properties, cursor: nextCursor }) } } };
}
