/** Reads a 1C `$metadata` document piece by piece, so that one of 17 MB needs no tree in memory. */
import { SaxesParser } from 'saxes';
import { bareType, type BoundFunction, type Model, type Navigation, type Property, type Shape } from './model.ts';

interface OpenShape {
  name: string;
  keys: string[];
  properties: Map<string, Property>;
  navigations: Map<string, { name: string; relationship: string; role: string }>;
  complex: boolean;
}

type Attributes = Readonly<Record<string, string>>;

/** Throws an Error that says what is wrong: text that is no XML, a document that is no metadata, a set without a type. */
export function readEdmx(pieces: Iterable<string>): Model {
  const reader = new EdmxReader();
  const parser = new SaxesParser({ xmlns: false });
  let wrong: Error | undefined;
  parser.on('error', (error) => (wrong ??= error));
  parser.on('doctype', () => (wrong ??= new Error('a metadata document declares no document type')));
  parser.on('opentag', ({ name, attributes }) => reader.open(local(name), attributes));
  parser.on('closetag', ({ name }) => reader.close(local(name)));
  for (const piece of pieces) {
    parser.write(piece);
    if (wrong) throw wrong;
  }
  parser.close();
  if (wrong) throw wrong;
  return reader.finish();
}

const local = (name: string): string => name.slice(name.indexOf(':') + 1);

class EdmxReader {
  #namespace = '';
  #shape: OpenShape | undefined;
  #members: string[] | undefined;
  #function: (BoundFunction & { parameters: string[] }) | undefined;
  #association: { name: string; ends: Map<string, string> } | undefined;
  readonly #shapes: OpenShape[] = [];
  readonly #associations = new Map<string, Map<string, string>>();
  readonly #enums = new Map<string, readonly string[]>();
  readonly #sets = new Map<string, string>();
  readonly #functions: BoundFunction[] = [];

  open(tag: string, attributes: Attributes): void {
    const name = attributes['Name'] ?? '';
    switch (tag) {
      case 'Schema': this.#namespace ||= attributes['Namespace'] ?? ''; break;
      case 'EntityType': case 'ComplexType': this.#openShape(name, tag === 'ComplexType'); break;
      case 'PropertyRef': this.#shape?.keys.push(name); break;
      case 'Property': this.#shape?.properties.set(name, { name, type: attributes['Type'] ?? 'Edm.String', maxLength: lengthOf(attributes['MaxLength']) }); break;
      case 'NavigationProperty': this.#shape?.navigations.set(name, { name, relationship: bareType(attributes['Relationship'] ?? ''), role: attributes['ToRole'] ?? '' }); break;
      case 'EnumType': this.#enums.set(name, (this.#members = [])); break;
      case 'Member': this.#members?.push(name); break;
      case 'Association': this.#associations.set(name, (this.#association = { name, ends: new Map() }).ends); break;
      case 'End': this.#association?.ends.set(attributes['Role'] ?? '', bareType(attributes['Type'] ?? '')); break;
      case 'EntitySet': this.#sets.set(name, bareType(attributes['EntityType'] ?? '')); break;
      case 'FunctionImport': this.#functions.push((this.#function = { name, binding: attributes['EntitySetPath'] ?? attributes['EntitySet'] ?? '', parameters: [] })); break;
      case 'Parameter': this.#parameter(name, attributes['Type'] ?? ''); break;
    }
  }

  #parameter(name: string, type: string): void {
    if (!this.#function) return;
    if (name === 'bindingParameter') this.#function.binding = bareType(type);
    else this.#function.parameters.push(name);
  }

  close(tag: string): void {
    if (tag === 'EntityType' || tag === 'ComplexType') this.#shape = undefined;
    if (tag === 'FunctionImport') this.#function = undefined;
    if (tag === 'Association') this.#association = undefined;
  }

  finish(): Model {
    if (this.#namespace === '') throw new Error('the document is no OData metadata: it has no Schema with a Namespace');
    const made = new Map(this.#shapes.map((shape) => [shape, this.#finished(shape)]));
    const named = (complex: boolean): Map<string, Shape> => new Map(this.#shapes.filter((shape) => shape.complex === complex).map((shape) => [shape.name, made.get(shape) ?? this.#finished(shape)]));
    const entities = named(false);
    const lost = [...this.#sets].find(([, type]) => !entities.has(type));
    if (lost) throw new Error(`the set ${lost[0]} has the entity type ${lost[1]}, which the metadata does not declare`);
    return { namespace: this.#namespace, entities, complexes: rowTypes(named(true), entities), enums: this.#enums, sets: this.#sets, functions: this.#functions };
  }

  #openShape(name: string, complex: boolean): void {
    this.#shape = { name, keys: [], properties: new Map(), navigations: new Map(), complex };
    this.#shapes.push(this.#shape);
  }

  #finished({ name, keys, properties, navigations }: OpenShape): Shape {
    const led = new Map<string, Navigation>();
    for (const way of navigations.values()) {
      const target = this.#associations.get(way.relationship)?.get(way.role);
      if (target !== undefined) led.set(way.name, { name: way.name, target });
    }
    return { name, keys, properties, navigations: led };
  }
}

/** References of a row are declared at the set of the rows, not at their complex type; a row has them all the same. */
function rowTypes(complexes: ReadonlyMap<string, Shape>, entities: ReadonlyMap<string, Shape>): Map<string, Shape> {
  return new Map([...complexes].map(([name, shape]) => {
    const part = name.replace(/_RowType$/, '');
    const set = part === name ? undefined : (entities.get(`${part}_RecordType`) ?? entities.get(part));
    return [name, set ? { ...shape, navigations: set.navigations } : shape];
  }));
}

function lengthOf(text: string | undefined): number | undefined {
  const length = Number(text);
  return text !== undefined && Number.isInteger(length) && length > 0 ? length : undefined;
}
