/** The description of a service as people browse it and as it is compared with an earlier one. */
import { readUrl, type MetadataDocument, type RemoteField, type RemoteMetadata, type RemoteObject } from '../../sdk/index.ts';
import { dialectRules } from './dialect.ts';
import type { EdmModel, EdmProperty, EntitySet, StructuredType } from './edm.ts';
import { metadataAddress } from './metadata-fetch.ts';
import { readMetadataPatiently } from './metadata.ts';
import type { Connection } from './service-context.ts';
import { baseOf, openService, type ServiceContext } from './service.ts';

export async function fetchDocument(context: ServiceContext, signal: AbortSignal): Promise<MetadataDocument> {
  const service = openService(context);
  try {
    return await service.document(signal);
  } finally {
    await service.close();
  }
}

/** Where the description of a service with these properties is. */
export const documentAddress = ({ url }: Pick<Connection, 'url'>): string => metadataAddress(baseOf(readUrl('', url)));

export async function readDocument(connection: string, { bytes, address }: MetadataDocument, signal: AbortSignal): Promise<RemoteMetadata> {
  return remoteMetadata(await readMetadataPatiently({ connection, address }, bytes, signal));
}

export function remoteMetadata(model: EdmModel): RemoteMetadata {
  const reader = new ObjectReader(model);
  return {
    title: dialectRules[model.dialect].title,
    objects: [...model.sets.values()].map((set) => reader.object(set)),
    types: { rows: countOf(model, 'entity'), complex: countOf(model, 'complex') },
    enums: [...model.enums.values()],
    functions: model.functions.map(({ name, boundSet, method, parameters, returnType }) => ({
      name, acts: method === 'POST', parameters: parameters.map((each) => ({ name: each.name, type: typeName(each) })),
      ...(boundSet === undefined ? {} : { object: boundSet }), ...(returnType === undefined ? {} : { returns: returnType }),
    })),
    warnings: model.warnings,
  };
}

const countOf = ({ types }: EdmModel, kind: StructuredType['kind']): number => [...types.values()].filter((type) => type.kind === kind).length;

const typeName = ({ type, collection }: { type: string; collection: boolean }): string => (collection ? `Collection(${type})` : type);

/** Types are shared by sets and properties: each is read once. */
class ObjectReader {
  readonly #model: EdmModel;
  readonly #setsOfType = new Map<string, string[]>();
  readonly #fields = new Map<string, readonly RemoteField[]>();

  constructor(model: EdmModel) {
    this.#model = model;
    for (const { name, type } of model.sets.values()) this.#setsOfType.set(type.name, [...(this.#setsOfType.get(type.name) ?? []), name]);
  }

  object({ name, kind, parentSet, type }: EntitySet): RemoteObject {
    return {
      name, kind, keys: type.keys, fields: this.#fieldsOf(type, []),
      references: [...type.navigations.values()].map((each) => ({ name: each.name, leadsTo: this.#setsOfType.get(each.type) ?? [], many: each.collection })),
      ...(parentSet === undefined ? {} : { partOf: parentSet }),
    };
  }

  #fieldsOf(type: StructuredType, above: readonly string[]): readonly RemoteField[] {
    const known = this.#fields.get(type.name);
    if (known !== undefined) return known;
    // A type inside itself is cut where it would begin again.
    if (above.includes(type.name)) return [];
    const fields = [...type.properties.values()].map((property) => this.#field(property, [...above, type.name]));
    this.#fields.set(type.name, fields);
    return fields;
  }

  #field({ name, type, collection, nullable, maxLength, precision, scale, role }: EdmProperty, above: readonly string[]): RemoteField {
    const members = this.#model.enums.get(type)?.members;
    const inner = this.#model.types.get(type);
    return {
      name, type, nullable, many: collection, role: role.kind === 'ref' ? 'reference' : role.kind,
      ...(maxLength === undefined ? {} : { maxLength }), ...(precision === undefined ? {} : { precision }), ...(scale === undefined ? {} : { scale }),
      ...(role.kind === 'ref' ? { leadsTo: role.sets } : {}), ...(role.kind === 'composite' ? { typeField: role.typeProperty } : {}),
      ...(members === undefined ? {} : { members }), ...(inner === undefined ? {} : { fields: this.#fieldsOf(inner, above) }),
    };
  }
}
