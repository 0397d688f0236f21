import { fileURLToPath } from 'node:url';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readEdmx } from './edmx.ts';
import { rolesOf } from './set-role.ts';
import { ownMetadata } from './testing/client.ts';

/** Vendors' documents beside a checkout; absent for most. */
const contracts = fileURLToPath(new URL('../../../shared/contracts/1c', import.meta.url));

test('the own metadata gives sets, keys, navigations, lengths, members and bound functions', () => {
  const model = readEdmx([ownMetadata]);
  const bill = model.entities.get('Document_СчетНаОплату');
  expect(bill?.keys).toEqual(['Ref_Key']);
  expect(bill?.navigations.get('Контрагент')).toEqual({ name: 'Контрагент', target: 'Catalog_Контрагенты' });
  expect(bill?.properties.get('Number')?.maxLength).toBe(11);
  expect(model.enums.get('СтавкаНДС')).toEqual(['НДС20', 'НДС10', 'БезНДС']);
  expect(model.functions).toContainEqual({ name: 'Post', binding: 'Document_СчетНаОплату', parameters: ['PostingModeOperational'] });
});

test('a row of a table part or of a record set has the references of its set', () => {
  const { complexes } = readEdmx([ownMetadata]);
  for (const name of ['Document_СчетНаОплату_Товары_RowType', 'AccumulationRegister_ОстаткиТоваров_RowType']) expect(complexes.get(name)?.navigations.get('Номенклатура')?.target).toBe('Catalog_Номенклатура');
});

test('a document cut into pieces anywhere reads the same', () => {
  const pieces = ownMetadata.match(/[^]{1,7}/g) ?? [];
  expect(readEdmx(pieces)).toEqual(readEdmx([ownMetadata]));
});

test('a table part is found by its holder and never by an underscore in a name', () => {
  const roles = rolesOf(readEdmx([ownMetadata]));
  expect(roles.get('Document_СчетНаОплату_Товары')).toMatchObject({ kind: 'part', holder: { set: 'Document_СчетНаОплату', property: 'Товары' } });
  expect(roles.get('Catalog__ДоговорПоставки')).toMatchObject({ kind: 'object', holder: undefined });
  expect(roles.get('AccumulationRegister_ОстаткиТоваров_RecordType')).toMatchObject({ kind: 'part' });
  expect(roles.get('AccumulationRegister_ОстаткиТоваров')?.kind).toBe('recorder');
  expect(roles.get('InformationRegister_ЦеныНоменклатуры')?.kind).toBe('keyed');
});

test.each([
  ['no XML', 'this is no XML', /./],
  ['a page', '<html><body>1C</body></html>', /no OData metadata/],
  ['a cut document', ownMetadata.slice(0, 5000), /./],
  ['a document type', '<!DOCTYPE x [<!ENTITY a "b">]><x/>', /document type/],
  ['a set without a type', '<e xmlns:m="m"><Schema Namespace="S"><EntityContainer><EntitySet Name="A" EntityType="S.B"/></EntityContainer></Schema></e>', /set A has the entity type B/],
])('%s is refused', (_, text, says) => {
  expect(() => readEdmx([text])).toThrow(says);
});

describe.skipIf(!existsSync(contracts))('the contract files (skipped where they are not on this machine)', () => {
  test('the real metadata of 94 sets is read completely', () => {
    const model = readEdmx([readFileSync(join(contracts, '1c-real-metadata-trimmed-94sets.edmx.xml'), 'utf8').replace(/^\uFEFF/, '')]);
    expect([model.sets.size, model.entities.size, model.complexes.size, model.enums.size]).toEqual([94, 94, 43, 45]);
    expect(model.functions.filter(({ binding }) => binding === 'Document_СчетНаОплатуПокупателю').map(({ name }) => name)).toEqual(['Post', 'Unpost']);
    const roles = [...rolesOf(model).values()];
    expect(roles.find(({ set }) => set === 'Document_СчетНаОплатуПокупателю_Товары')?.kind).toBe('part');
    expect(roles.filter(({ kind }) => kind === 'part').every(({ shape }) => shape.keys.includes('LineNumber'))).toBe(true);
  });

  test.each(existsSync(contracts) ? readdirSync(contracts).filter((name) => /^0\d-.*\.xml$/.test(name)) : [])('%s is read', (name) => {
    expect(readEdmx([readFileSync(join(contracts, name), 'utf8')]).namespace).toBe('StandardODATA');
  });
});
