/** OData services of every dialect, 1C's among them. */
import { defineConnector, defineOperation, Failure, readUrl, type Problem, type SchemaNode } from '../../sdk/index.ts';
import { batch } from './batch-spec.ts';
import { capabilityTitles } from './capabilities.ts';
import { findCapabilities } from './capability-probe.ts';
import { changes } from './changes-spec.ts';
import { checkOdata } from './check.ts';
import { discoverOdata } from './discover.ts';
import { explainFilter } from './explain.ts';
import { parseFilter } from './filter.ts';
import { documentAddress, fetchDocument, readDocument } from './remote-metadata.ts';
import { getUse, queryUse, writeUse } from './route-use.ts';
import { probeWrites } from './write-probe.ts';
import { openOdata } from './send.ts';
import { callFunction, confirmChanges, connection, create, get, query, remove, scan, selectChanges, update } from './spec.ts';

const node = (type: SchemaNode['type'], array = false): SchemaNode => ({ type, required: false, notEmpty: false, array });
const list = node('any', true);
const text = node('string');
const integer = node('integer');

export default defineConnector({
  name: 'odata',
  title: { ru: 'OData и 1С', en: 'OData and 1C' },
  about: { ru: 'Читает и меняет строки служб OData V2, V3, V4: 1С:Предприятие, SAP, Dynamics и другие.', en: 'Reads and changes rows of OData services V2, V3, V4: 1C:Enterprise, SAP, Dynamics and others.' },
  verification: 'L2',
  connection,
  operations: {
    query: defineOperation({ title: { ru: 'Прочитать строки', en: 'Read rows' }, direction: 'out', route: query, idempotent: () => true, problems: ({ filter }) => filterProblems(filter), uses: queryUse }),
    scan: defineOperation({ title: { ru: 'Прочитать большой набор', en: 'Read a large set' }, direction: 'out', route: scan, idempotent: () => true, problems: ({ filter }) => filterProblems(filter) }),
    get: defineOperation({ title: { ru: 'Прочитать строку', en: 'Read a row' }, direction: 'out', route: get, idempotent: () => true, uses: getUse }),
    create: defineOperation({ title: { ru: 'Создать строку', en: 'Create a row' }, direction: 'out', route: create, idempotent: () => false, verifiable: ({ verifyBy = [] }) => verifyBy.length > 0, uses: writeUse }),
    // A repeat under a version would be refused because of the first, and one in the middle of posting would not know what was posted before.
    update: defineOperation({ title: { ru: 'Изменить строку', en: 'Change a row' }, direction: 'out', route: update, idempotent: ({ match, posting }) => match !== 'etag' && posting !== 'unpostBeforeUpdate' && posting !== 'postIfPosted', uses: writeUse }),
    delete: defineOperation({ title: { ru: 'Удалить строку', en: 'Delete a row' }, direction: 'out', route: remove, idempotent: ({ match }) => match !== 'etag', uses: writeUse }),
    readRows: defineOperation({ title: { ru: 'Читать строки по расписанию', en: 'Read rows by a schedule' }, direction: 'in', route: query, reads: true, schemas: () => ({ request: { rows: list } }), problems: ({ filter }) => filterProblems(filter), uses: (properties, { request }) => queryUse(properties, { request, response: request }) }),
    readChanges: defineOperation({ title: { ru: 'Читать изменения по расписанию', en: 'Read changes by a schedule' }, direction: 'in', route: selectChanges, reads: true, schemas: () => ({ request: { messageNo: integer, token: text, entries: integer, changes: list, unsupported: list, broken: list } }) }),
    // Whether a function acts is known only from the description of the service.
    callFunction: defineOperation({ title: { ru: 'Вызвать функцию', en: 'Call a function' }, direction: 'out', route: callFunction, idempotent: () => false, uses: ({ set }) => (set === undefined ? undefined : { object: set, fields: [] }) }),
    batch: defineOperation({ title: { ru: 'Выполнить пакет операций', en: 'Carry out a batch of operations' }, direction: 'out', route: batch, idempotent: () => false }),
    changes: defineOperation({ title: { ru: 'Узнать, что изменилось с прошлого раза', en: 'Find out what has changed since last time' }, direction: 'out', route: changes, idempotent: () => true }),
    // The same package comes again until it is confirmed, and a repeated confirmation is told by the number of the node.
    selectChanges: defineOperation({ title: { ru: 'Прочитать изменения', en: 'Read changes' }, direction: 'out', route: selectChanges, idempotent: () => true }),
    confirmChanges: defineOperation({ title: { ru: 'Подтвердить изменения', en: 'Confirm changes' }, direction: 'out', route: confirmChanges, idempotent: () => true }),
  },
  open(context) {
    readUrl(context.name, context.properties.url);
    return openOdata(context);
  },
  check: checkOdata,
  discover: discoverOdata,
  explain: explainFilter,
  metadata: { fetch: fetchDocument, read: readDocument, address: documentAddress },
  capabilities: { titles: capabilityTitles, probe: findCapabilities },
  actions: {
    probeWrites: {
      title: { ru: 'Выяснить пробной записью, что умеет служба', en: 'Find out by trial writes what the service can do' },
      about: { ru: 'Создаёт строку в наборе scratchSet, меняет её с версией и без, удаляет её и пробует изменить удалённую. Всё созданное удаляется.', en: 'Creates a row in the set scratchSet, changes it with and without a version, removes it and tries to change it then. All that was made is removed.' },
      run: probeWrites,
    },
  },
});

function filterProblems(filter: unknown): readonly Problem[] {
  if (filter === undefined) return [];
  try {
    parseFilter(filter);
    return [];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [{ path: 'filter', code: error.code, parameters: error.parameters }];
  }
}
