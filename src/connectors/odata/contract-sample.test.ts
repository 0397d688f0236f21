import { describe, expect, it } from 'vitest';
import { Decimal, type Value } from '../../sdk/index.ts';
import { brokenPromises } from './contract-sample.ts';
import { readMetadata } from './metadata.ts';

const { types } = readMetadata({ connection: 'x', address: 'x' }, new TextEncoder().encode(`<edmx:Edmx xmlns:edmx="e" Version="1.0"><edmx:DataServices><Schema Namespace="N" xmlns="s"><EntityType Name="A"><Key><PropertyRef Name="K"/></Key>
<Property Name="K" Type="Edm.String"/><Property Name="Long" Type="Edm.Int64"/><Property Name="Double" Type="Edm.Double"/><Property Name="Flag" Type="Edm.Boolean"/><Property Name="At" Type="Edm.DateTime"/><Property Name="Lines" Type="Collection(Edm.String)"/></EntityType>
<EntityContainer Name="C"><EntitySet Name="A" EntityType="N.A"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`));
const type = types.get('N.A');

describe('a row', () => {
  it.each<[string, Value]>([['K', 'x'], ['Long', new Decimal('9007199254740993')], ['Double', 'NaN'], ['Double', 0.1], ['Flag', false], ['At', '0001-01-01T00:00:00'], ['Lines', []], ['Long', null], ['Unknown', 'x']])('whose %s is %j is as promised', (name, value) => {
    expect(type && brokenPromises(type, [{ [name]: value }])).toEqual([]);
  });

  it.each<[string, Value, string]>([['K', 5, 'K: Edm.String ← number'], ['Long', 'много', 'Long: Edm.Int64 ← string'], ['Double', '1,5', 'Double: Edm.Double ← string'], ['Flag', 'да', 'Flag: Edm.Boolean ← string'], ['At', 'вчера', 'At: Edm.DateTime ← string'], ['K', ['x'], 'K: Edm.String ← array'], ['Lines', 'x', 'Lines: Edm.String ← string']])('whose %s is %j is not', (name, value, told) => {
    expect(type && brokenPromises(type, [{ K: 'x' }, { [name]: value }, { [name]: value }])).toEqual([told]);
  });
});
