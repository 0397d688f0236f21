import { describe, expect, it } from 'vitest';
import { Decimal, type Value } from '../../sdk/index.ts';
import { readMetadata } from './metadata.ts';
import { toMessage, toServer, type ServerClock } from './server-clock.ts';

const model = readMetadata({ connection: 'x', address: 'x' }, new TextEncoder().encode(`<edmx:Edmx xmlns:edmx="e" Version="1.0"><edmx:DataServices><Schema Namespace="StandardODATA" xmlns="s">
<EntityType Name="Doc"><Key><PropertyRef Name="Ref_Key"/><PropertyRef Name="Period"/></Key><Property Name="Ref_Key" Type="Edm.Guid"/><Property Name="Period" Type="Edm.DateTime"/><Property Name="Date" Type="Edm.DateTime"/><Property Name="Owner_Key" Type="Edm.Guid"/><Property Name="Basis" Type="Edm.String"/><Property Name="Basis_Type" Type="Edm.String"/><Property Name="Text" Type="Edm.String"/><Property Name="Rows" Type="Collection(StandardODATA.Doc_Rows_RowType)"/></EntityType>
<ComplexType Name="Doc_Rows_RowType"><Property Name="Due" Type="Edm.DateTime"/><Property Name="Count" Type="Edm.Int64"/></ComplexType>
<EntityContainer Name="C"><EntitySet Name="Doc" EntityType="StandardODATA.Doc"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`));
const type = model.sets.get('Doc')?.type;
const clock = (timeZone?: string): ServerClock => ({ connection: 'base', model, dialect: '1c', timeZone });
const zeros = '00000000-0000-0000-0000-000000000000';
const read = (row: Record<string, Value>, timeZone?: string): unknown => ({ ...toMessage(clock(timeZone), type, row) });
const write = (row: Record<string, Value>, timeZone?: string): unknown => ({ ...toServer(clock(timeZone), type, row) });

describe('odata 47: the clock of a server in Asia/Yekaterinburg', () => {
  const zone = 'Asia/Yekaterinburg';
  it.each([
    ['2026-11-22T23:30:00', '2026-11-22T18:30:00Z'], ['2010-07-01T23:30:00', '2010-07-01T17:30:00Z'], ['2026-01-01T00:00:00', '2025-12-31T19:00:00Z'], ['0209-05-11T00:00:00', '0209-05-10T19:57:27Z'],
  ])('%s is %s and back', (wall, instant) => {
    expect(read({ Date: wall, Rows: [{ Due: wall, Count: new Decimal(1) }], Period: wall }, zone)).toMatchObject({ Date: instant, Rows: [{ Due: instant, Count: new Decimal(1) }], Period: instant });
    expect(write({ Date: instant, Rows: [{ Due: instant }], Period: instant }, zone)).toMatchObject({ Date: wall, Rows: [{ Due: wall }], Period: wall });
  });

  it('takes an instant with any offset, and a wall clock as it is', () => {
    expect(write({ Date: '2026-11-22T21:30:00.900+03:00' }, zone)).toEqual({ Date: '2026-11-22T23:30:00' });
    expect(write({ Date: '2026-11-22T23:30:00' }, zone)).toEqual({ Date: '2026-11-22T23:30:00' });
  });
});

describe('odata 47: emptiness', () => {
  it('of a date and of a reference is null in a message, and written back as 1C has it', () => {
    expect(read({ Date: '0001-01-01T00:00:00', Owner_Key: zeros, Basis: zeros, Text: '' }, 'Europe/Moscow')).toEqual({ Date: null, Owner_Key: null, Basis: null, Text: '' });
    expect(write({ Date: null, Owner_Key: null, Text: null })).toEqual({ Date: '0001-01-01T00:00:00', Owner_Key: zeros, Text: null });
  });

  it('of a key stays what it is, so that the row can be named', () => {
    expect(read({ Ref_Key: zeros, Period: '0001-01-01T00:00:00' }, 'Europe/Moscow')).toEqual({ Ref_Key: zeros, Period: '0001-01-01T00:00:00' });
  });
});

it('without a zone a wall clock stays a wall clock', () => {
  expect(read({ Date: '2026-11-22T23:30:00' })).toEqual({ Date: '2026-11-22T23:30:00' });
  expect(write({ Date: '2026-11-22T18:30:00Z' })).toEqual({ Date: '2026-11-22T18:30:00Z' });
});

it('another dialect is left alone', () => {
  const row = { Date: '0001-01-01T00:00:00', Owner_Key: zeros };
  expect(toMessage({ ...clock('Europe/Moscow'), dialect: 'v3' }, type, row)).toBe(row);
});

it.each([[{ Date: '2026-13-01T00:00:00' }, 'Europe/Moscow', 'connection.valueWrongType'], [{ Date: '2026-01-01T00:00:00' }, 'Mars/Olympus', 'odata.timeZoneNeeded']])('%j in %s is refused', (row, zone, code) => {
  expect(() => read(row, zone)).toThrow(expect.objectContaining({ code }));
});
