import { describe, expect, test } from 'vitest';
import type { RemoteField, RemoteMetadata, RemoteObject } from '../sdk/remote-metadata.ts';
import { metadataChanges, type MetadataChange } from './metadata-changes.ts';
import { impactOf } from './metadata-impact.ts';

const field = (name: string, more: Partial<RemoteField> = {}): RemoteField => ({ name, type: 'Edm.String', nullable: true, many: false, role: 'scalar', ...more });
const object = (fields: readonly RemoteField[], more: Partial<RemoteObject> = {}): RemoteObject => ({ name: 'Товары', kind: 'Catalog', keys: ['Ref_Key'], fields, references: [], ...more });
const metadata = (objects: readonly RemoteObject[], more: Partial<RemoteMetadata> = {}): RemoteMetadata => ({ title: '1C', objects, types: { rows: objects.length, complex: 0 }, enums: [], functions: [], warnings: [], ...more });

const said = (changes: readonly MetadataChange[]): readonly string[] => changes.map(({ kind, effect, object: of, field: named, name, from, to }) => [kind, effect, of, named, name, from, to].filter((part) => part !== undefined).join(' '));
const ofFields = (before: readonly RemoteField[], after: readonly RemoteField[]): readonly string[] => said(metadataChanges(metadata([object(before)]), metadata([object(after)])));

describe('changes of metadata', () => {
  test('are none where nothing changed', () => {
    expect(ofFields([field('Код')], [field('Код')])).toEqual([]);
  });

  test('name fields that came and went, inside table parts too', () => {
    const part = (name: string): RemoteField => field('Строки', { type: 'N.Row', many: true, role: 'tablePart', fields: [field(name)] });
    expect(ofFields([field('Код'), part('Цена')], [field('Имя'), part('Сумма')])).toEqual([
      'fieldAdded harmless Товары Имя Edm.String', 'fieldRemoved broken Товары Код Edm.String',
      'fieldAdded harmless Товары Строки/Сумма Edm.String', 'fieldRemoved broken Товары Строки/Цена Edm.String',
    ]);
  });

  test.each<[string, Partial<RemoteField>, Partial<RemoteField>, string]>([
    ['a narrower type', { type: 'Edm.Double' }, { type: 'Edm.Int32' }, 'typeChanged risky Товары Код Edm.Double Edm.Int32'],
    ['a wider type', { type: 'Edm.Int16' }, { type: 'Edm.Int64' }, 'typeChanged harmless Товары Код Edm.Int16 Edm.Int64'],
    ['another role', { role: 'scalar' }, { role: 'composite' }, 'typeChanged risky Товары Код Edm.String (scalar) Edm.String (composite)'],
    ['a field that may not be empty any more', { nullable: true }, { nullable: false }, 'nullableChanged risky Товары Код true false'],
    ['a field that may be empty now', { nullable: false }, { nullable: true }, 'nullableChanged harmless Товары Код false true'],
    ['a shorter text', { maxLength: 100 }, { maxLength: 50 }, 'lengthChanged risky Товары Код 100 50'],
    ['a bounded text', {}, { maxLength: 50 }, 'lengthChanged risky Товары Код ∞ 50'],
    ['a longer text', { maxLength: 50 }, { maxLength: 100 }, 'lengthChanged harmless Товары Код 50 100'],
    ['fewer digits', { precision: 15, scale: 3 }, { precision: 15, scale: 2 }, 'precisionChanged risky Товары Код 15, 3 15, 2'],
    ['one target less', { leadsTo: ['A', 'B'] }, { leadsTo: ['B'] }, 'leadsToChanged risky Товары Код A, B B'],
    ['one target more', { leadsTo: ['B'] }, { leadsTo: ['B', 'A'] }, 'leadsToChanged harmless Товары Код B B, A'],
  ])('tell %s', (_name, before, after, expected) => {
    expect(ofFields([field('Код', before)], [field('Код', after)])).toEqual([expected]);
  });

  test('tell objects, keys, references, members and functions', () => {
    const before = metadata([object([], { references: [{ name: 'Склад', leadsTo: [], many: false }] }), object([], { name: 'Старый' })], {
      enums: [{ name: 'Виды', members: ['А', 'Б'] }], functions: [{ name: 'Post', object: 'Товары', acts: true, parameters: [] }, { name: 'Old', acts: true, parameters: [] }],
    });
    const after = metadata([object([], { keys: ['Code'] }), object([], { name: 'Новый' })], {
      enums: [{ name: 'Виды', members: ['Б', 'В'] }], functions: [{ name: 'Post', object: 'Товары', acts: true, parameters: [{ name: 'x', type: 'Edm.Boolean' }] }],
    });
    expect(said(metadataChanges(before, after))).toEqual([
      'objectAdded harmless Новый', 'objectRemoved broken Старый', 'keysChanged broken Товары Ref_Key Code', 'referenceRemoved broken Товары Склад',
      'memberRemoved risky Виды А', 'memberAdded risky Виды В', 'functionRemoved broken Old', 'parametersChanged risky Товары Post () (x: Edm.Boolean)',
    ]);
  });

  test('concern the routes that name what broke or got narrower, at that place only', () => {
    const before = metadata([object([field('Код', { maxLength: 9 }), field('КПП'), field('Вид', { type: 'Виды', role: 'enum' }), field('Строки', { role: 'tablePart', many: true, fields: [field('Цена')] })])], { enums: [{ name: 'Виды', members: ['А'] }] });
    const after = metadata([object([field('Код', { maxLength: 5 }), field('Вид', { type: 'Виды', role: 'enum' }), field('Новое'), field('Строки', { role: 'tablePart', many: true, fields: [] })])], { enums: [{ name: 'Виды', members: ['А', 'Б'] }] });
    const use = (route: string, ...fields: readonly [path: string, place: string, writes: boolean][]) => ({ route, use: { object: 'Товары', fields: fields.map(([path, place, writes]) => ({ path, place, writes })) } });
    const impact = impactOf(metadataChanges(before, after), [
      use('reads', ['Код', 'select[0]', false], ['КПП', 'select[1]', false], ['Строки/Цена', 'filter.of', false]),
      use('writes', ['Код', 'request.Код', true], ['Вид', 'request.Вид', true]),
      use('whole', ['Строки', 'response.rows.Строки', false]),
      { route: 'other', use: { object: 'Другой', fields: [{ path: 'КПП', place: 'select[0]', writes: false }] } },
    ], before);
    expect(impact.map(({ route, place, change }) => [route, place, change.kind])).toEqual([
      ['reads', 'select[1]', 'fieldRemoved'], ['reads', 'filter.of', 'fieldRemoved'], ['writes', 'request.Код', 'lengthChanged'], ['writes', 'request.Вид', 'memberAdded'],
    ]);
  });
});
