/** Reads an EDMX document as it streams by into what it declares, unresolved. The only place that parses XML of metadata. */
import { SaxesParser, type SaxesTagNS } from 'saxes';

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
}

export interface TypeDeclaration {
  name: string;
  kind: 'entity' | 'complex';
  baseType?: string;
  open: boolean;
  keys: string[];
  properties: { name: string; type: string; nullable: boolean; maxLength?: number; precision?: number; scale?: number; etag: boolean }[];
  navigations: { name: string; type?: string; relationship?: string; toRole?: string }[];
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
  const parser = new SaxesParser({ xmlns: true });
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
    if (!rooted && tag.local !== 'Edmx') throw new EdmxProblem('notMetadata', `<${tag.name.slice(0, 80)}>`, parser.line);
    rooted = true;
    reader.open(tag);
  });
  parser.on('closetag', (tag) => reader.close(tag.local));
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
    associations: new Map(), sets: [], operations: [], imports: [],
  };
  readonly #path: string[] = [];
  #namespace = '';
  #type: TypeDeclaration | undefined;
  #members: string[] | undefined;
  #ends: Map<string, { type: string; many: boolean }> | undefined;
  #operation: OperationDeclaration | undefined;

  open(tag: SaxesTagNS): void {
    const of = attributesOf(tag);
    const parent = this.#path.at(-1);
    this.#path.push(tag.local);
    this.#declare(tag, of, parent);
  }

  close(name: string): void {
    this.#path.pop();
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

  #declare(tag: SaxesTagNS, of: Attributes, parent: string | undefined): void {
    const all = this.declarations;
    switch (tag.local) {
      case 'Edmx': all.edmxVersion = of('Version') ?? ''; break;
      case 'DataServices': all.serviceVersion = greaterVersion(of('DataServiceVersion'), of('MaxDataServiceVersion')); break;
      case 'Schema': this.#schema(tag, of); break;
      case 'EntityType':
      case 'ComplexType': this.#structured(tag, of); break;
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
      case 'Action': this.#operationOf(tag.local, of, parent); break;
      case 'Parameter': this.#operation?.parameters.push({ name: of('Name') ?? '', type: this.#typeName(of('Type')) ?? 'Edm.String', nullable: of('Nullable') !== 'false' }); break;
      case 'ReturnType': if (this.#operation !== undefined) Object.assign(this.#operation, optional('returnType', this.#typeName(of('Type')))); break;
      default:
    }
    if (!all.sap && tag.prefix !== 'sap') all.sap = Object.values(tag.attributes).some((attribute) => attribute.prefix === 'sap');
  }

  #schema(tag: SaxesTagNS, of: Attributes): void {
    this.#namespace = of('Namespace') ?? '';
    this.declarations.namespaces.push(this.#namespace);
    const alias = of('Alias');
    if (alias !== undefined) this.declarations.aliases.set(alias, this.#namespace);
    if (this.declarations.language < tag.uri) this.declarations.language = tag.uri;
  }

  #structured(tag: SaxesTagNS, of: Attributes): void {
    this.#type = {
      name: this.#qualified(of), kind: tag.local === 'EntityType' ? 'entity' : 'complex', open: of('OpenType') === 'true',
      keys: [], properties: [], navigations: [], ...optional('baseType', this.#typeName(of('BaseType'))),
    };
    this.declarations.types.push(this.#type);
  }

  #property(of: Attributes): void {
    this.#type?.properties.push({
      name: of('Name') ?? '', type: this.#typeName(of('Type')) ?? 'Edm.String', nullable: of('Nullable') !== 'false', etag: of('ConcurrencyMode') === 'Fixed',
      ...optional('maxLength', countOf(of('MaxLength'))), ...optional('precision', countOf(of('Precision'))), ...optional('scale', countOf(of('Scale'))),
    });
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
    return text?.replace(/^(Collection\()?([^.()]+)(\))?$/, (_whole, before = '', name = '', after = '') => `${before}${this.#namespace}.${name}${after}`);
  }

  #qualified(of: Attributes): string {
    return `${this.#namespace}.${of('Name') ?? ''}`;
  }
}

/** Attributes by local name: the prefix of `m:` and `sap:` differs between servers. */
type Attributes = (local: string) => string | undefined;

function attributesOf(tag: SaxesTagNS): Attributes {
  return (local) => tag.attributes[local]?.value ?? Object.values(tag.attributes).find((attribute) => attribute.local === local && attribute.prefix === 'm')?.value;
}

const countOf = (text: string | undefined): number | undefined => (text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined);

const optional = <K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } => (value === undefined ? {} : { [key]: value } as { [P in K]?: T });

const greaterVersion = (one = '', other = ''): string => (one > other ? one : other);
