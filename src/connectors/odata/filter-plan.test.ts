import { describe, expect, it } from 'vitest';
import { Decimal, Failure, type Value, type ValueObject } from '../../sdk/index.ts';
import { resolveFilter, type FilterPlace } from './condition.ts';
import type { Dialect } from './edm.ts';
import { planFilter, type FilterPlan } from './filter-plan.ts';
import { parseFilter } from './filter.ts';
import { readMetadata } from './metadata.ts';
import { likePattern, predicateOf } from './predicate.ts';

const document = (namespace: string, version: string): Uint8Array => new TextEncoder().encode(`<edmx:Edmx xmlns:edmx="e" Version="${version}"><edmx:DataServices><Schema Namespace="${namespace}" xmlns="s">
<EntityType Name="Catalog_A"><Key><PropertyRef Name="Ref_Key"/></Key><Property Name="Ref_Key" Type="Edm.Guid"/><Property Name="Code" Type="Edm.String"/><Property Name="Price" Type="Edm.Decimal"/>
<Property Name="Seen" Type="Edm.DateTimeOffset"/><Property Name="Date" Type="Edm.DateTime"/><Property Name="Day" Type="Edm.Date"/><Property Name="Time" Type="Edm.Duration"/><Property Name="Active" Type="Edm.Boolean"/>
<Property Name="Basis" Type="Edm.String"/><Property Name="Basis_Type" Type="Edm.String"/><Property Name="Lines" Type="Collection(${namespace}.Line_RowType)"/>
<NavigationProperty Name="Parent" Type="${namespace}.Catalog_A"/></EntityType>
<ComplexType Name="Line_RowType"><Property Name="Ref" Type="Edm.Guid"/><Property Name="Name" Type="Edm.String"/></ComplexType>
<EntityType Name="Catalog_A_Lines"><Key><PropertyRef Name="Ref_Key"/><PropertyRef Name="LineNumber"/></Key><Property Name="Ref_Key" Type="Edm.Guid"/><Property Name="LineNumber" Type="Edm.Int64"/><Property Name="Name" Type="Edm.String"/></EntityType>
<EntityContainer Name="C"><EntitySet Name="Catalog_A" EntityType="${namespace}.Catalog_A"/><EntitySet Name="Catalog_A_Lines" EntityType="${namespace}.Catalog_A_Lines"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`);

const guid = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

interface Asked {
  dialect?: Dialect;
  set?: string;
  message?: ValueObject;
  room?: number;
  times?: Partial<FilterPlace['times']>;
}

function placeOf({ dialect = '1c', set: name = 'Catalog_A', message = {}, times = {} }: Asked): FilterPlace {
  const model = readMetadata({ connection: 'base', address: 'x' }, document(dialect === '1c' ? 'StandardODATA' : 'N', dialect === 'v4' ? '4.0' : '1.0'));
  const set = model.sets.get(name);
  if (set === undefined) throw new Error(`no set ${name}`);
  return { connection: 'base', dialect, model, set, message, times: { runStartMs: Date.parse('2026-11-28T12:00:00Z'), ...times } };
}

const plan = (filter: unknown, asked: Asked = {}): FilterPlan => planFilter(placeOf(asked), parseFilter(filter), asked.room ?? 4_000);
const said = (filter: unknown, asked: Asked = {}): readonly [string | undefined, string | undefined] => [plan(filter, asked).filters[0], plan(filter, asked).residue?.text];
const keeps = (filter: unknown, row: ValueObject, dialect: Dialect = 'v4'): boolean => predicateOf(dialect, resolveFilter(placeOf({ dialect }), parseFilter(filter)))(row);

const codeOf = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error instanceof Failure ? error.code : error;
  }
};

const code = { op: 'eq', field: 'Code', value: 'a' };
const codeText = "Code eq 'a'";
/** 1C answers 500 to it. */
const after = { op: 'gt', field: 'Ref_Key', value: guid(1) };
const afterText = `Ref_Key gt guid'${guid(1)}'`;

describe('what a dialect cannot say', () => {
  it('stays here, and the rest of an "and" goes', () => {
    expect(said({ op: 'and', of: [code, after] })).toEqual([codeText, afterText]);
    expect(said(after)).toEqual([undefined, afterText]);
    expect(said(after, { dialect: 'v4' })).toEqual([`Ref_Key gt ${guid(1)}`, undefined]);
  });

  it('keeps a whole "or" here, unless each branch has something to say', () => {
    expect(said({ op: 'or', of: [code, after] })).toEqual([undefined, `(${codeText}) or (${afterText})`]);
    expect(said({ op: 'or', of: [code, { op: 'and', of: [after, { ...code, value: 'b' }] }] })[0]).toBe("(Code eq 'a') or (Code eq 'b')");
  });

  it('is looked for behind a "not", too', () => {
    expect(said({ op: 'not', of: { op: 'or', of: [code, after] } })).toEqual([`not (${codeText})`, `not (${afterText})`]);
    expect(said({ op: 'not', of: { op: 'and', of: [code, after] } })).toEqual([undefined, `(not (${codeText})) or (not (${afterText}))`]);
    expect(said({ op: 'not', of: { op: 'not', of: code } })).toEqual([codeText, undefined]);
  });

  it('inside a table part leaves a weaker question about the part', () => {
    const inner = [{ op: 'gt', field: 'Ref', value: guid(1) }, { op: 'eq', field: 'Name', value: 'n' }];
    expect(said({ op: 'any', field: 'Lines', of: { op: 'and', of: inner } })[0]).toBe("Lines/any(r0: r0/Name eq 'n')");
    expect(said({ op: 'all', field: 'Lines', of: inner[0] })[0]).toBeUndefined();
    expect(said({ op: 'any', field: 'Lines', of: inner[1] }, { dialect: 'v2' })).toEqual([undefined, "Lines/any(r0: r0/Name eq 'n')"]);
  });

  it('is a pattern in V2 and V4: its pieces are asked for', () => {
    const like = (value: string): readonly unknown[] => said({ op: 'like', field: 'Code', value }, { dialect: 'v4' });
    expect(like('a%')).toEqual(["startswith(Code,'a')", undefined]);
    expect(like('%a')).toEqual(["endswith(Code,'a')", undefined]);
    expect(like('%a%')).toEqual(["contains(Code,'a')", undefined]);
    expect(like('a')).toEqual([codeText, undefined]);
    expect(like('a_b%c')).toEqual(["(startswith(Code,'a')) and (endswith(Code,'c')) and (contains(Code,'b'))", "like(Code,'a_b%c')"]);
    expect(like('_')).toEqual([undefined, "like(Code,'_')"]);
  });

  it('names what has to be read for it, types of composites and table parts included', () => {
    const { residue } = plan({ op: 'and', of: [{ op: 'isNull', field: 'Basis' }, { op: 'any', field: 'Lines', of: { op: 'gt', field: 'Ref', value: guid(1) } }, { op: 'gt', field: 'Parent/Ref_Key', value: guid(1) }] });
    expect(residue?.needs).toEqual(['Basis', 'Basis_Type', 'Lines']);
    expect(residue?.expands).toEqual(['Parent']);
  });

  it('in 1C are the keys of a table part', () => {
    expect(said({ op: 'and', of: [{ op: 'eq', field: 'Ref_Key', value: guid(1) }, { op: 'eq', field: 'Name', value: 'n' }] }, { set: 'Catalog_A_Lines' })).toEqual(["Name eq 'n'", `Ref_Key eq guid'${guid(1)}'`]);
  });
});

describe('a long list', () => {
  const many = (count: number): unknown => ({ op: 'and', of: [code, { op: 'in', field: 'Ref_Key', value: Array.from({ length: count }, (_each, index) => guid(index)) }] });

  it('is read in pieces of at most 30 terms in 1C, of 200 elsewhere, each value in one of them', () => {
    const pieces = plan(many(75), { room: 100_000 }).filters.map((filter) => filter?.match(/guid'/g)?.length);
    expect(pieces).toEqual([30, 30, 15]);
    expect(plan(many(450), { dialect: 'v4', room: 100_000 }).filters.map((filter) => filter?.match(/-8000-/g)?.length)).toEqual([200, 200, 50]);
    const all = plan(many(75), { room: 100_000 }).filters.join(' ').match(/-8000-\d+/g);
    expect(new Set(all).size).toBe(75);
  });

  it.each([1_200, 700, 400])('fits into %i bytes of an address', (room) => {
    const { filters } = plan(many(40), { room });
    expect(filters.length).toBeGreaterThan(1);
    for (const filter of filters) expect(encodeURIComponent(filter ?? '').length).toBeLessThanOrEqual(room);
    expect(filters.every((filter) => filter?.startsWith(`(${codeText}) and (Ref_Key eq guid'`))).toBe(true);
  });

  it('has each value once, whatever letters it is written in', () => {
    const values = [guid(1).replace('4000', 'abcd'), guid(1).replace('4000', 'ABCD')];
    expect(plan({ op: 'in', field: 'Ref_Key', value: values }).filters).toEqual([`Ref_Key eq guid'${values[1]}'`]);
  });

  it('keeps values together that a base may take for one', () => {
    const values = ['a', 'A', 'a '].flatMap((text) => Array.from({ length: 12 }, (_each, index) => `${text.trim()}${index}${text.slice(1)}`));
    const { filters } = plan({ op: 'in', field: 'Code', value: values }, { room: 300 });
    for (const filter of filters) for (const [, text = ''] of (filter ?? '').matchAll(/'([^']*)'/g)) expect(filters.filter((other) => other?.toLowerCase().includes(`'${text.toLowerCase().trim()}`))).toContain(filter);
  });

  it('that may be left out is asked of the rows when it is long', () => {
    const { filters, residue } = plan({ op: 'not', of: { op: 'in', field: 'Ref_Key', value: Array.from({ length: 31 }, (_each, index) => guid(index)) } });
    expect(filters).toEqual([undefined]);
    expect(residue?.keeps({ Ref_Key: guid(30) })).toBe(false);
    expect(residue?.keeps({ Ref_Key: guid(31) })).toBe(true);
  });

  it('with nothing in it finds what is not filled in', () => {
    expect(said({ op: 'in', field: 'Code', value: ['a', null] }, { dialect: 'v4' })[0]).toBe("(Code in ('a')) or (Code eq null)");
  });
});

describe('what is not filled in', () => {
  it('in 1C is the empty value of the type, because 1C has no null', () => {
    expect(said({ op: 'isNull', field: 'Ref_Key' })[0]).toBe("Ref_Key eq guid'00000000-0000-0000-0000-000000000000'");
    expect(said({ op: 'eq', field: 'Date', value: null })[0]).toBe("Date eq datetime'0001-01-01T00:00:00'");
    expect(said({ op: 'ne', field: 'Code', value: null })[0]).toBe("Code ne ''");
    expect(said({ op: 'isNull', field: 'Active' })[0]).toBe('1 eq 2');
    expect(keeps({ op: 'isNull', field: 'Date' }, { Date: '0001-01-01T00:00:00' }, '1c')).toBe(true);
    expect(keeps({ op: 'isNull', field: 'Date' }, { Date: null }, '1c')).toBe(true);
    expect(keeps({ op: 'ne', field: 'Ref_Key', value: guid(1) }, { Ref_Key: null }, '1c')).toBe(true);
  });

  it('is neither more nor less than anything', () => {
    expect(codeOf(() => plan({ op: 'gt', field: 'Price', value: null }))).toBe('connection.valueWrongType');
    expect(keeps({ op: 'lt', field: 'Price', value: 5 }, { Price: null })).toBe(false);
    expect(keeps({ op: 'not', of: { op: 'lt', field: 'Price', value: 5 } }, { Price: null })).toBe(true);
    expect(keeps({ op: 'ne', field: 'Code', value: 'a' }, { Code: null })).toBe(true);
    // A function over nothing gives nothing, and so does its opposite.
    expect(keeps({ op: 'contains', field: 'Code', value: 'a' }, { Code: null })).toBe(false);
    expect(keeps({ op: 'not', of: { op: 'contains', field: 'Code', value: 'a' } }, { Code: null })).toBe(false);
    expect(keeps({ op: 'or', of: [{ op: 'contains', field: 'Code', value: 'a' }, { op: 'isNull', field: 'Code' }] }, { Code: null })).toBe(true);
  });
});

describe('the predicate', () => {
  it.each<[field: string, one: Value, other: Value]>([
    ['Price', new Decimal('9007199254740993'), '9007199254740993.0'],
    ['Ref_Key', 'ABCDEF00-0000-4000-8000-000000000001', 'abcdef00-0000-4000-8000-000000000001'],
    ['Date', '2026-11-28', '2026-11-28T00:00:00'],
    ['Date', '2026-11-28T10:00:00.5', '2026-11-28T10:00:00.500'],
    ['Seen', '2026-11-28T12:00:00Z', '2026-11-28T15:00:00.000+03:00'],
    ['Time', 'PT90M', 'PT1H30M'],
  ])('takes values of %s for equal that are: %s and %s', (field, value, other) => {
    expect(keeps({ op: 'eq', field, value }, { [field]: other })).toBe(true);
    expect(keeps({ op: 'ge', field, value }, { [field]: other })).toBe(true);
    expect(keeps({ op: 'lt', field, value }, { [field]: other })).toBe(false);
  });

  it('finds a number in a list, in whatever form both are', () => {
    const among = { op: 'in', field: 'Price', value: [0.1, '9007199254740993', '7.50', -0] };
    expect([new Decimal('0.1'), new Decimal('9007199254740993'), 7.5, new Decimal('-0'), 0].map((Price) => keeps(among, { Price }))).toEqual([true, true, true, true, true]);
    expect([new Decimal('9007199254740992'), '0.10000000000000001', null].map((Price) => keeps(among, { Price }))).toEqual([false, false, false]);
  });

  it('orders dates of the years 1 and 209, and fractions of a second', () => {
    expect(keeps({ op: 'lt', field: 'Date', value: '0209-05-11' }, { Date: '0001-01-01T00:00:00' })).toBe(true);
    expect(keeps({ op: 'gt', field: 'Date', value: '2026-11-28T10:00:00' }, { Date: '2026-11-28T10:00:00.001' })).toBe(true);
  });

  it('reads along an expanded reference, and finds nothing where there is none', () => {
    const filter = { op: 'eq', field: 'Parent/Code', value: 'p' };
    expect(keeps(filter, { Parent: { Code: 'p' } })).toBe(true);
    expect(keeps(filter, { Parent: null })).toBe(false);
    expect(keeps(filter, {})).toBe(false);
  });

  it('is not fooled by names that objects have by themselves', () => {
    expect(codeOf(() => plan({ op: 'eq', field: 'constructor', value: 'a' }))).toBe('odata.unknownField');
    expect(keeps({ op: 'any', field: 'Lines', of: { op: 'isNull', field: 'Name' } }, Object.create({ Lines: [{}] }))).toBe(false);
  });

  it('walks a pattern without trying everything', () => {
    const slow = likePattern(`${'%a'.repeat(30)}%b`);
    expect(slow('a'.repeat(5_000))).toBe(false);
    expect(likePattern('_😀%')('x😀yz')).toBe(true);
    expect(likePattern('%')('')).toBe(true);
    expect(likePattern('a.c')('abc')).toBe(false);
  });
});

describe('a time that a filter names', () => {
  const since = (variable: string, field = 'Seen'): unknown => ({ op: 'ge', field, variable });

  it('is the same for all pages of a reading, and may be shifted', () => {
    expect(said(since('runStart-1d'), { dialect: 'v4' })[0]).toBe('Seen ge 2026-11-27T12:00:00.000Z');
    expect(said(since('runStart+90m', 'Day'), { dialect: 'v4' })[0]).toBe('Day ge 2026-11-28');
    expect(said(since('lastSuccess-10m'), { dialect: 'v4', times: { lastSuccessMs: Date.parse('2026-11-01T00:00:00Z') } })[0]).toBe('Seen ge 2026-10-31T23:50:00.000Z');
  });

  it('is by the clock of the 1C server, whose zone has to be known', () => {
    expect(said(since('runStart', 'Date'), { times: { timeZone: 'Asia/Yekaterinburg' } })[0]).toBe("Date ge datetime'2026-11-28T17:00:00'");
    expect(codeOf(() => plan(since('runStart', 'Date')))).toBe('odata.timeZoneNeeded');
    expect(codeOf(() => plan(since('runStart', 'Date'), { times: { timeZone: 'Mars/Base' } }))).toBe('odata.timeZoneNeeded');
    expect(said(since('runStart', 'Date'), { dialect: 'v3' })[0]).toBe("Date ge datetime'2026-11-28T12:00:00.000'");
  });

  it('before the first success is the beginning of time, but never guessed', () => {
    expect(said(since('lastSuccess', 'Date'), { times: { lastSuccessMs: null } })[0]).toBe("Date ge datetime'0001-01-01T00:00:00'");
    expect(codeOf(() => plan(since('lastSuccess'), { dialect: 'v4' }))).toBe('connection.valueMissing');
  });

  it('that nobody knows, and one beside a value, is refused with its place', () => {
    for (const wrong of [{ op: 'ge', field: 'Seen', variable: 'tomorrow' }, { op: 'ge', field: 'Seen', variable: 'runStart-1y' }, { op: 'ge', field: 'Seen', variable: 'runStart', value: 1 }]) {
      expect(codeOf(() => parseFilter(wrong))).toBe('odata.filterShape');
    }
    expect(codeOf(() => plan(since('runStart', 'Price')))).toBe('connection.valueWrongType');
  });
});

describe('a condition that no server could make sense of', () => {
  it.each([
    [{ op: 'contains', field: 'Price', value: 'a' }, 'odata.filterUnsupported'],
    [{ op: 'contains', field: 'Code', value: null }, 'connection.valueMissing'],
    [{ op: 'gt', field: 'Basis', type: 'Catalog_A', value: guid(1) }, 'odata.filterUnsupported'],
    [{ op: 'in', field: 'Basis', value: [guid(1)] }, 'odata.filterNeedsType'],
    [{ op: 'eq', field: 'Basis', type: 'Catalog_B', value: guid(1) }, 'odata.unknownSet'],
    [{ op: 'any', field: 'Lines', of: { op: 'and', of: [] } }, 'odata.filterShape'],
    [{ op: 'in', field: 'Code', value: 'a' }, 'connection.valueWrongType'],
  ])('%j is refused before anything is sent', (filter, failureCode) => {
    expect(codeOf(() => plan(filter))).toBe(failureCode);
  });
});
