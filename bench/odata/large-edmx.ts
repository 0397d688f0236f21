/** A description of the size that large 1C bases have: catalogs and documents with table parts, registers, enumerations. Made, not taken from anywhere. */

export interface LargeEdmx {
  text: string;
  sets: number;
  tableParts: number;
  properties: number;
  enums: number;
}

const words = ['Заказ', 'Склад', 'Партия', 'Валюта', 'Отпуск', 'Смета', 'Договор', 'Маршрут', 'Этап', 'Серия', 'Касса', 'Статья', 'Проект', 'Ячейка', 'Тариф', 'Остаток'];
const kinds = ['Catalog', 'Document', 'InformationRegister'] as const;

const property = (name: string, type: string, more = ''): string => `<Property Name="${name}" Type="${type}" Nullable="true"${more}/>\n`;

/** Every third set is a table part of the one before it. */
export function largeEdmx(sets = 4_200, fieldsOfSet = 32): LargeEdmx {
  const types: string[] = [];
  const entitySets: string[] = [];
  const associations: string[] = [];
  const enums: string[] = [];
  let [tableParts, properties, count] = [0, 0, 0];
  const fields = (owner: number, to: number): string => {
    let text = '';
    for (let index = 0; index < to; index += 1) {
      const name = `${words[(owner + index) % words.length]}${words[(owner * 7 + index * 3) % words.length]}${index}`;
      properties += 1;
      switch (index % 6) {
        case 0: text += property(`${name}_Key`, 'Edm.Guid'); break;
        case 1: text += property(name, 'Edm.String', ` MaxLength="${25 + (index % 4) * 25}"`); break;
        case 2: text += property(name, 'Edm.Double'); break;
        case 3: text += property(name, 'Edm.DateTime'); break;
        case 4: properties += 1; text += property(name, 'Edm.String') + property(`${name}_Type`, 'Edm.String'); break;
        default: text += property(name, 'Edm.Boolean');
      }
    }
    return text;
  };
  for (let number = 0; count < sets; number += 1) {
    const kind = kinds[number % kinds.length] ?? 'Catalog';
    const name = `${kind}_${words[number % words.length]}_${words[(number * 5) % words.length]}${number}`;
    const part = `${name}_Строки`;
    const own = count + 1 < sets && kind !== 'InformationRegister';
    const head = kind === 'InformationRegister'
      ? '<Key><PropertyRef Name="Period"/><PropertyRef Name="Объект_Key"/></Key>\n<Property Name="Period" Type="Edm.DateTime" Nullable="false"/>\n<Property Name="Объект_Key" Type="Edm.Guid" Nullable="false"/>\n'
      : `<Key><PropertyRef Name="Ref_Key"/></Key>\n<Property Name="Ref_Key" Type="Edm.Guid" Nullable="false"/>\n${property('DataVersion', 'Edm.String')}`;
    properties += 2;
    types.push(`<EntityType Name="${name}">\n${head}${fields(number, fieldsOfSet)}${own ? `<Property Name="Строки" Type="Collection(StandardODATA.${part}_RowType)" Nullable="false"/>\n` : ''}<NavigationProperty Name="Склад" Relationship="StandardODATA.${name}_Склад" FromRole="Begin" ToRole="End"/>\n</EntityType>\n`);
    associations.push(`<Association Name="${name}_Склад">\n<End Role="Begin" Type="StandardODATA.${name}" Multiplicity="*"/>\n<End Role="End" Type="StandardODATA.Catalog_${words[0]}_${words[0]}0" Multiplicity="0..1"/>\n</Association>\n`);
    entitySets.push(`<EntitySet Name="${name}" EntityType="StandardODATA.${name}"/>\n`);
    count += 1;
    if (own) {
      properties += 1;
      const rows = fields(number + 3, fieldsOfSet);
      const inside = `<Property Name="Ref_Key" Type="Edm.Guid" Nullable="false"/>\n<Property Name="LineNumber" Type="Edm.Int64" Nullable="false"/>\n${rows}`;
      properties += 2;
      types.push(`<EntityType Name="${part}">\n<Key><PropertyRef Name="Ref_Key"/><PropertyRef Name="LineNumber"/></Key>\n${inside}</EntityType>\n<ComplexType Name="${part}_RowType">\n${inside}</ComplexType>\n`);
      entitySets.push(`<EntitySet Name="${part}" EntityType="StandardODATA.${part}"/>\n`);
      count += 1;
      tableParts += 1;
    }
    if (number % 10 === 0) enums.push(`<EnumType Name="Вид${number}" UnderlyingType="Edm.Int32">\n${words.slice(0, 8).map((word, value) => `<Member Name="${word}" Value="${value}"/>\n`).join('')}</EnumType>\n`);
  }
  const text = `<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx" Version="1.0"><edmx:DataServices xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata" m:DataServiceVersion="3.0" m:MaxDataServiceVersion="3.0">
<Schema xmlns="http://schemas.microsoft.com/ado/2009/11/edm" Namespace="StandardODATA">
${types.join('')}${enums.join('')}${associations.join('')}<EntityContainer Name="EnterpriseV8" m:IsDefaultEntityContainer="true">
${entitySets.join('')}</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>
`;
  return { text, sets: count, tableParts, properties, enums: enums.length };
}
