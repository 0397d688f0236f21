/**
 * Names of tables, columns, constraints and indexes. They are made of ids only, so no system name ever becomes part of SQL,
 * and an error of the database leads back to its attribute.
 */
import type { Attribute, LinkAttribute, Relation, ScalarAttribute, Template, TemplateCatalogue } from '../../../core/template.ts';

export const dataSchema = 'zveno_data';

type Column = Extract<Relation, { storage: 'column' }>;

export const tableName = (templateId: string): string => `r_${id(templateId)}`;
export const table = (templateId: string): string => `${dataSchema}.${tableName(templateId)}`;
export const linkTableName = (relation: Relation): string => `l_${id(relation.id)}`;
export const linkTable = (relation: Relation): string => `${dataSchema}.${linkTableName(relation)}`;
export const columnOf = (attributeId: string): string => `a_${id(attributeId)}`;
export const column = (attribute: ScalarAttribute): string => columnOf(attribute.id);
export const relationColumn = (relation: Column): string => `a_${id(relation.id)}`;

export const primaryKey = (templateId: string): string => `p_${id(templateId)}`;
export const uniqueIndex = (templateId: string, attributeOrRelation: string): string => `u_${id(templateId)}_${id(attributeOrRelation)}`;
export const plainIndex = (templateId: string, relation: string): string => `i_${id(templateId)}_${id(relation)}`;
export const createdIndex = (templateId: string): string => `c_${id(templateId)}`;
export const changedIndex = (templateId: string): string => `m_${id(templateId)}`;
export const codeOrderIndex = (templateId: string, attribute: string): string => `o_${id(templateId)}_${id(attribute)}`;
export const naturalOrderIndex = (templateId: string, attribute: string): string => `q_${id(templateId)}_${id(attribute)}`;
export const rolesIndex = (templateId: string, attribute: string): string => `g_${id(templateId)}_${id(attribute)}`;
export const searchIndex = (templateId: string, shape: string): string => `s_${id(templateId)}_${id(shape)}`;
export const isSearchIndexOf = (templateId: string, index: string): boolean => index.startsWith(`s_${id(templateId)}_`);
export const notEmptyCheck = (templateId: string, attributeOrRelation: string): string => `n_${id(templateId)}_${id(attributeOrRelation)}`;
export const foreignKey = (templateId: string, relation: string): string => `f_${id(templateId)}_${id(relation)}`;
export const linkOwnerKey = (relation: Relation): string => `lo_${id(relation.id)}`;
export const linkOtherKey = (relation: Relation): string => `lt_${id(relation.id)}`;
export const linkPrimaryKey = (relation: Relation): string => `lp_${id(relation.id)}`;
export const linkOtherIndex = (relation: Relation): string => `li_${id(relation.id)}`;

/** The column of an attribute in its own template's table; undefined for links stored elsewhere. */
export function ownColumn(attribute: Attribute): string | undefined {
  if (attribute.kind === 'scalar') return column(attribute);
  return ownsColumn(attribute) ? relationColumn(attribute.relation) : undefined;
}

export const ownsColumn = (attribute: Attribute): attribute is LinkAttribute & { relation: Column } =>
  attribute.kind === 'link' && attribute.relation.storage === 'column' && attribute.side === 'owner';

/** What a violated constraint or index means, in system names. */
export interface ConstraintMeaning {
  kind: 'unique' | 'required' | 'link' | 'id';
  template: string;
  attribute: string;
  /** Of a link: the template it points to. */
  target?: string;
}

/** Undefined for a constraint that is not of a record table. */
export function constraintMeaning(name: string, templates: TemplateCatalogue): ConstraintMeaning | undefined {
  const own = /^([unf])_([0-9a-f]{8})_([0-9a-f]{8})$/.exec(name);
  if (own !== null) return ownMeaning(own[1] ?? '', own[2] ?? '', own[3] ?? '', templates);
  const key = templates.byId(/^p_([0-9a-f]{8})$/.exec(name)?.[1] ?? '');
  if (key !== undefined) return { kind: 'id', template: key.name, attribute: 'id' };
  const relation = /^l[otp]_([0-9a-f]{8})$/.exec(name)?.[1];
  return relation === undefined ? undefined : linkMeaning(relation, templates);
}

function ownMeaning(letter: string, templateId: string, attributeId: string, templates: TemplateCatalogue): ConstraintMeaning | undefined {
  const template = templates.byId(templateId);
  const attribute = template === undefined ? undefined : attributesOf(template).find((candidate) => candidate.id === attributeId || (ownsColumn(candidate) && candidate.relation.id === attributeId));
  if (template === undefined || attribute === undefined) return undefined;
  const about = { template: template.name, attribute: attribute.name };
  if (letter === 'u') return { kind: 'unique', ...about };
  return letter === 'n' ? { kind: 'required', ...about } : { kind: 'link', ...about, ...targetOf(attribute, templates) };
}

function linkMeaning(relation: string, templates: TemplateCatalogue): ConstraintMeaning | undefined {
  for (const template of templates.all()) {
    const attribute = template.attributes.find((candidate) => candidate.kind === 'link' && candidate.relation.id === relation);
    if (attribute !== undefined) return { kind: 'link', template: template.name, attribute: attribute.name, ...targetOf(attribute, templates) };
  }
  return undefined;
}

function targetOf(attribute: Attribute, templates: TemplateCatalogue): { target?: string } {
  const target = attribute.kind === 'link' ? templates.byId(attribute.target)?.name : undefined;
  return target === undefined ? {} : { target };
}

const attributesOf = (template: Template): readonly Attribute[] => [...template.attributes, ...(template.hidden ?? [])];

/** Ids become part of SQL text, so anything else is a mistake of the program. */
function id(text: string): string {
  if (!/^[0-9a-f]{8}$/.test(text)) throw new Error(`not an id of a template or attribute: ${text}`);
  return text;
}
