/** Bodies that a schema alone would show empty: what people really send. */
import type { Value } from '../core/value.ts';

const order = { number: 'A-17', state: 'new', total: 20.55 };
const unpaid = { op: 'eq', attribute: 'state', value: 'new' };
const id = '0193a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b';

export const bodyExamples: Readonly<Record<string, Value>> = {
  createRecord: order,
  upsertRecord: order,
  changeRecord: { state: 'paid' },
  queryRecords: { filter: { op: 'and', of: [unpaid, { op: 'ge', attribute: 'total', value: 100 }] }, sort: ['-total'], limit: 50 },
  editRecords: { filter: unpaid, values: { state: 'paid' } },
  exportLines: { filter: unpaid, select: ['number', 'total', 'customer.name'], sort: ['number'] },
  exportRecords: { filter: unpaid, columns: ['number', 'total'] },
  cloneRecord: { depth: 1, values: { number: 'A-18' } },
  changeLinks: { add: [id] },
  createRecords: { rows: [order, { number: 'A-18' }] },
  upsertRecords: { by: ['number'], mode: 'each', rows: [order, { number: 'A-18', state: 'paid' }] },
  changeRecords: { filter: unpaid, values: { state: 'paid' }, dryRun: true },
  deleteRecords: { filter: unpaid, expected: 2 },
  archiveRecords: { ids: [id] },
  restoreRecords: { all: true, dryRun: true },
  changeAccount: { roles: ['sellers'], enabled: true },
  createAccount: { name: 'shop', password: 'correct horse battery staple', permissions: ['api.call'] },
  createToken: { name: 'shop', scopes: ['api.call', 'records.view'] },
  putRole: { title: { en: 'Sellers' }, permissions: ['api.call'], records: [{ template: 'Order', verbs: ['read', 'edit'] }] },
  putGroup: { title: { en: 'Sellers' }, roles: ['sellers'] },
  runScenario: { variables: { number: 'A-17' } },
  setAddresses: { addresses: { shop: 'https://shop.example' } },
  applyConfiguration: { documents: ['kind: Template\nname: Order\nattributes:\n  number: text\n'] },
  planConfiguration: { documents: ['kind: Template\nname: Order\nattributes:\n  number: text\n'] },
};
