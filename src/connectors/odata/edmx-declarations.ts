/** Reads an EDMX document as it streams by into what it declares, unresolved. The only place that parses XML of metadata. */
import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { createAbilityReader } from './edmx-abilities.ts';
import type { DeclaredAbilities } from './edm.ts';

export interface Declarations {
  edmxVersion: string;
  serviceVersion: string;
  /** Namespace of the schema language, which tells the version too. */
  language: string;
  /** Whether SAP's annotations occur. */
  sap: boolean;
  /** Alias → namespace. */
  aliases: Map<string, string>;
  /** In the order of the document. */
  namespaces: string[];
  types: TypeDeclaration[];
  enums: { name: string; members: string[] }[];
  /** V1–V3: association → role → type. */
  associations: Map<string, Map<string, { type: string; many: boolean }>>;
  sets: { name: string; type: string }[];
  operations: OperationDeclaration[];
  /** V4: what the container publishes of its unbound operations: name → qualified operation. */
  imports: { name: string; operation: string }[];
  abilities: DeclaredAbilities;
}

export interface TypeDeclaration {
  name: string;
  kind: 'entity' | 'complex';
  baseType?: string;
  open: boolean;
  keys: string[];
  properties: PropertyDeclaration[];
  navigations: { name: string; type?: string; relationship?: string; toRole?: string }[];
}

export interface PropertyDeclaration {
  name: string;
  type: string;
  nullable: boolean;
  maxLength?: number;
  precision?: number;
  scale?: number;
  etag: boolean;
}

export interface OperationDeclaration {
  name: string;
  qualifiedName: string;
  /** V4 tells functions from actions; the import of V1–V3 tells the method or its side effects. */
  kind: 'function' | 'action' | 'import';
  method?: string;
  /** True unless told otherwise. */
  sideEffecting: boolean;
  bindable: boolean;
  set?: string;
  parameters: { name: string; type: string; nullable: boolean }[];
  returnType?: string;
}

/** Thrown by the reader: what is wrong, and where. */
export class EdmxProblem extends Error {
  readonly kind: 'malformed' | 'entities' | 'notMetadata';
  readonly line: number;
  constructor(kind: EdmxProblem['kind'], detail: string, line: number) {
    super(detail);
    this.kind = kind;
    this.line = line;
  }
}

export interface EdmxReader {
  /** Throws an EdmxProblem. */
  write(text: string): void;
  /** Gives what was declared once the document is complete; throws an EdmxProblem when it is not. */
  close(): Declarations;
}

export function createEdmxReader(): EdmxReader {
  // Prefixes are looked at here, because only a few elements and two prefixes matter: it halves the time of a large document.
  const parser = new SaxesParser({ xmlns: false });
  const reader = new DeclarationReader();
  let rooted = false;
  parser.on('error', (error) => {
    throw new EdmxProblem(rooted ? 'malformed' : 'notMetadata', error.message.replace(/^\d*:\d*:\s*/, '').slice(0, 200), parser.line);
  });
  // Metadata needs no document type; the only known use of one here is an entity that unfolds without end.
  parser.on('doctype', (text) => {
    const html = /^\s*html/i.test(text);
    throw new EdmxProblem(html ? 'notMetadata' : 'entities', html ? 'HTML' : 'DOCTYPE', parser.line);
  });
  parser.on('opentag', (tag) => {
    if (!rooted && localName(tag.name) !== 'Edmx') throw new EdmxProblem('notMetadata', `<${tag.name.slice(0, 80)}>`, parser.line);
    rooted = true;
    reader.open(tag);
  });
  parser.on('closetag', (tag) => reader.close(localName(tag.name)));
  return {
    write: (text) => void parser.write(text),
    close: () => {
      parser.close();
      if (!rooted) throw new EdmxProblem('notMetadata', 'empty', parser.line);
      return reader.declarations;
    },
  };
}

/** Keeps the element under construction; children find their parent in it. */
class DeclarationReader {
  readonly declarations: Declarations = {
    edmxVersion: '', serviceVersion: '', language: '', sap: false, aliases: new Map(), namespaces: [], types: [], enums: [],
    associations: new Map(), sets: [], operations: [], imports: [], abilities: {},
  };
  readonly #abilities = createAbilityReader(this.declarations.abilities);
  readonly #path: string[] = [];
  /** `xmlns` and `xmlns:…` of the outer elements, among their other attributes. */
  readonly #prefixes: Record<string, string> = Object.create(null);
  #namespace = '';
  #type: TypeDeclaration | undefined;
  #members: string[] | undefined;
  #ends: Map<string, { type: string; many: boolean }> | undefined;
  #operation: OperationDeclaration | undefined;

  open({ name, attributes }: SaxesTagPlain): void {
    const local = localName(name);
    const parent = this.#path.at(-1);
    this.#path.push(local);
    if (!this.declarations.sap && hasSap(attributes)) this.declarations.sap = true;
    // Prefixes are declared on one of these.
    if (local === 'Edmx' || local === 'DataServices' || local === 'Schema') Object.assign(this.#prefixes, attributes);
    this.#abilities.open(local, (attribute) => attributes[attribute]);
    this.#declare(local, name, (attribute) => attributes[attribute] ?? attributes[`m:${attribute}`], parent);
  }

  close(name: string): void {
    this.#path.pop();
    this.#abilities.close(name);
    switch (name) {
      case 'EntityType':
      case 'ComplexType': this.#type = undefined; break;
      case 'EnumType': this.#members = undefined; break;
      case 'Association': this.#ends = undefined; break;
      case 'FunctionImport':
      case 'Function':
      case 'Action': this.#operation = undefined; break;
      default:
    }
  }

  #declare(local: string, name: string, of: Attributes, parent: string | undefined): void {
    const all = this.declarations;
    switch (local) {
      case 'Edmx': all.edmxVersion = of('Version') ?? ''; break;
      case 'DataServices': all.serviceVersion = greaterVersion(of('DataServiceVersion'), of('MaxDataServiceVersion')); break;
      case 'Schema': this.#schema(name, of); break;
      case 'EntityType':
      case 'ComplexType': this.#structured(local, of); break;
      case 'PropertyRef': if (parent === 'Key') this.#type?.keys.push(of('Name') ?? ''); break;
      case 'Property': this.#property(of); break;
      case 'NavigationProperty': this.#type?.navigations.push({ name: of('Name') ?? '', ...optional('type', this.#typeName(of('Type'))), ...optional('relationship', this.#typeName(of('Relationship'))), ...optional('toRole', of('ToRole')) }); break;
      case 'EnumType': all.enums.push({ name: this.#qualified(of), members: (this.#members = []) }); break;
      case 'Member': this.#members?.push(of('Name') ?? ''); break;
      case 'Association': all.associations.set(this.#qualified(of), (this.#ends = new Map())); break;
      case 'End': if (parent === 'Association') this.#ends?.set(of('Role') ?? '', { type: this.#typeName(of('Type')) ?? '', many: of('Multiplicity') === '*' }); break;
      case 'EntitySet': if (parent === 'EntityContainer') all.sets.push({ name: of('Name') ?? '', type: this.#typeName(of('EntityType')) ?? '' }); break;
      case 'FunctionImport':
      case 'ActionImport':
      case 'Function':
      case 'Action': this.#operationOf(local, of, parent); break;
      case 'Parameter': this.#operation?.parameters.push({ name: of('Name') ?? '', type: this.#typeName(of('Type')) ?? 'Edm.String', nullable: of('Nullable') !== 'false' }); break;
      case 'ReturnType': if (this.#operation !== undefined) Object.assign(this.#operation, optional('returnType', this.#typeName(of('Type')))); break;
      default:
    }
  }

  #schema(name: string, of: Attributes): void {
    this.#namespace = of('Namespace') ?? '';
    this.declarations.namespaces.push(this.#namespace);
    const alias = of('Alias');
    if (alias !== undefined) this.declarations.aliases.set(alias, this.#namespace);
    const colon = name.indexOf(':');
    const language = this.#prefixes[colon < 0 ? 'xmlns' : `xmlns:${name.slice(0, colon)}`] ?? '';
    if (this.declarations.language < language) this.declarations.language = language;
  }

  #structured(local: string, of: Attributes): void {
    this.#type = {
      name: this.#qualified(of), kind: local === 'EntityType' ? 'entity' : 'complex', open: of('OpenType') === 'true',
      keys: [], properties: [], navigations: [], ...optional('baseType', this.#typeName(of('BaseType'))),
    };
    this.declarations.types.push(this.#type);
  }

  #property(of: Attributes): void {
    const property: PropertyDeclaration = { name: of('Name') ?? '', type: this.#typeName(of('Type')) ?? 'Edm.String', nullable: of('Nullable') !== 'false', etag: of('ConcurrencyMode') === 'Fixed' };
    const [maxLength, precision, scale] = [countOf(of('MaxLength')), countOf(of('Precision')), countOf(of('Scale'))];
    if (maxLength !== undefined) property.maxLength = maxLength;
    if (precision !== undefined) property.precision = precision;
    if (scale !== undefined) property.scale = scale;
    this.#type?.properties.push(property);
  }

  #operationOf(element: string, of: Attributes, parent: string | undefined): void {
    const published = of('Function') ?? of('Action');
    if (parent === 'EntityContainer' && published !== undefined) {
      this.declarations.imports.push({ name: of('Name') ?? '', operation: published });
      return;
    }
    // The functions that V1–V3 declare in a schema belong to the store below the service; only imports are published.
    if (element === 'FunctionImport' ? parent !== 'EntityContainer' : parent !== 'Schema') return;
    this.#operation = {
      name: of('Name') ?? '', qualifiedName: this.#qualified(of), kind: element === 'FunctionImport' ? 'import' : element === 'Action' ? 'action' : 'function',
      sideEffecting: of('IsSideEffecting') !== 'false', bindable: (of('IsBindable') ?? of('IsBound')) === 'true', parameters: [],
      ...optional('method', of('HttpMethod')), ...optional('set', of('EntitySetPath') ?? of('EntitySet')), ...optional('returnType', this.#typeName(of('ReturnType'))),
    };
    this.declarations.operations.push(this.#operation);
  }

  /** A name without a namespace is of the schema that it stands in. */
  #typeName(text: string | undefined): string | undefined {
    if (text === undefined || text.includes('.')) return text;
    return text.replace(/^(Collection\()?([^.()]+)(\))?$/, (_whole, before = '', name = '', after = '') => `${before}${this.#namespace}.${name}${after}`);
  }

  #qualified(of: Attributes): string {
    return `${this.#namespace}.${of('Name') ?? ''}`;
  }
}

/** Attributes by local name; those of the metadata namespace are written `m:` by every server that has them. */
type Attributes = (local: string) => string | undefined;

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

function hasSap(attributes: Readonly<Record<string, string>>): boolean {
  for (const name in attributes) if (name.startsWith('sap:')) return true;
  return false;
}

const countOf = (text: string | undefined): number | undefined => (text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined);

const optional = <K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } => (value === undefined ? {} : { [key]: value } as { [P in K]?: T });

const greaterVersion = (one = '', other = ''): string => (one > other ? one : other);
