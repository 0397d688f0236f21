/** Literals, keys and conditions, as they stand in addresses. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decimal, Failure, type Value, type ValueObject } from '../../sdk/index.ts';
import type { Dialect, EdmModel, EntitySet } from './edm.ts';
import { planFilter } from './filter-plan.ts';
import { parseFilter } from './filter.ts';
import { rowAddress, setNamed } from './key.ts';
import { printLiteral } from './literal.ts';
import { readMetadata } from './metadata.ts';

const document = (namespace: string, version: string): Uint8Array => new TextEncoder().encode(`<edmx:Edmx xmlns:edmx="e" Version="${version}"><edmx:DataServices><Schema Namespace="${namespace}" xmlns="s">
<EntityType Name="Catalog_Люди"><Key><PropertyRef Name="Ref_Key"/></Key><Property Name="Ref_Key" Type="Edm.Guid"/></EntityType>
<EntityType Name="Row"><Key><PropertyRef Name="Ref_Key"/><PropertyRef Name="LineNumber"/></Key><Property Name="Ref_Key" Type="Edm.Guid"/><Property Name="LineNumber" Type="Edm.Int64"/></EntityType>
<EntityType Name="Document_Счет_и_акт"><Key><PropertyRef Name="Код"/></Key><Property Name="Код" Type="Edm.String"/><Property Name="Сумма" Type="Edm.Decimal"/><Property Name="Date" Type="Edm.DateTime"/>
<Property Name="Основание" Type="Edm.String"/><Property Name="Основание_Type" Type="Edm.String"/><Property Name="Активен" Type="Edm.Boolean"/><Property Name="Вид" Type="${namespace}.Виды"/>
<Property Name="Адрес" Type="${namespace}.Адрес"/><Property Name="Строки" Type="Collection(${namespace}.Строка_RowType)"/></EntityType>
<ComplexType Name="Адрес"><Property Name="Город" Type="Edm.String"/></ComplexType><ComplexType Name="Строка_RowType"><Property Name="Количество" Type="Edm.Double"/></ComplexType>
<EnumType Name="Виды"><Member Name="Первый"/></EnumType>
<EntityContainer Name="C"><EntitySet Name="Catalog_Люди" EntityType="${namespace}.Catalog_Люди"/><EntitySet Name="Document_Счет_и_акт" EntityType="${namespace}.Document_Счет_и_акт"/><EntitySet Name="Rows" EntityType="${namespace}.Row"/></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>`);

function modelOf(dialect: Dialect): EdmModel {
  return readMetadata({ connection: 'base', address: 'x' }, document(dialect === '1c' ? 'StandardODATA' : 'N', dialect === 'v4' ? '4.0' : '1.0'));
}

const setOf = (model: EdmModel, name: string): EntitySet => setNamed('base', model, name);

const literal = (dialect: Dialect, type: string, value: Value): string => printLiteral({ connection: 'base', dialect, field: 'f' }, type, value);

const guid = '2e11e0f0-fea6-45c1-8003-511ae023de33';

describe('a literal', () => {
  it.each<[string, Value, string, string, string]>([
    ['Edm.String', "O'Нил", "'O''Нил'", "'O''Нил'", "'O''Нил'"],
    ['Edm.Guid', guid, `guid'${guid}'`, `guid'${guid}'`, guid],
    ['Edm.Int64', new Decimal('9223372036854775807'), '9223372036854775807L', '9223372036854775807', '9223372036854775807'],
    ['Edm.Int64', '5', '5L', '5', '5'],
    ['Edm.Decimal', new Decimal('12345678901234567890.12'), '12345678901234567890.12M', '12345678901234567890.12', '12345678901234567890.12'],
    ['Edm.Double', 1e21, '1000000000000000000000', '1000000000000000000000', '1000000000000000000000'],
    ['Edm.Double', 1e-7, '0.0000001', '0.0000001', '0.0000001'],
    ['Edm.Boolean', true, 'true', 'true', 'true'],
    ['Edm.DateTime', '0209-01-01', "datetime'0209-01-01T00:00:00'", "datetime'0209-01-01T00:00:00'", "datetime'0209-01-01T00:00:00'"],
    ['Edm.DateTimeOffset', '2026-11-22T12:00:00Z', "datetimeoffset'2026-11-22T12:00:00Z'", "datetimeoffset'2026-11-22T12:00:00Z'", '2026-11-22T12:00:00Z'],
    ['Edm.Binary', 'AQI=', "X'0102'", "X'0102'", "binary'AQI'"],
    ['N.Виды', 'Первый', "'Первый'", "'Первый'", "N.Виды'Первый'"],
    ['Edm.String', null, 'null', 'null', 'null'],
  ])('of %s %s is written as V2, 1C and V4 want it', (type, value, v2, onec, v4) => {
    expect([literal('v2', type, value), literal('1c', type, value), literal('v4', type, value)]).toEqual([v2, onec, v4]);
  });

  it.each<[Dialect, string, Value]>([
    ['v2', 'Edm.Guid', "x' or true or '"], ['v4', 'Edm.Guid', `${guid} or 1 eq 1`], ['v2', 'Edm.Int32', '1 or 1'], ['v2', 'Edm.Int32', 1.5], ['v4', 'Edm.Boolean', 'true'], ['v4', 'Edm.Date', '22.11.2026'],
    ['v2', 'Edm.DateTime', '2026-13-45'], ['1c', 'Edm.DateTime', '2026-11-22T12:00:00Z'], ['v2', 'Edm.Double', Number.NaN], ['v2', 'Edm.String', '\ud800'], ['v2', 'Edm.String', 5], ['v4', 'N.Виды', [1]],
  ])('in %s of %s %j is refused before anything is sent', (dialect, type, value) => {
    expect(() => literal(dialect, type, value)).toThrow(expect.objectContaining({ code: 'connection.valueWrongType' }));
  });

  it('of any text stays one text: quotes never end it', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(literal('v4', 'Edm.String', text).slice(1, -1).replaceAll("''", '')).not.toContain("'");
    }));
  });
});

describe('the address of a row', () => {
  const address = (dialect: Dialect, set: string, values: ValueObject): string => {
    const model = modelOf(dialect);
    return decodeURIComponent(rowAddress({ connection: 'base', dialect }, setOf(model, set), values));
  };

  it('has one key bare and several by name', () => {
    expect(address('1c', 'Catalog_Люди', { Ref_Key: guid })).toBe(`Catalog_Люди(guid'${guid}')`);
    expect(address('1c', 'Rows', { LineNumber: '1', Ref_Key: guid })).toBe(`Rows(Ref_Key=guid'${guid}',LineNumber=1)`);
    expect(address('v4', 'Rows', { Ref_Key: guid, LineNumber: new Decimal(7) })).toBe(`Rows(Ref_Key=${guid},LineNumber=7)`);
  });

  it('encodes quotes, slashes, spaces, underscores and emoji of a text key', () => {
    const model = modelOf('v4');
    const text = rowAddress({ connection: 'base', dialect: 'v4' }, setOf(model, 'Document_Счет_и_акт'), { 'Код': "a/b'c_d e😀?#" });
    expect(text).toBe(`${encodeURIComponent('Document_Счет_и_акт')}('a%2Fb''c_d%20e%F0%9F%98%80%3F%23')`);
  });

  it('is refused for 1C where its web server would cut it', () => {
    for (const code of ['a?b', 'a+b', 'a\\b', 'a\tb', 'x'.repeat(260)]) {
      expect(() => address('1c', 'Document_Счет_и_акт', { 'Код': code })).toThrow(expect.objectContaining({ code: 'odata.pathRefused' }));
    }
  });

  it('needs every part of the key, own ones only', () => {
    expect(() => address('1c', 'Rows', { Ref_Key: guid })).toThrow(expect.objectContaining({ code: 'connection.valueMissing', parameters: { connection: 'base', attribute: 'LineNumber' } }));
  });

  it('of an unknown set names the nearest one', () => {
    expect(() => setOf(modelOf('1c'), 'Catalog_Люд')).toThrow(expect.objectContaining({ code: 'odata.unknownSet', parameters: { connection: 'base', set: 'Catalog_Люд', nearest: 'Catalog_Люди' } }));
  });
});

describe('a condition', () => {
  function text(dialect: Dialect, filter: unknown, message: ValueObject = {}): string | undefined {
    const model = modelOf(dialect);
    return planFilter({ connection: 'base', dialect, model, set: setOf(model, 'Document_Счет_и_акт'), message, times: { runStartMs: 0 } }, parseFilter(filter), 8_000).filters[0];
  }
  const codeOf = (run: () => unknown): unknown => {
    try {
      return run();
    } catch (error) {
      return error instanceof Failure ? error.code : error;
    }
  };

  it('is written in the words of each dialect', () => {
    const filter = { op: 'and', of: [{ op: 'contains', field: 'Код', value: "О'" }, { op: 'or', of: [{ op: 'gt', field: 'Сумма', value: 1.5 }, { op: 'not', of: { op: 'eq', field: 'Активен', value: true } }] }, { op: 'in', field: 'Код', value: ['a', 'b'] }] };
    expect(text('v2', filter)).toBe("(substringof('О''',Код)) and ((Сумма gt 1.5M) or (not (Активен eq true))) and (Код eq 'a' or Код eq 'b')");
    expect(text('1c', filter)).toBe("(substringof('О''',Код)) and ((Сумма gt 1.5) or (not (Активен eq true))) and (Код eq 'a' or Код eq 'b')");
    expect(text('v4', filter)).toBe("(contains(Код,'О''')) and ((Сумма gt 1.5) or (not (Активен eq true))) and (Код in ('a','b'))");
  });

  it('looks into table parts and complex values', () => {
    expect(text('1c', { op: 'any', field: 'Строки', of: { op: 'gt', field: 'Количество', value: 5 } })).toBe('Строки/any(r0: r0/Количество gt 5)');
    expect(text('v4', { op: 'startsWith', field: 'Адрес/Город', value: 'Т' })).toBe("startswith(Адрес/Город,'Т')");
    expect(text('v2', { op: 'any', field: 'Строки', of: { op: 'gt', field: 'Количество', value: 5 } })).toBeUndefined();
  });

  it('on a composite field of 1C names the type of its value, and is refused without', () => {
    expect(text('1c', { op: 'eq', field: 'Основание', type: 'Catalog_Люди', value: guid })).toBe(`Основание eq cast(guid'${guid}','Catalog_Люди')`);
    expect(text('1c', { op: 'isOf', field: 'Основание', type: 'Catalog_Люди' })).toBe("isof(Основание,'Catalog_Люди')");
    expect(codeOf(() => text('1c', { op: 'eq', field: 'Основание', value: guid }))).toBe('odata.filterNeedsType');
    expect(codeOf(() => text('1c', { op: 'eq', field: 'Основание', type: "x') or true or isof(a,'", value: guid }))).toBe('odata.unknownSet');
  });

  it('takes values from the message, and never means everything when one is missing', () => {
    const filter = { op: 'eq', field: 'Код', attribute: 'order.code' };
    expect(text('v4', filter, { order: { code: 'A-1' } })).toBe("Код eq 'A-1'");
    expect(codeOf(() => text('v4', filter, {}))).toBe('connection.valueMissing');
    expect(text('v4', { op: 'in', field: 'Код', attribute: 'codes' }, { codes: [] })).toBe('1 eq 2');
    expect(codeOf(() => text('v4', { op: 'or', of: [] }))).toBe('odata.filterShape');
    expect(text('v4', { op: 'and', of: [] })).toBeUndefined();
    expect(text('v4', { op: 'isNull', field: 'Код' })).toBe('Код eq null');
  });

  it('of an unknown field is refused by us: 1C might find nothing and say nothing', () => {
    expect(codeOf(() => text('1c', { op: 'eq', field: 'Кода', value: 'a' }))).toBe('odata.unknownField');
    expect(codeOf(() => text('1c', { op: 'eq', field: '__proto__', value: 'a' }))).toBe('odata.unknownField');
    expect(codeOf(() => text('1c', { op: 'any', field: 'Код', of: { op: 'eq', field: 'a', value: 1 } }))).toBe('odata.unknownField');
  });

  it.each([null, 5, [], {}, { op: 'xor' }, { op: 'and' }, { op: 'eq', field: 'Код' }, { op: 'eq', field: 5, value: 1 }, { op: 'eq', field: 'a', value: {} }, { op: 'eq', field: 'a', value: 1, attribute: 'b' }, { op: 'isOf', field: 'a' }])('of the wrong shape %j is refused with its place', (filter) => {
    expect(codeOf(() => parseFilter(filter))).toBe('odata.filterShape');
  });

  it('that nests without end is refused', () => {
    let deep: unknown = { op: 'isNull', field: 'a' };
    for (let depth = 0; depth < 100; depth++) deep = { op: 'not', of: deep };
    expect(codeOf(() => parseFilter(deep))).toBe('query.tooComplex');
  });
});
