/** Resolves what a document declares into the model: inherited properties, targets of references, roles, the dialect. Pure. */
import type { Dialect, EdmFunction, EdmModel, EdmNavigation, EdmProperty, EntitySet, EnumType, PropertyRole, StructuredType } from './edm.ts';
import type { Declarations, OperationDeclaration, PropertyDeclaration, TypeDeclaration } from './edmx-declarations.ts';

export function buildModel(declarations: Declarations, document: { hash: string; bytes: number }): EdmModel {
  const dialect = dialectOf(declarations);
  const names = new Names(declarations);
  const warnings: string[] = [];
  const enums = new Map<string, EnumType>(declarations.enums.map((each) => [each.name, each]));
  const setsOfType = groupSets(declarations, names);
  const types = resolveTypes({ declarations, names, enums, setsOfType, onec: dialect === '1c', warnings });
  const sets = resolveSets(declarations, names, types, dialect, warnings);
  return {
    dialect, version: dialect === 'v4' ? declarations.edmxVersion : declarations.serviceVersion, namespace: declarations.namespaces.at(-1) ?? '', ...document, sets, types, enums,
    functions: resolveFunctions(declarations, names, sets, setsOfType), declared: declarations.abilities, warnings,
  };
}

export function dialectOf(declarations: Declarations): Dialect {
  if (declarations.namespaces.includes('StandardODATA')) return '1c';
  if (declarations.edmxVersion.startsWith('4')) return 'v4';
  if (declarations.sap) return 'sap';
  return declarations.serviceVersion >= '3' || declarations.language.includes('/2009/11/') ? 'v3' : 'v2';
}

/** Qualified names with aliases unfolded. */
class Names {
  readonly #aliases: ReadonlyMap<string, string>;
  constructor(declarations: Declarations) {
    this.#aliases = declarations.aliases;
  }
  full(name: string): string {
    if (this.#aliases.size === 0) return name;
    const dot = name.lastIndexOf('.');
    const namespace = this.#aliases.get(name.slice(0, dot));
    return namespace === undefined ? name : `${namespace}${name.slice(dot)}`;
  }
  /** The item's type, and whether there are many. */
  item(type: string): { type: string; collection: boolean } {
    const collection = type.startsWith('Collection(') && type.endsWith(')');
    return { type: this.full(collection ? type.slice('Collection('.length, -1) : type), collection };
  }
}

function groupSets(declarations: Declarations, names: Names): ReadonlyMap<string, readonly string[]> {
  const grouped = new Map<string, string[]>();
  for (const { name, type } of declarations.sets) {
    const full = names.full(type);
    const known = grouped.get(full);
    if (known === undefined) grouped.set(full, [name]);
    else known.push(name);
  }
  return grouped;
}

interface TypeContext {
  declarations: Declarations;
  names: Names;
  enums: ReadonlyMap<string, EnumType>;
  setsOfType: ReadonlyMap<string, readonly string[]>;
  onec: boolean;
  warnings: string[];
}

function resolveTypes(context: TypeContext): ReadonlyMap<string, StructuredType> {
  const declared = new Map(context.declarations.types.map((type) => [type.name, type]));
  const types = new Map<string, StructuredType>();
  for (const type of declared.values()) types.set(type.name, resolveType(context, lineage(context, declared, type)));
  return types;
}

/** The type and its ancestors, the root first. A cycle or an unknown ancestor ends it with a warning. */
function lineage({ names, warnings }: TypeContext, declared: ReadonlyMap<string, TypeDeclaration>, type: TypeDeclaration): readonly TypeDeclaration[] {
  const line = [type];
  for (let base = type.baseType; base !== undefined;) {
    const parent = declared.get(names.full(base));
    if (parent === undefined || line.includes(parent)) {
      warnings.push(`${type.name}: base type ${base} is ${parent === undefined ? 'unknown' : 'its own descendant'}`);
      break;
    }
    line.unshift(parent);
    base = parent.baseType;
  }
  return line;
}

function resolveType(context: TypeContext, line: readonly TypeDeclaration[]): StructuredType {
  const own = line.at(-1);
  if (own === undefined) throw new Error('a type is in its own lineage');
  const navigations = new Map<string, EdmNavigation>();
  for (const each of line) {
    for (const navigation of each.navigations) {
      const target = targetOf(context, navigation);
      if (target === undefined) context.warnings.push(`${own.name}.${navigation.name}: its target is unknown`);
      else navigations.set(navigation.name, { name: navigation.name, ...target });
    }
  }
  const declared = new Map<string, PropertyDeclaration>();
  for (const each of line) for (const property of each.properties) declared.set(property.name, property);
  const properties = new Map<string, EdmProperty>();
  for (const property of declared.values()) properties.set(property.name, resolveProperty(context, property, declared, navigations));
  return { name: own.name, kind: own.kind, keys: line.flatMap((each) => each.keys), properties, navigations, open: line.some((each) => each.open) };
}

/** Made by hand, not by spreading: large bases have hundreds of thousands of them. */
function resolveProperty(context: TypeContext, { name, type: declaredType, nullable, maxLength, precision, scale, etag }: PropertyDeclaration, siblings: ReadonlyMap<string, unknown>, navigations: ReadonlyMap<string, EdmNavigation>): EdmProperty {
  const { type, collection } = context.names.item(declaredType);
  const property: EdmProperty = { name, type, collection, nullable, role: etag ? versionRole : roleOf(context, { name, type, collection }, siblings, navigations) };
  if (maxLength !== undefined) property.maxLength = maxLength;
  if (precision !== undefined) property.precision = precision;
  if (scale !== undefined) property.scale = scale;
  return property;
}

const versionRole: PropertyRole = { kind: 'version' };
const scalarRole: PropertyRole = { kind: 'scalar' };

function targetOf({ declarations, names }: TypeContext, navigation: TypeDeclaration['navigations'][number]): { type: string; collection: boolean } | undefined {
  if (navigation.type !== undefined) return names.item(navigation.type);
  const end = declarations.associations.get(names.full(navigation.relationship ?? ''))?.get(navigation.toRole ?? '');
  return end === undefined ? undefined : { type: names.full(end.type), collection: end.many };
}

interface Candidate {
  name: string;
  type: string;
  collection: boolean;
}

function roleOf(context: TypeContext, property: Candidate, siblings: ReadonlyMap<string, unknown>, navigations: ReadonlyMap<string, EdmNavigation>): PropertyRole {
  const { name, type, collection } = property;
  if (collection) return context.onec && type.endsWith('_RowType') ? { kind: 'tablePart' } : { kind: 'collection' };
  if (type === 'Edm.Binary' || type === 'Edm.Stream') return { kind: 'binary' };
  if (context.onec) {
    const role = onecRole(context, name, siblings, navigations);
    if (role !== undefined) return role;
  }
  if (context.enums.has(type)) return { kind: 'enum' };
  return type.startsWith('Edm.') ? scalarRole : { kind: 'complex' };
}

/** 1C tells by its naming what other services tell by associations: `X_Key`, and `X` with `X_Type`. */
function onecRole(context: TypeContext, name: string, siblings: ReadonlyMap<string, unknown>, navigations: ReadonlyMap<string, EdmNavigation>): PropertyRole | undefined {
  if (name === 'DataVersion') return { kind: 'version' };
  if (siblings.has(`${name}_Type`)) return siblings.has(`${name}_Base64Data`) ? { kind: 'binary' } : { kind: 'composite', typeProperty: `${name}_Type` };
  const typed = name.endsWith('_Type') ? name.slice(0, -'_Type'.length) : undefined;
  if (typed !== undefined && (siblings.has(typed) || siblings.has(`${typed}_Base64Data`))) return { kind: 'compositeType', of: typed };
  if (name === 'Ref_Key' || !name.endsWith('_Key')) return undefined;
  const target = navigations.get(name.slice(0, -'_Key'.length));
  return { kind: 'ref', sets: target === undefined ? [] : (context.setsOfType.get(target.type) ?? []) };
}

function resolveSets(declarations: Declarations, names: Names, types: ReadonlyMap<string, StructuredType>, dialect: Dialect, warnings: string[]): ReadonlyMap<string, EntitySet> {
  const sets = new Map<string, EntitySet>();
  const declared = new Set(declarations.sets.map((set) => set.name));
  for (const { name, type: typeName } of declarations.sets) {
    const type = types.get(names.full(typeName));
    if (type === undefined) {
      warnings.push(`set ${name}: its type ${typeName} is unknown`);
      continue;
    }
    const parentSet = dialect === '1c' ? ownerOf(name, type, declared) : undefined;
    sets.set(name, { name, type, kind: dialect === '1c' ? (name.split('_', 1)[0] ?? 'generic') : 'generic', ...(parentSet === undefined ? {} : { parentSet }) });
  }
  return sets;
}

/** A table part is a set that extends another one's name and is numbered by line. Names hold `_` themselves, so only known sets count. */
function ownerOf(name: string, type: StructuredType, declared: ReadonlySet<string>): string | undefined {
  if (!type.keys.includes('LineNumber') || !type.keys.includes('Ref_Key')) return undefined;
  for (let end = name.lastIndexOf('_'); end > 0; end = name.lastIndexOf('_', end - 1)) {
    if (declared.has(name.slice(0, end))) return name.slice(0, end);
  }
  return undefined;
}

function resolveFunctions(declarations: Declarations, names: Names, sets: ReadonlyMap<string, EntitySet>, setsOfType: ReadonlyMap<string, readonly string[]>): readonly EdmFunction[] {
  const published = new Map<string, string>(declarations.imports.map((each) => [names.full(each.operation), each.name]));
  return declarations.operations.flatMap((operation): EdmFunction[] => {
    const { binding, parameters } = bindingOf(operation);
    const bare = {
      qualifiedName: operation.kind === 'import' ? operation.name : operation.qualifiedName,
      method: methodOf(operation),
      parameters: parameters.map(({ name, type, nullable }) => ({ name, ...names.item(type), nullable })),
      ...(operation.returnType === undefined ? {} : { returnType: names.item(operation.returnType).type }),
    };
    if (!operation.bindable) {
      const name = operation.kind === 'import' ? operation.name : published.get(operation.qualifiedName);
      return name === undefined ? [] : [{ name, ...bare, qualifiedName: name, boundToCollection: false }];
    }
    const bound = binding === undefined ? { type: '', collection: operation.returnType?.startsWith('Collection(') === true } : names.item(binding);
    const owners = binding === undefined ? [operation.set ?? ''].filter((set) => sets.has(set)) : (setsOfType.get(bound.type) ?? []);
    return owners.map((boundSet) => ({ name: operation.name, ...bare, boundSet, boundToCollection: bound.collection }));
  });
}

/** Most name their binding parameter first; some 1C documents name the set instead. */
function bindingOf(operation: OperationDeclaration): { binding?: string; parameters: OperationDeclaration['parameters'] } {
  if (!operation.bindable) return { parameters: operation.parameters };
  if (operation.kind === 'import' && operation.set !== undefined && operation.parameters[0]?.name !== 'bindingParameter') return { parameters: operation.parameters };
  const [first, ...rest] = operation.parameters;
  return first === undefined ? { parameters: [] } : { binding: first.type, parameters: rest };
}

function methodOf(operation: OperationDeclaration): 'GET' | 'POST' {
  if (operation.kind !== 'import') return operation.kind === 'action' ? 'POST' : 'GET';
  if (operation.method !== undefined) return operation.method.toUpperCase() === 'GET' ? 'GET' : 'POST';
  return operation.sideEffecting ? 'POST' : 'GET';
}
