/** Compiles checked filters to SQL. A condition is true in SQL exactly when `matches` is true of the record. */
import type { Filter } from '../../../core/query.ts';
import { queriedAttribute, type Queried } from '../../../core/filter.ts';
import { attributeNamed } from '../../../core/template-catalogue.ts';
import type { LinkAttribute, Scalar, ScalarType, Template } from '../../../core/template.ts';
import { boundScalar } from './bound-scalar.ts';
import { indexGuard } from './index-guard.ts';
import { escapedLike } from './like.ts';
import { rolesSql } from './order-sql.ts';
import type { Parameters } from './parameters.ts';
import { column, linkTable, ownsColumn, relationColumn, table } from './physical-names.ts';

/** The alias of the queried table in every text. */
const row = 'r';

export function filterSql(template: Template, filter: Filter, parameters: Parameters): string {
  switch (filter.op) {
    case 'and':
      return joined(template, filter.of, ' AND ', 'TRUE', parameters);
    case 'or':
      return joined(template, filter.of, ' OR ', 'FALSE', parameters);
    case 'not':
      // Also true where the inner condition is unknown, because an attribute is empty.
      return `(${filterSql(template, filter.of, parameters)}) IS NOT TRUE`;
    case 'isNull':
      return emptySql(template, filter.attribute, true);
    case 'isNotNull':
      return emptySql(template, filter.attribute, false);
    case 'linked':
      return linkedSql(template, filter, parameters);
    case 'linksTo':
      return linksToSql(template, filter, parameters);
    case 'in':
      return inSql(template, filter.attribute, filter.value, parameters);
    default: {
      const value = isList(filter.value) ? filter.value : bound(template, filter.attribute, filter.value);
      const condition = comparisonSql(valueSql(template, filter.attribute), filter.op, value, parameters);
      return `${indexGuard(template, filter.attribute, filter.op, value, parameters)}${condition}`;
    }
  }
}

function joined(template: Template, parts: readonly Filter[], by: string, none: string, parameters: Parameters): string {
  return parts.length === 0 ? none : parts.map((part) => `(${filterSql(template, part, parameters)})`).join(by);
}

type Single = Extract<Filter, { value: unknown }>;

function comparisonSql(sql: string, op: Exclude<Single['op'], 'in'>, value: Single['value'], parameters: Parameters): string {
  if (isList(value)) throw new Error('a list is compared by `in` only; filters are checked before they are compiled');
  if (value === null) return op === 'ne' ? `${sql} IS NOT NULL` : `${sql} IS NULL`;
  switch (op) {
    case 'ne':
      return `${sql} IS DISTINCT FROM ${parameters.add(value)}`;
    case 'contains':
      return `${sql} LIKE ${parameters.add(`%${escapedLike(String(value))}%`)}`;
    case 'startsWith':
      return `${sql} LIKE ${parameters.add(`${escapedLike(String(value))}%`)}`;
    default:
      return `${sql} ${operators[op]} ${parameters.add(value)}`;
  }
}

const operators = { eq: '=', lt: '<', le: '<=', gt: '>', ge: '>=' } as const;

const bound = (template: Template, attribute: string, value: Scalar): Scalar => {
  const queried = queriedAttribute(template, attribute);
  return queried.kind === 'value' ? boundScalar(queried.type, value) : value;
};

const listTypes: Readonly<Record<ScalarType | 'id', string>> = {
  text: 'text[]', number: 'numeric[]', boolean: 'boolean[]', date: 'date[]', dateTime: 'timestamptz[]', duration: 'interval[]',
  enum: 'text[]', hyperlink: 'text[]', account: 'uuid[]', role: 'text[]', timeZone: 'text[]', document: 'text[]', image: 'text[]', id: 'uuid[]',
};

function inSql(template: Template, attribute: string, value: Single['value'], parameters: Parameters): string {
  const queried = queriedAttribute(template, attribute);
  if (!isList(value) || queried.kind !== 'value') throw new Error('`in` needs a list and a single value; filters are checked before they are compiled');
  const sql = valueSql(template, attribute);
  const filled = value.filter((item) => item !== null).map((item) => boundScalar(queried.type, item));
  const guard = indexGuard(template, attribute, 'in', filled, parameters);
  const found = filled.length === 0 ? 'FALSE' : `${guard}${sql} = ANY(${parameters.addList(filled)}::${listTypes[queried.type]})`;
  return filled.length === value.length ? found : `(${found}) OR ${sql} IS NULL`;
}

const isList = (value: Single['value']): value is readonly Scalar[] => Array.isArray(value);

function emptySql(template: Template, attribute: string, empty: boolean): string {
  const queried = queriedAttribute(template, attribute);
  if (queried.kind === 'links') return `${empty ? 'NOT ' : ''}EXISTS (SELECT 1 FROM ${linkSource(queried.link).from})`;
  return `${valueSql(template, attribute)} IS ${empty ? '' : 'NOT '}NULL`;
}

/** Written so that the named record is looked up first; of roles so that an index of their names is used. */
function linkedSql(template: Template, { attribute, record: named }: Extract<Filter, { op: 'linked' }>, parameters: Parameters): string {
  const queried: Queried = queriedAttribute(template, attribute);
  if (queried.kind === 'value') throw new Error('`linked` needs a multiple link or roles; filters are checked before they are compiled');
  if (queried.kind === 'roles') return `${rolesSql(`${row}.${column(queried.scalar)}`)} @> ${parameters.addList([named])}::text[]`;
  return linkedRecordSql(queried.link, parameters.add(named));
}

function linkedRecordSql(link: LinkAttribute, record: string): string {
  const { relation } = link;
  if (relation.storage === 'column') return `${row}.id = (SELECT o.${relationColumn(relation)} FROM ${table(relation.owner)} AS o WHERE o.id = ${record})`;
  const [own, far] = link.side === 'owner' ? ['owner', 'other'] : ['other', 'owner'];
  return `EXISTS (SELECT 1 FROM ${linkTable(relation)} AS l WHERE l.${own} = ${row}.id AND l.${far} = ${record})`;
}

/** The inner condition has the alias to itself: nothing in it names the outer row. */
function linksToSql(template: Template, { attribute: name, target, where }: Extract<Filter, { op: 'linksTo' }>, parameters: Parameters): string {
  const link = attributeNamed(template, name);
  if (link?.kind !== 'link' || link.target !== target.id) throw new Error(`${name} does not link to ${target.name}`);
  const found = `(SELECT ${row}.id FROM ${table(target.id)} AS ${row} WHERE ${filterSql(target, where, parameters)})`;
  if (!link.multiple) return `${valueSql(template, name)} IN ${found}`;
  const { from, id } = linkSource(link);
  return `EXISTS (SELECT 1 FROM ${from} AND ${id} IN ${found})`;
}

/** Where the ids of a link that is stored elsewhere come from, for the record in `r`. */
export function linkSource(link: LinkAttribute): { from: string; id: string; order: string } {
  const { relation } = link;
  if (relation.storage === 'column') return { from: `${table(relation.owner)} AS o WHERE o.${relationColumn(relation)} = ${row}.id`, id: 'o.id', order: 'o.created_at, o.id' };
  const [own, far] = link.side === 'owner' ? ['owner', 'other'] : ['other', 'owner'];
  return { from: `${linkTable(relation)} AS l WHERE l.${own} = ${row}.id`, id: `l.${far}`, order: 'l.position' };
}

const systemColumns: Readonly<Record<string, string>> = {
  id: 'id',
  _version: 'version',
  _createdAt: 'created_at',
  _createdBy: 'created_by',
  _changedAt: 'changed_at',
  _changedBy: 'changed_by',
  _archived: 'archived',
  _origin: 'origin',
};

/** An SQL expression for the attribute's single value. */
export function valueSql(template: Template, name: string): string {
  const attribute = attributeNamed(template, name);
  if (attribute === undefined) return `${row}.${Object.hasOwn(systemColumns, name) ? systemColumns[name] : 'id'}`;
  if (attribute.kind === 'scalar') return `${row}.${column(attribute)}`;
  if (ownsColumn(attribute)) return `${row}.${relationColumn(attribute.relation)}`;
  const { from, id } = linkSource(attribute);
  return `(SELECT ${id} FROM ${from})`;
}
