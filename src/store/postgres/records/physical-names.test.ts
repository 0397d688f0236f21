import { expect, test } from 'vitest';
import { parseTemplateDocument } from '../../../core/configuration/template-document.ts';
import { templateCatalogue } from '../../../core/template-catalogue.ts';
import { planTemplates } from '../../../core/template-plan.ts';
import { constraintMeaning, foreignKey, linkOtherKey, notEmptyCheck, primaryKey, table, uniqueIndex } from './physical-names.ts';

let next = 1;
const documents = [{ name: 'Customer' }, { name: 'Order', attributes: { number: { type: 'text', unique: true }, customer: { type: 'record', template: 'Customer' }, tags: { type: 'record', template: 'Customer', multiple: true } } }];
const templates = templateCatalogue(planTemplates([], documents.map(parseTemplateDocument), () => (next++).toString(16).padStart(8, '0')).templates);
const order = templates.byName('Order');
const id = (name: string): string => order?.attributes.find((attribute) => attribute.name === name)?.id ?? '';

test('constraint and index names lead back to template and attribute', () => {
  expect(constraintMeaning(uniqueIndex(order?.id ?? '', id('number')), templates)).toEqual({ kind: 'unique', template: 'Order', attribute: 'number' });
  expect(constraintMeaning(notEmptyCheck(order?.id ?? '', id('number')), templates)).toEqual({ kind: 'required', template: 'Order', attribute: 'number' });
  expect(constraintMeaning(foreignKey(order?.id ?? '', id('customer')), templates)).toEqual({ kind: 'link', template: 'Order', attribute: 'customer', target: 'Customer' });
  const tags = order?.attributes.find((attribute) => attribute.name === 'tags');
  expect(tags?.kind === 'link' && constraintMeaning(linkOtherKey(tags.relation), templates)).toEqual({ kind: 'link', template: 'Order', attribute: 'tags', target: 'Customer' });
  expect(constraintMeaning(primaryKey(order?.id ?? ''), templates)).toEqual({ kind: 'id', template: 'Order', attribute: 'id' });
});

test('names of other tables and unknown ids mean nothing here', () => {
  for (const name of ['message_pkey', 'u_00000001', 'u_ffffffff_ffffffff', 'lo_ffffffff', '', "u_'; --"]) expect(constraintMeaning(name, templates)).toBeUndefined();
});

test('only ids become part of SQL', () => {
  for (const wrong of ['', 'Order', '0000000A', "00000001'; --", '000000001']) expect(() => table(wrong)).toThrow();
});
