import { fileURLToPath } from 'node:url';
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../sdk/index.ts';
import type { EdmModel } from './edm.ts';
import { readMetadata } from './metadata.ts';

const place = { connection: 'base', address: 'http://x/$metadata' };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (text: string): EdmModel => readMetadata(place, bytes(text));

const v3 = (inside: string, namespace = 'StandardODATA'): string => `<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx" Version="1.0"><edmx:DataServices xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata" m:DataServiceVersion="3.0">
<Schema xmlns="http://schemas.microsoft.com/ado/2009/11/edm" Namespace="${namespace}">${inside}</Schema></edmx:DataServices></edmx:Edmx>`;

const order = v3(`
<EntityType Name="Catalog_Товары_и_услуги"><Key><PropertyRef Name="Ref_Key"/></Key><Property Name="Ref_Key" Type="Edm.Guid" Nullable="false"/></EntityType>
<EntityType Name="Document_Счет"><Key><PropertyRef Name="Ref_Key"/></Key>
<Property Name="Ref_Key" Type="Edm.Guid" Nullable="false"/><Property Name="DataVersion" Type="Edm.String"/>
<Property Name="Товар_Key" Type="Edm.Guid"/><Property Name="Основание" Type="Edm.String"/><Property Name="Основание_Type" Type="Edm.String"/>
<Property Name="Файл" Type="Edm.Stream"/><Property Name="Файл_Base64Data" Type="Edm.Binary"/><Property Name="Файл_Type" Type="Edm.String"/>
<Property Name="Вид" Type="StandardODATA.Виды"/><Property Name="Строки" Type="Collection(StandardODATA.Document_Счет_Строки_RowType)"/><Property Name="Теги" Type="Collection(Edm.String)"/>
<NavigationProperty Name="Товар" Relationship="StandardODATA.Счет_Товар" FromRole="Begin" ToRole="End"/></EntityType>
<EntityType Name="Document_Счет_Строки"><Key><PropertyRef Name="Ref_Key"/><PropertyRef Name="LineNumber"/></Key><Property Name="Ref_Key" Type="Edm.Guid"/><Property Name="LineNumber" Type="Edm.Int64"/></EntityType>
<ComplexType Name="Document_Счет_Строки_RowType"><Property Name="LineNumber" Type="Edm.Int64"/></ComplexType>
<EnumType Name="Виды"><Member Name="Первый" Value="0"/><Member Name="Второй" Value="1"/></EnumType>
<Association Name="Счет_Товар"><End Role="Begin" Type="StandardODATA.Document_Счет" Multiplicity="*"/><End Role="End" Type="StandardODATA.Catalog_Товары_и_услуги" Multiplicity="0..1"/></Association>
<EntityContainer Name="C"><EntitySet Name="Catalog_Товары_и_услуги" EntityType="StandardODATA.Catalog_Товары_и_услуги"/>
<EntitySet Name="Document_Счет" EntityType="StandardODATA.Document_Счет"/><EntitySet Name="Document_Счет_Строки" EntityType="StandardODATA.Document_Счет_Строки"/>
<FunctionImport Name="Post" IsBindable="true" IsSideEffecting="true"><Parameter Name="bindingParameter" Type="StandardODATA.Document_Счет"/><Parameter Name="PostingModeOperational" Type="Edm.Boolean"/></FunctionImport></EntityContainer>`);

describe('the description of a 1C base', () => {
  it('gives every property its role', () => {
    const type = read(order).sets.get('Document_Счет')?.type;
    expect(Object.fromEntries([...(type?.properties.values() ?? [])].map((property) => [property.name, property.role]))).toEqual({
      Ref_Key: { kind: 'scalar' },
      DataVersion: { kind: 'version' },
      'Товар_Key': { kind: 'ref', sets: ['Catalog_Товары_и_услуги'] },
      'Основание': { kind: 'composite', typeProperty: 'Основание_Type' },
      'Основание_Type': { kind: 'compositeType', of: 'Основание' },
      'Файл': { kind: 'binary' },
      'Файл_Base64Data': { kind: 'binary' },
      'Файл_Type': { kind: 'compositeType', of: 'Файл' },
      'Вид': { kind: 'enum' },
      'Строки': { kind: 'tablePart' },
      'Теги': { kind: 'collection' },
    });
  });

  it('knows a table part by the set whose name it extends, and takes no name apart at "_"', () => {
    const { sets } = read(order);
    expect([...sets.values()].map(({ name, kind, parentSet }) => [name, kind, parentSet])).toEqual([
      ['Catalog_Товары_и_услуги', 'Catalog', undefined], ['Document_Счет', 'Document', undefined], ['Document_Счет_Строки', 'Document', 'Document_Счет'],
    ]);
  });

  it('binds Post to the rows of its document and leaves the binding out of the parameters', () => {
    expect(read(order).functions).toMatchObject([{ name: 'Post', method: 'POST', boundSet: 'Document_Счет', boundToCollection: false, parameters: [{ name: 'PostingModeOperational', type: 'Edm.Boolean' }] }]);
  });

  it('is the same model for the same bytes, told by the hash', () => {
    expect(read(order).hash).toBe(read(order).hash);
    expect(read(order).hash).not.toBe(read(`${order}\n`).hash);
  });
});

describe('what is no readable description', () => {
  const codeOf = (document: Uint8Array): unknown => {
    try {
      readMetadata(place, document);
      return 'read';
    } catch (error) {
      return error instanceof Failure ? error.code : error;
    }
  };

  it.each([
    ['nothing', '', 'odata.notMetadata'],
    ['spaces', '  \n', 'odata.notMetadata'],
    ['JSON', '{"value":[]}', 'odata.notMetadata'],
    ['a page', '<!DOCTYPE html><html><body>Вход</body></html>', 'odata.notMetadata'],
    ['another XML', '<feed xmlns="http://www.w3.org/2005/Atom"/>', 'odata.notMetadata'],
    ['a cut document', order.slice(0, 900), 'odata.metadataMalformed'],
    ['a document cut inside a tag', order.slice(0, order.indexOf('EnumType') + 3), 'odata.metadataMalformed'],
    ['crossed tags', order.replace('</EnumType>', '</ComplexType>'), 'odata.metadataMalformed'],
    ['an unknown entity', order.replace('Первый', '&boom;'), 'odata.metadataMalformed'],
    ['an entity bomb', `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>${order.replace(/^<\?xml.*\n/, '')}`, 'odata.metadataEntities'],
    ['an external entity', `<!DOCTYPE x SYSTEM "file:///etc/passwd">${order.replace(/^<\?xml.*\n/, '')}`, 'odata.metadataEntities'],
    ['an encoding of nobody', order.replace('utf-8', 'x-klingon'), 'odata.metadataEncoding'],
  ])('%s is refused by its own code', (_name, text, code) => {
    expect(codeOf(bytes(text))).toBe(code);
  });

  it('in another encoding than it names is refused', () => {
    const wrong = bytes(order);
    wrong[order.indexOf('Товары')] = 0xff;
    expect(codeOf(wrong)).toBe('odata.metadataEncoding');
  });

  it('names the line where it broke', () => {
    const line = order.slice(0, order.indexOf('</EnumType>')).split('\n').length;
    expect(() => read(order.replace('</EnumType>', '</ComplexType>'))).toThrow(expect.objectContaining({ parameters: expect.objectContaining({ line }) }));
  });
});

describe('encodings', () => {
  it.each([
    ['UTF-8 with a mark', Uint8Array.of(0xef, 0xbb, 0xbf, ...bytes(order))],
    ['UTF-16', Uint8Array.of(0xff, 0xfe, ...Buffer.from(order, 'utf16le'))],
    ['windows-1251 by name', Uint8Array.from(order.replace('utf-8', 'windows-1251').split('').map((char) => (char >= 'А' && char <= 'я' ? char.charCodeAt(0) - 0x410 + 0xc0 : char.charCodeAt(0))))],
  ])('%s is read', (_name, document) => {
    expect([...readMetadata(place, document).sets.keys()]).toContain('Document_Счет_Строки');
  });
});

describe('a description that contradicts itself', () => {
  it('is read with warnings: an unknown type, an unknown ancestor, a circle of ancestors', () => {
    const model = read(v3(`<EntityType Name="A" BaseType="N.B"/><EntityType Name="B" BaseType="N.A"/><EntityType Name="C" BaseType="N.Nobody"/>
<EntityContainer Name="X"><EntitySet Name="As" EntityType="N.A"/><EntitySet Name="Ds" EntityType="N.D"/></EntityContainer>`, 'N'));
    expect([...model.sets.keys()]).toEqual(['As']);
    expect(model.warnings).toHaveLength(4);
  });
});

/** Vendors' documents beside a checkout; absent for most. */
const contracts = fileURLToPath(new URL('../../../../shared/contracts', import.meta.url));

describe('the description of a real 1C base', () => {
  it('has its 94 sets with their types, 43 complex types, table parts found by name and key, and Post bound to its documents', (context) => {
    const file = `${contracts}/1c/1c-real-metadata-trimmed-94sets.edmx.xml`;
    if (!existsSync(file)) context.skip(`no ${file} here`);
    const { types, sets, functions } = readMetadata(place, readFileSync(file));
    expect([...types.values()].filter(({ kind }) => kind === 'complex')).toHaveLength(43);
    expect([...types.values()].filter(({ kind }) => kind === 'entity')).toHaveLength(94);
    const parts = [...sets.values()].filter(({ parentSet }) => parentSet !== undefined);
    expect(parts.every(({ name, parentSet, type }) => name.startsWith(`${parentSet}_`) && type.keys.join() === 'Ref_Key,LineNumber')).toBe(true);
    expect([...sets.values()].filter(({ type }) => type.keys.includes('LineNumber')).length).toBe(parts.length);
    expect(functions.map(({ name, boundSet }) => `${boundSet}/${name}`)).toContain('Document_СчетНаОплатуПокупателю/Post');
  });
});

describe.each<[file: string, dialect: string, sets?: number, functions?: number, warnings?: number, keyless?: readonly string[]]>([
  ['1c/1c-real-metadata-trimmed-94sets.edmx.xml', '1c', 94, 4, 0],
  ['1c/other-DynamicsCRM-3.8MB.xml', 'v4', 237, undefined, undefined],
  ['1c/other-TripPin.xml', 'v4', 4, undefined, 0],
  ['1c/other-Northwind3.xml', 'v3', 12, undefined, undefined],
  ['1c/other-Northwind4.xml', 'v4', 29, undefined, undefined],
  ['1c/other-northwind_v2_metadata.xml', 'v2', 26, undefined, undefined],
  ['1c/other-sap_v2_metadata_sample.xml', 'sap', 14, undefined, 0, ['EnumTests']],
  ['sap/API_BUSINESS_PARTNER.edmx', 'sap', undefined, undefined, undefined],
  ['sap/API_TEST_SRV-v2.edmx', 'sap', undefined, undefined, undefined],
  ['sap/API_TEST_SRV-v4.edmx', 'v4', undefined, undefined, undefined, ['A_TestEntityWithNoKeys']],
  ['msgraph/cleanMetadata-v1.0.xml.gz', 'v4', undefined, undefined, undefined],
])('the vendor document %s', (file, dialect, sets, functions, warnings, keyless: readonly string[] = []) => {
  it('is read completely: all of its sets and their properties', (context) => {
    if (!existsSync(`${contracts}/${file}`)) context.skip(`no ${contracts}/${file} here`);
    const raw = readFileSync(`${contracts}/${file}`);
    const document = file.endsWith('.gz') ? gunzipSync(raw) : raw;
    const model = readMetadata(place, document);
    const text = document.toString('utf8');
    expect(model.dialect).toBe(dialect);
    expect(model.sets.size).toBe(text.match(/<EntitySet[\s>]/g)?.length);
    if (sets !== undefined) expect(model.sets.size).toBe(sets);
    if (functions !== undefined) expect(model.functions).toHaveLength(functions);
    if (warnings !== undefined) expect(model.warnings).toHaveLength(warnings);
    expect([...model.sets.values()].filter((set) => set.type.keys.length === 0 || set.type.keys.some((key) => !set.type.properties.has(key))).map((set) => set.name)).toEqual(keyless);
  });
});
