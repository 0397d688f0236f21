/** How a template should look in the database: the columns, indexes and constraints of its table, as data. */
import { Decimal } from '../../../core/decimal.ts';
import { isRoleList } from '../../../core/role-list.ts';
import type { Attribute, Relation, Scalar, ScalarAttribute, ScalarType, Template } from '../../../core/template.ts';
import { boundScalar } from './bound-scalar.ts';
import { orderSql, rolesSql } from './order-sql.ts';
import { changedIndex, codeOrderIndex, column, createdIndex, foreignKey, naturalOrderIndex, notEmptyCheck, ownsColumn, plainIndex, relationColumn, rolesIndex, table, uniqueIndex } from './physical-names.ts';

export interface TableShape {
  template: Template;
  columns: readonly ColumnShape[];
}

export interface ColumnShape {
  attribute: Attribute;
  name: string;
  type: string;
  /** SQL literal that fills rows written without the column: older versions know nothing of it. */
  preset: string | null;
  required: boolean;
  /** Name of the CHECK that keeps it filled. */
  check: string;
  unique: { wanted: boolean; index: string };
  /** Indexes that serve orders and conditions; those not wanted are what it had before. */
  orders: readonly { wanted: boolean; index: string; expression: string; method?: 'gin' }[];
  link?: LinkShape;
}

export interface LinkShape {
  /** Index for look-ups and for the foreign key, unless the unique one does it. */
  index: string;
  key: string;
  references: string;
  /** A hidden link may not hold back anybody: its value is emptied when the other record goes. */
  onDelete: 'RESTRICT' | 'SET NULL';
}

/** A link table; `hidden` when no template shows it any more. */
export interface LinkTableShape {
  relation: Relation;
  hidden: boolean;
}

const text = 'text COLLATE "C"';

const typeNames: Readonly<Record<ScalarType, string>> = {
  text, number: 'numeric', boolean: 'boolean', date: 'date', dateTime: 'timestamptz', duration: 'interval', enum: text, hyperlink: text, account: 'uuid', role: text, timeZone: text, document: text, image: text,
};

/** For a cast of texts. */
export const columnType = (type: ScalarType): string => typeNames[type].replace(/ COLLATE .*/, '');

export function tableShape(template: Template): TableShape {
  const shown = template.attributes.flatMap((attribute) => columnShapes(template, attribute, true));
  const hidden = (template.hidden ?? []).flatMap((attribute) => columnShapes(template, attribute, false));
  return { template, columns: [...shown, ...hidden] };
}

function columnShapes(template: Template, attribute: Attribute, shown: boolean): readonly ColumnShape[] {
  const required = shown && attribute.required;
  if (attribute.kind === 'scalar') {
    const wanted = shown && attribute.unique;
    const preset = required && attribute.default !== undefined ? literal(boundScalar(attribute.type, attribute.default)) : null;
    const unique = { wanted, index: uniqueIndex(template.id, attribute.id) };
    return [{ attribute, name: column(attribute), type: typeNames[attribute.type], preset, required, check: notEmptyCheck(template.id, attribute.id), unique, orders: orderIndexes(template, attribute, shown) }];
  }
  if (!ownsColumn(attribute)) return [];
  const { relation } = attribute;
  const unique = { wanted: shown && relation.unique, index: uniqueIndex(template.id, relation.id) };
  const link: LinkShape = { index: plainIndex(template.id, relation.id), key: foreignKey(template.id, relation.id), references: table(relation.other), onDelete: shown ? 'RESTRICT' : 'SET NULL' };
  return [{ attribute, name: relationColumn(relation), type: 'uuid', preset: null, required, check: notEmptyCheck(template.id, relation.id), unique, orders: [], link }];
}

/** Archived records stand apart in each, since hardly any query wants both; the id makes the order total. */
function orderIndexes(template: Template, attribute: ScalarAttribute, shown: boolean): ColumnShape['orders'] {
  const natural = attribute.order === 'natural';
  const listed = isRoleList(attribute);
  const wanted = shown && attribute.indexed === true && !listed;
  const ofRoles = attribute.type !== 'role' ? [] : [{ wanted: listed && shown && attribute.indexed === true, index: rolesIndex(template.id, attribute.id), expression: `(${rolesSql(column(attribute))})`, method: 'gin' as const }];
  return [
    ...ofRoles,
    { wanted: wanted && !natural, index: codeOrderIndex(template.id, attribute.id), expression: `archived, ${orderSql({ ...attribute, order: 'code' }, column(attribute))}, id` },
    { wanted: wanted && natural, index: naturalOrderIndex(template.id, attribute.id), expression: `archived, ${orderSql(attribute, column(attribute))}, id` },
  ];
}

/** Of every record table. */
export const systemIndexes = ({ id }: Template): readonly { index: string; expression: string }[] => [
  { index: createdIndex(id), expression: 'archived, created_at, id' },
  { index: changedIndex(id), expression: 'archived, changed_at, id' },
];

/** Link tables of the given templates, looked at from all of them. */
export function linkTableShapes(all: readonly Template[], concerned: ReadonlySet<string>): readonly LinkTableShape[] {
  const shapes = new Map<string, LinkTableShape>();
  for (const template of all) {
    for (const [attributes, hidden] of [[template.attributes, false], [template.hidden ?? [], true]] as const) {
      for (const attribute of attributes) {
        if (attribute.kind !== 'link' || attribute.relation.storage !== 'table') continue;
        const { relation } = attribute;
        if (!concerned.has(relation.owner) && !concerned.has(relation.other)) continue;
        shapes.set(relation.id, { relation, hidden: hidden && (shapes.get(relation.id)?.hidden ?? true) });
      }
    }
  }
  return [...shapes.values()];
}

/** DDL takes no parameters. Texts of defaults are checked to hold no NUL, and quotes are doubled. */
function literal(value: Scalar): string {
  if (value === null) return 'NULL';
  if (value instanceof Decimal) return value.toFixed();
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  return `'${value.replaceAll("'", "''")}'`;
}
