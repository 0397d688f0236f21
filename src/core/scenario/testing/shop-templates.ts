/** Templates of a small shop, for tests: every kind of attribute and relation occurs. */
import { templateCatalogue } from '../../template-catalogue.ts';
import type { Attribute, LinkAttribute, Relation, ScalarAttribute, Template, TemplateCatalogue } from '../../template.ts';

const ids = { Customer: '0000000a', Order: '0000000b', OrderLine: '0000000c', Tag: '0000000d', Document: '0000000e', Passport: '0000000f' } as const;

const scalar = (name: string, type: ScalarAttribute['type'], more: Partial<ScalarAttribute> = {}): ScalarAttribute => ({ kind: 'scalar', id: `a-${name}`, name, type, required: false, unique: false, ...more });

const link = (name: string, target: keyof typeof ids, relation: Relation, side: 'owner' | 'other', more: Partial<LinkAttribute> = {}): LinkAttribute => ({
  kind: 'link',
  id: `a-${name}`,
  name,
  required: false,
  target: ids[target],
  multiple: false,
  relation,
  side,
  deleteLinked: false,
  ...more,
});

const column = (id: string, owner: keyof typeof ids, other: keyof typeof ids, unique = false): Relation => ({ storage: 'column', id, owner: ids[owner], other: ids[other], unique });
const table = (id: string, owner: keyof typeof ids, other: keyof typeof ids): Relation => ({ storage: 'table', id, owner: ids[owner], other: ids[other] });

const customerOrders = column('rel-customer', 'Order', 'Customer');
const orderLines = column('rel-lines', 'OrderLine', 'Order');
const orderTags = table('rel-tags', 'Order', 'Tag');
const orderDocuments = table('rel-documents', 'Order', 'Document');
const customerPassport = column('rel-passport', 'Passport', 'Customer', true);

const template = (name: keyof typeof ids, attributes: readonly Attribute[]): Template => ({ id: ids[name], name, version: 1, attributes });

export const shopTemplates = (): TemplateCatalogue =>
  templateCatalogue([
    template('Customer', [
      scalar('name', 'text'),
      scalar('phone', 'text', { unique: true }),
      scalar('email', 'text'),
      scalar('visits', 'number'),
      link('orders', 'Order', customerOrders, 'other', { multiple: true, inverse: 'customer' }),
      link('passport', 'Passport', customerPassport, 'other', { inverse: 'holder' }),
    ]),
    template('Order', [
      scalar('number', 'text', { required: true, unique: true }),
      scalar('state', 'enum', { values: ['new', 'paid', 'shipped'], default: 'new' }),
      scalar('total', 'number', { decimals: 2 }),
      scalar('complete', 'boolean'),
      link('customer', 'Customer', customerOrders, 'owner', { inverse: 'orders' }),
      link('lines', 'OrderLine', orderLines, 'other', { multiple: true, inverse: 'order', deleteLinked: true }),
      link('tags', 'Tag', orderTags, 'owner', { multiple: true, inverse: 'orders' }),
      link('documents', 'Document', orderDocuments, 'owner', { multiple: true }),
    ]),
    template('OrderLine', [scalar('sku', 'text'), scalar('qty', 'number'), scalar('price', 'number'), link('order', 'Order', orderLines, 'owner', { required: true, inverse: 'lines' })]),
    template('Tag', [scalar('name', 'text', { unique: true }), link('orders', 'Order', orderTags, 'other', { multiple: true, inverse: 'tags' })]),
    template('Document', [scalar('title', 'text')]),
    template('Passport', [scalar('series', 'text'), link('holder', 'Customer', customerPassport, 'owner', { inverse: 'passport' })]),
  ]);
