/** What a publication consists of, as its `$metadata` says. Names are those of the wire. */

export interface Property {
  name: string;
  /** `Edm.String`, `StandardODATA.X` or `Collection(StandardODATA.X)`. */
  type: string;
  /** Only newer platforms tell it. */
  maxLength: number | undefined;
}

export interface Navigation {
  name: string;
  /** Name of the entity type that it leads to. */
  target: string;
}

export interface Shape {
  name: string;
  /** Empty for a complex type. */
  keys: readonly string[];
  properties: ReadonlyMap<string, Property>;
  navigations: ReadonlyMap<string, Navigation>;
}

export interface BoundFunction {
  name: string;
  /** Name of the set or type that it is called on. */
  binding: string;
  parameters: readonly string[];
}

export interface Model {
  namespace: string;
  entities: ReadonlyMap<string, Shape>;
  complexes: ReadonlyMap<string, Shape>;
  enums: ReadonlyMap<string, readonly string[]>;
  /** Set name to the name of its entity type. */
  sets: ReadonlyMap<string, string>;
  functions: readonly BoundFunction[];
}

/** The type without its namespace and without `Collection(…)`. */
export function bareType(type: string): string {
  const inner = /^Collection\((.*)\)$/.exec(type)?.[1] ?? type;
  return inner.startsWith('Edm.') ? inner : inner.slice(inner.lastIndexOf('.') + 1);
}

export const isCollection = (type: string): boolean => type.startsWith('Collection(');

const plainTypes: ReadonlySet<string> = new Set(['String', 'DateTime', 'Int16', 'Int32', 'Int64', 'Double', 'Decimal', 'Boolean', 'Guid', 'Binary', 'Stream'].map((name) => `Edm.${name}`));

/** Types that the interface has no form for are not served at all. */
export const isServed = (model: Model, type: string): boolean => plainTypes.has(type) || model.complexes.has(bareType(type)) || model.enums.has(bareType(type));

/** The second half of a composite value says the type of the first: `Основание` and `Основание_Type`. */
export const isComposite = (shape: Shape, property: Property): boolean => property.type === 'Edm.String' && shape.properties.has(`${property.name}_Type`);

export function shapeOf(model: Model, set: string): Shape {
  const shape = model.entities.get(model.sets.get(set) ?? '');
  if (!shape) throw new Error(`the metadata has no entity type for the set ${set}`);
  return shape;
}

/** Members of an enumeration: its type, or a string that is called like it, because 1C declares enumerated fields as strings. */
export const membersOf = (model: Model, { name, type }: Property): readonly string[] | undefined => model.enums.get(type === 'Edm.String' ? name : bareType(type));
