/** The change log of a record. */
import { Type } from 'typebox';
import { anyValue, cursor, instant, listOf, name, nextCursor, nullable, oneOf, pageSize, uuid } from './field.ts';
import { operation, shape } from './operation.ts';

const named = shape({ id: Type.String(), title: nullable(Type.String({ description: 'null when it is gone or has none' })) });
/** A link to what the reader may not see says only that. */
const linked = Type.Union([named, shape({ hidden: Type.Boolean() })]);

const attribute = shape(
  {
    attribute: Type.String(),
    logged: Type.Boolean({ description: 'Whether its values are kept: `logChanges` of the attribute or its template' }),
    from: Type.Optional(anyValue),
    to: Type.Optional(anyValue),
    cut: Type.Optional(Type.Boolean({ description: 'A long text: only its beginning is kept' })),
    added: Type.Optional(Type.Array(linked)),
    removed: Type.Optional(Type.Array(linked)),
  },
  { title: 'AttributeChange' },
);

const change = shape(
  {
    at: instant,
    op: oneOf(['created', 'changed', 'deleted', 'linked'], '`linked`: only links that are kept elsewhere'),
    version: Type.Integer(),
    by: nullable(named),
    origin: Type.String({ description: 'scenario, api, ui, import or sync' }),
    run: nullable(
      shape({
        kind: oneOf(['message', 'job', 'forgotten']), id: Type.String(),
        route: Type.Optional(nullable(Type.String())), connection: Type.Optional(nullable(Type.String())), scenarios: Type.Optional(Type.Array(Type.String())),
        job: Type.Optional(Type.String()), subject: Type.Optional(nullable(Type.String())),
      }),
    ),
    attributes: Type.Array(attribute),
  },
  { title: 'Change' },
);

export const changeOperations = {
  listChanges: operation({
    id: 'listChanges', method: 'GET', path: '/api/v1/records/{template}/{id}/changes', tag: 'records', permission: 'records.view', records: 'read',
    summary: { ru: 'Журнал изменений записи, новое первым', en: 'The change log of a record, newest first' },
    about: {
      ru: 'Кто, когда и каким путём — всегда; значения до и после — у атрибутов с `logChanges`. Журнал удалённой записи хранится, как и остальной, и открыт тем, кто видит все записи шаблона.',
      en: 'Who, when and by which way is always there; values before and after of attributes with `logChanges`. The log of a deleted record is kept as any other, and is open to those who see all records of the template.',
    },
    params: { template: name, id: uuid },
    query: {
      attribute: listOf(Type.String({ maxLength: 128 })),
      from: Type.Optional(Type.String({ maxLength: 40 })),
      to: Type.Optional(Type.String({ maxLength: 40 })),
      account: Type.Optional(Type.String({ maxLength: 128 })),
      limit: pageSize, cursor,
    },
    answers: { 200: { about: { ru: 'Страница', en: 'A page' }, schema: shape({ changes: Type.Array(change), cursor: nextCursor }) } },
    failures: ['record.unknownTemplate', 'record.unknown', 'query.unknownAttribute', 'query.cursor', 'store.instant'],
  }),
};
