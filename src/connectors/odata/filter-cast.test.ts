/** Values taken as those of another type, kinds of composite values, and collections of plain values: said, kept here, or refused. */
import { describe, expect, it } from 'vitest';
import { Decimal, Failure, type Value, type ValueObject } from '../../sdk/index.ts';
import { castValue } from './cast.ts';
import { resolveFilter, type FilterPlace } from './condition.ts';
import type { Dialect } from './edm.ts';
import { planFilter, type FilterPlan } from './filter-plan.ts';
import { parseFilter } from './filter.ts';
import { readMetadata } from './metadata.ts';
import { predicateOf } from './predicate.ts';

const document = (namespace: string, version: string): Uint8Array => new TextEncoder().encode(`<edmx:Edmx xmlns:edmx="e" Version="${version}"><edmx:DataServices><Schema Namespace="${namespace}" xmlns="s">
<EntityType Name="Catalog_A"><Key><PropertyRef Name="Ref_Key"/></Key><Property Name="Ref_Key" Type="Edm.Guid"/><Property Name="Code" Type="Edm.String"/><Property Name="Price" Type="Edm.Decimal"/><Property Name="Count" Type="Edm.Int32"/><Property Name="Day" Type="Edm.Date"/>
<Property Name="Basis" Type="Edm.String"/><Property Name="Basis_Type" Type="Edm.String"/>
<Property Name="Tags" Type="Collection(Edm.String)"/><Property Name="Sizes" Type="Collection(Edm.Int64)"/><Property Name="Box" Type="${namespace}.Box"/><Property Name="Lines" Type="Collection(${namespace}.Line)"/>
<NavigationProperty Name="Parent" Type="${namespace}.Catalog_A"/><NavigationProperty Name="Children" Type="Collection(${namespace}.Catalog_A)"/></EntityType>
<ComplexType Name="Box"><Property Name="Marks" Type="Collection(Edm.String)"/></ComplexType>
<ComplexType Name="Line"><Property Name="Name" Type="Edm.String"/><Property Name="Tags" Type="Collection(Edm.String)"/><Property Name="What" Type="Edm.String"/><Property Name="What_Type" Type="Edm.String"/></ComplexType>
<EntityContainer Name="C"><EntitySet Name="Catalog_A" EntityType="${namespace}.Catalog_A"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`);

function placeOf(dialect: Dialect): FilterPlace {
  const model = readMetadata({ connection: 'base', address: 'x' }, document(dialect === '1c' ? 'StandardODATA' : 'N', dialect === 'v4' ? '4.0' : '1.0'));
  const set = model.sets.get('Catalog_A');
  if (set === undefined) throw new Error('no set');
  return { connection: 'base', dialect, model, set, message: {}, times: { runStartMs: 0 } };
}

const plan = (filter: unknown, dialect: Dialect): FilterPlan => planFilter(placeOf(dialect), parseFilter(filter), 4_000);
const said = (filter: unknown, dialect: Dialect): readonly [string | undefined, string | undefined] => [plan(filter, dialect).filters[0], plan(filter, dialect).residue?.text];
const why = (filter: unknown, dialect: Dialect): readonly string[] => plan(filter, dialect).residue?.kept.map(({ reason }) => reason) ?? [];
const keeps = (filter: unknown, row: ValueObject, dialect: Dialect = 'v4'): boolean => predicateOf(dialect, resolveFilter(placeOf(dialect), parseFilter(filter)))(row);

const refusal = (filter: unknown, dialect: Dialect): unknown => {
  try {
    return plan(filter, dialect).filters;
  } catch (error) {
    return error instanceof Failure ? error : String(error);
  }
};

describe('a value taken as one of another type', () => {
  const twelve = { op: 'startsWith', field: 'Count', type: 'Edm.String', value: '12' };

  it('is asked of V3 and V4 in their words, where every server comes to the same', () => {
    expect(said(twelve, 'v4')).toEqual(["startswith(cast(Count,Edm.String),'12')", undefined]);
    expect(said(twelve, 'v3')).toEqual(["startswith(cast(Count,'Edm.String'),'12')", undefined]);
    expect(said({ op: 'in', field: 'Count', type: 'Edm.Decimal', value: [1, '2.50'] }, 'v4')).toEqual(['cast(Count,Edm.Decimal) in (1,2.5)', undefined].map((text) => text?.replace('2.5', '2.50')));
    expect(said({ op: 'gt', field: 'Count', type: 'Edm.Int32', value: 1 }, 'v4')).toEqual(['Count gt 1', undefined]);
  });

  it('stays here where servers differ, and in V2 and 1C, which have no such conversions; why is told', () => {
    expect(said(twelve, 'v2')).toEqual([undefined, "startswith(cast(Count,'Edm.String'),'12')"]);
    expect([why(twelve, 'v2'), why(twelve, '1c'), why(twelve, 'v4')]).toEqual([['noCast'], ['noCast'], []]);
    for (const [field, type, value] of [['Price', 'Edm.String', '1'], ['Price', 'Edm.Int32', 1], ['Code', 'Edm.Int32', 1], ['Ref_Key', 'Edm.String', 'a'], ['Count', 'Edm.Byte', 1]] as const) expect(why({ op: 'eq', field, type, value }, 'v4'), `${field} ${type}`).toEqual(['noCast']);
  });

  it('goes with the rest of an "and", and keeps an "or" here', () => {
    const code = { op: 'eq', field: 'Code', value: 'a' };
    const price = { op: 'eq', field: 'Price', type: 'Edm.Int32', value: 10 };
    expect(said({ op: 'and', of: [code, price] }, 'v4')).toEqual(["Code eq 'a'", 'cast(Price,Edm.Int32) eq 10']);
    expect(why({ op: 'or', of: [code, price] }, 'v4')).toEqual(['noCast', 'branch']);
    expect(plan({ op: 'and', of: [code, price] }, 'v4').residue?.needs).toEqual(['Price']);
  });

  it.each<[from: string, to: string, value: Value, taken: Value]>([
    ['Edm.Decimal', 'Edm.String', new Decimal('1e3'), '1000'], ['Edm.Boolean', 'Edm.String', true, 'true'], ['Edm.Guid', 'Edm.String', 'AB', 'AB'],
    ['Edm.Decimal', 'Edm.Int32', new Decimal('2.5'), new Decimal(3)], ['Edm.Decimal', 'Edm.Int32', new Decimal('-2.5'), new Decimal(-3)], ['Edm.Decimal', 'Edm.Byte', new Decimal('255.4'), new Decimal(255)],
    ['Edm.Decimal', 'Edm.Byte', new Decimal('255.5'), null], ['Edm.Int64', 'Edm.Int32', new Decimal('2147483648'), null], ['Edm.Double', 'Edm.Decimal', 0.1, new Decimal('0.1')],
    ['Edm.String', 'Edm.Int32', '12', new Decimal(12)], ['Edm.String', 'Edm.Int32', ' 12', null], ['Edm.String', 'Edm.Int32', '', null], ['Edm.String', 'Edm.Decimal', '1e2', new Decimal(100)], ['Edm.String', 'Edm.Double', 'NaN', null],
    ['Edm.String', 'Edm.Boolean', 'true', true], ['Edm.String', 'Edm.Boolean', 'TRUE', null], ['Edm.String', 'Edm.Date', '2026-11-28', '2026-11-28'], ['Edm.String', 'Edm.Date', '28.11.2026', null],
    ['Edm.String', 'Edm.Guid', '{ab}', null], ['Edm.String', 'Edm.DateTimeOffset', '2026-11-28T10:00:00Z', '2026-11-28T10:00:00Z'], ['Edm.String', 'Edm.Int32', null, null],
  ])('here: %s as %s of %s is %s', (from, to, value, taken) => {
    expect(castValue(from, to, value)).toEqual(taken);
  });

  it('is nothing where it cannot be taken so: neither more nor less, and not equal', () => {
    const number = { field: 'Code', type: 'Edm.Int32', value: 5 };
    expect([{ op: 'eq', ...number }, { op: 'gt', ...number }, { op: 'lt', ...number }, { op: 'ne', ...number }].map((filter) => keeps(filter, { Code: 'abc' }))).toEqual([false, false, false, true]);
    expect(keeps({ op: 'isNull', field: 'Code', type: 'Edm.Int32' }, { Code: 'abc' })).toBe(true);
    expect(keeps({ op: 'isNotNull', field: 'Code', type: 'Edm.Int32' }, { Code: '7' })).toBe(true);
    // Text as numbers: 10 is more than 5, "10" is less than "5".
    expect(keeps({ op: 'gt', ...number }, { Code: '10' })).toBe(true);
  });

  it('in 1C is taken of the empty value, because 1C has no null', () => {
    expect(keeps({ op: 'eq', field: 'Count', type: 'Edm.String', value: '0' }, { Count: null }, '1c')).toBe(true);
    expect(keeps({ op: 'eq', field: 'Count', type: 'Edm.Byte', value: 0 }, { Count: 70_000 }, '1c')).toBe(false);
  });

  it.each<[unknown, Dialect, string]>([
    [{ op: 'eq', field: 'Code', type: 'Edm.Nonsense', value: 'a' }, 'v4', 'odata.filterUnsupported'],
    [{ op: 'eq', field: 'Count', type: 'Edm.Date', value: '2026-11-28' }, 'v4', 'odata.filterUnsupported'],
    [{ op: 'eq', field: 'Lines', type: 'Edm.String', value: 'a' }, 'v4', 'odata.filterUnsupported'],
    [{ op: 'eq', field: 'Code', type: 'N.Other', value: 'a' }, 'v4', 'odata.filterUnsupported'],
    [{ op: 'eq', field: 'Code', type: 'Edm.Int32', value: 'a' }, 'v4', 'connection.valueWrongType'],
    [{ op: 'contains', field: 'Code', type: 'Edm.Int32', value: '1' }, 'v4', 'odata.filterUnsupported'],
    [{ op: 'eq', field: 'Code', type: 7, value: 'a' }, 'v4', 'odata.filterShape'],
    [{ op: 'eq', field: 'Basis', type: 'Edm.Guid', value: 'a' }, '1c', 'odata.filterUnsupported'],
    [{ op: 'isOf', field: 'Basis', type: 'Edm.Binary' }, '1c', 'odata.filterUnsupported'],
    [{ op: 'isOf', field: 'Code', type: 'Edm.String' }, 'v4', 'odata.filterUnsupported'],
    [{ op: 'isNull', field: 'Basis', type: 'Catalog_A' }, '1c', 'odata.filterUnsupported'],
  ])('%j in %s is refused before anything is sent', (filter, dialect, code) => {
    expect(refusal(filter, dialect)).toMatchObject({ code });
  });
});

describe('a composite field of 1C', () => {
  const more = { op: 'gt', field: 'Basis', type: 'Edm.Double', value: 12 };

  it('is taken as a number, a text, a flag or a date in the words of 1C', () => {
    expect(said(more, '1c')).toEqual(["cast(Basis,'Number') gt 12", undefined]);
    expect(said({ op: 'contains', field: 'Basis', type: 'Edm.String', value: 'a' }, '1c')[0]).toBe("substringof('a',cast(Basis,'String'))");
    expect(said({ op: 'eq', field: 'Basis', type: 'Edm.Boolean', value: true }, '1c')[0]).toBe("cast(Basis,'Boolean') eq true");
    expect(said({ op: 'lt', field: 'Basis', type: 'Edm.DateTime', value: '2026-11-28' }, '1c')[0]).toBe("cast(Basis,'Date') lt datetime'2026-11-28T00:00:00'");
    expect(said({ op: 'isOf', field: 'Basis', type: 'Edm.Decimal' }, '1c')[0]).toBe("isof(Basis,'Number')");
  });

  it('whose opposite is asked stays here, because nobody knows what 1C takes that for', () => {
    for (const filter of [{ ...more, op: 'ne' }, { op: 'not', of: more }, { op: 'all', field: 'Lines', of: { ...more, field: 'What' } }, { op: 'isNull', field: 'Basis', type: 'Edm.Double' }]) expect(why(filter, '1c')).toEqual(['noCast']);
    expect(said({ op: 'not', of: { op: 'or', of: [more, { op: 'eq', field: 'Code', value: 'a' }] } }, '1c')).toEqual(["not (Code eq 'a')", "not (cast(Basis,'Number') gt 12)"]);
    expect(why({ op: 'not', of: { op: 'and', of: [more, { op: 'eq', field: 'Code', value: 'a' }] } }, '1c')).toEqual(['noCast', 'branch']);
    expect(said({ op: 'any', field: 'Lines', of: { ...more, field: 'What' } }, '1c')).toEqual(["Lines/any(r0: cast(r0/What,'Number') gt 12)", undefined]);
  });

  it('is compared here by the kind of its value: a text of digits is no number', () => {
    const row = (Basis: Value, type: string): ValueObject => ({ Basis, Basis_Type: type });
    expect([row(13, 'Edm.Double'), row('13', 'Edm.Double'), row('13', 'Edm.String'), row(null, 'StandardODATA.Undefined'), row('x', 'StandardODATA.Catalog_A')].map((each) => keeps(more, each, '1c'))).toEqual([true, true, false, false, false]);
    expect([row(1, 'Edm.Int64'), row('1', 'Edm.String'), row('x', 'StandardODATA.Catalog_A'), {}].map((each) => keeps({ op: 'isOf', field: 'Basis', type: 'Edm.Double' }, each, '1c'))).toEqual([true, false, false, false]);
    expect(keeps({ op: 'eq', field: 'Basis', type: 'Edm.Boolean', value: true }, row(true, 'Edm.Boolean'), '1c')).toBe(true);
  });
});

describe('a collection of plain values', () => {
  const red = { op: 'any', field: 'Tags', of: { op: 'eq', field: '$this', value: 'red' } };

  it('is looked into value by value', () => {
    expect(said(red, 'v4')).toEqual(["Tags/any(r0: r0 eq 'red')", undefined]);
    expect(said({ op: 'all', field: 'Sizes', of: { op: 'in', field: '$this', value: [1, 2] } }, 'v4')).toEqual(['Sizes/all(r0: r0 in (1,2))', undefined]);
    expect(said({ op: 'any', field: 'Tags', of: { op: 'not', of: { op: 'startsWith', field: '$this', value: 'a' } } }, 'v3')[0]).toBe("Tags/any(r0: not (startswith(r0,'a')))");
    expect(said({ op: 'any', field: 'Box/Marks', of: { op: 'isNull', field: '$this' } }, 'v4')[0]).toBe('Box/Marks/any(r0: r0 eq null)');
    expect(said({ op: 'any', field: 'Lines', of: { op: 'and', of: [{ op: 'eq', field: 'Name', value: 'n' }, red] } }, 'v4')[0]).toBe("Lines/any(r0: (r0/Name eq 'n') and (r0/Tags/any(r1: r1 eq 'red')))");
    expect(said({ op: 'any', field: 'Sizes', of: { op: 'endsWith', field: '$this', type: 'Edm.String', value: '0' } }, 'v4')[0]).toBe("Sizes/any(r0: endswith(cast(r0,Edm.String),'0'))");
  });

  it('stays here where the dialect has no such conditions, or a value cannot be told', () => {
    expect(said(red, 'v2')).toEqual([undefined, "Tags/any(r0: r0 eq 'red')"]);
    expect(why(red, 'v2')).toEqual(['noLambda']);
    const like = { op: 'any', field: 'Tags', of: { op: 'like', field: '$this', value: 'a%b' } };
    expect(said(like, 'v4')[0]).toBe("Tags/any(r0: (startswith(r0,'a')) and (endswith(r0,'b')))");
    expect(plan(like, 'v4').residue).toMatchObject({ needs: ['Tags'], expands: [] });
    expect(plan({ op: 'any', field: 'Box/Marks', of: { op: 'like', field: '$this', value: 'a%b' } }, 'v4').residue?.needs).toEqual(['Box']);
  });

  it('means here what it means there: empty, missing, null and values of nothing', () => {
    expect([['red'], ['blue', 'red'], ['blue'], []].map((Tags) => keeps(red, { Tags }))).toEqual([true, true, false, false]);
    expect([keeps(red, {}), keeps(red, { Tags: null })]).toEqual([false, false]);
    expect([[], ['red'], ['red', 'blue'], ['red', null]].map((Tags) => keeps({ ...red, op: 'all' }, { Tags }))).toEqual([true, true, false, false]);
    expect(keeps({ op: 'any', field: 'Sizes', of: { op: 'gt', field: '$this', value: '9007199254740992' } }, { Sizes: [new Decimal('9007199254740993')] })).toBe(true);
    expect(keeps({ op: 'any', field: 'Box/Marks', of: { op: 'eq', field: '$this', value: 'm' } }, { Box: { Marks: ['m'] } })).toBe(true);
    expect(keeps({ op: 'any', field: 'Lines', of: red }, { Lines: [{ Tags: [] }, { Tags: ['red'] }] })).toBe(true);
  });

  it('of rows behind a reference have to be expanded where they are looked at here', () => {
    expect(plan({ op: 'any', field: 'Children', of: { op: 'eq', field: 'Code', value: 'a' } }, 'v2').residue).toMatchObject({ needs: [], expands: ['Children'] });
    expect(said({ op: 'any', field: 'Parent/Children', of: { op: 'eq', field: 'Code', value: 'a' } }, 'v4')[0]).toBe("Parent/Children/any(r0: r0/Code eq 'a')");
  });

  it.each<[unknown, string]>([
    [{ op: 'any', field: 'Tags', of: { op: 'eq', field: 'Name', value: 'a' } }, '$this'],
    [{ op: 'eq', field: '$this', value: 'a' }, ''],
    [{ op: 'any', field: 'Code', of: { op: 'eq', field: '$this', value: 'a' } }, ''],
    [{ op: 'any', field: 'Lines/Tags', of: { op: 'eq', field: '$this', value: 'a' } }, 'Tags'],
    [{ op: 'any', field: 'Tags', of: { op: 'any', field: '$this', of: { op: 'isNull', field: '$this' } } }, ''],
    [{ op: 'any', field: 'Tags/x', of: { op: 'isNull', field: '$this' } }, ''],
    [{ op: 'any', field: 'Tgs', of: { op: 'isNull', field: '$this' } }, 'Tags'],
  ])('%j is refused with the nearest name', (filter, nearest) => {
    const refused = refusal(filter, 'v4');
    expect(refused).toMatchObject({ code: 'odata.unknownField' });
    if (nearest !== '') expect(refused).toMatchObject({ parameters: { nearest } });
  });

  it('whose value is of another type is refused before anything is sent', () => {
    expect(refusal({ op: 'any', field: 'Sizes', of: { op: 'eq', field: '$this', value: 'red' } }, 'v4')).toMatchObject({ code: 'connection.valueWrongType' });
    expect(refusal({ op: 'any', field: 'Sizes', of: { op: 'contains', field: '$this', value: '1' } }, 'v4')).toMatchObject({ code: 'odata.filterUnsupported' });
  });
});
