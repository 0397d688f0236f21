/** Tables and statements of a PostgreSQL database. */
import { defineConnector, defineOperation, Failure, type Problem, type SchemaNode } from '../../sdk/index.ts';
import { checkSql } from './check.ts';
import { conditionsOf } from './condition.ts';
import { discoverSql } from './discover.ts';
import { createLedger } from './ledger.ts';
import { pollProblems } from './poll.ts';
import { openSql } from './send.ts';
import * as specs from './spec.ts';
import { readSql } from './sql-text.ts';

const node = (type: SchemaNode['type'], more: Partial<SchemaNode> = {}): SchemaNode => ({ type, required: false, notEmpty: false, array: false, ...more });
const filter = node('object', { array: true, fields: { Name: node('string', { required: true, notEmpty: true }), Value: node('any', { required: true }) } });
const written = { rowCount: node('integer'), repeated: node('boolean') };

/** A statement that would be refused when it is sent is refused when its route is published. */
const statementProblems = (sql: string): readonly Problem[] => problemsOf(() => {
  readSql(sql);
  return [];
});

function problemsOf(look: () => readonly Problem[]): readonly Problem[] {
  try {
    return look();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [{ path: 'sql', code: error.code, parameters: error.parameters }];
  }
}

export default defineConnector({
  name: 'sql',
  title: { ru: 'База данных PostgreSQL', en: 'PostgreSQL database' },
  about: { ru: 'Читает и меняет таблицы внешней базы PostgreSQL; значения уходят только связанными параметрами.', en: 'Reads and changes tables of an external PostgreSQL; values go out as bound parameters only.' },
  verification: 'L3',
  connection: specs.connection,
  operations: {
    select: defineOperation({
      title: { ru: 'Выборка', en: 'Select' }, direction: 'out', route: specs.select,
      schemas: (route) => ({ request: { [route.filterAttribute]: filter }, response: { [route.resultAttribute]: node('any', { array: true }), rowCount: node('integer') } }),
      idempotent: () => true,
    }),
    insert: defineOperation({
      title: { ru: 'Добавление', en: 'Insert' }, direction: 'out', route: specs.insert,
      schemas: () => ({ response: written }),
      idempotent: (route) => route.ledger,
    }),
    update: defineOperation({
      title: { ru: 'Изменение', en: 'Update' }, direction: 'out', route: specs.update,
      schemas: (route) => ({ request: { [route.filterAttribute]: filter }, response: written }),
      idempotent: (route) => route.ledger,
      guard: (route, request) => void conditionsOf('UPDATE', route, request),
    }),
    delete: defineOperation({
      title: { ru: 'Удаление', en: 'Delete' }, direction: 'out', route: specs.remove,
      schemas: (route) => ({ request: { [route.filterAttribute]: filter }, response: written }),
      idempotent: (route) => route.ledger,
      guard: (route, request) => void conditionsOf('DELETE', route, request),
    }),
    poll: defineOperation({
      title: { ru: 'Опрос по расписанию', en: 'Poll by a schedule' }, direction: 'in', route: specs.poll, reads: true,
      schemas: (route) => ({ request: { [route.resultAttribute]: node('any', { array: true }) } }),
      problems: (route) => problemsOf(() => pollProblems(route)),
    }),
    custom: defineOperation({
      title: { ru: 'Свой запрос', en: 'Custom statement' }, direction: 'out', route: specs.custom,
      schemas: (route) => ({ response: route.resultKind === 'none' ? written : { [route.resultAttribute]: node('any', { array: route.resultKind === 'rows' }), rowCount: node('integer') } }),
      problems: (route) => statementProblems(route.sql),
      idempotent: (route) => route.ledger || (readSql(route.sql).reads && !route.writes),
      guard: (route) => void readSql(route.sql),
    }),
  },
  open: openSql,
  check: checkSql,
  discover: discoverSql,
  actions: {
    createLedger: {
      title: { ru: 'Создать журнал действий', en: 'Create the effects ledger' },
      about: { ru: 'Создаёт в удалённой базе таблицу zveno_effects, если её нет.', en: 'Makes the table zveno_effects in the remote database when it is not there.' },
      run: createLedger,
    },
  },
});
