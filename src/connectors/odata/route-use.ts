/** Which fields of its set a route names, and where: so that a change of the set can be told to whom it concerns. */
import { Failure, type RouteTrees, type RouteUse, type SchemaTree } from '../../sdk/index.ts';
import { thisItem } from './condition.ts';
import { parseFilter, type Filter } from './filter.ts';

type Named = RouteUse['fields'][number];

interface QueryFields {
  set: string;
  select?: readonly string[] | undefined;
  expand?: readonly string[] | undefined;
  orderBy?: readonly string[] | undefined;
  filter?: unknown;
}

export function queryUse({ set, select = [], expand = [], orderBy = [], filter }: QueryFields, { response }: RouteTrees): RouteUse {
  return {
    object: set,
    fields: [
      ...select.flatMap((name, index) => selected(name, `select[${index}]`)),
      ...expand.map((name, index) => read(name.split(/[/(]/, 1)[0] ?? name, `expand[${index}]`)),
      ...orderBy.map((text, index) => read(text.split(' ', 1)[0] ?? text, `orderBy[${index}]`)),
      ...filterFields(filter),
      ...treeFields(response['rows']?.fields, 'response.rows', false),
    ],
  };
}

export const getUse = ({ set, select = [] }: Pick<QueryFields, 'set' | 'select'>, { response }: RouteTrees): RouteUse => ({
  object: set,
  fields: [...select.flatMap((name, index) => selected(name, `select[${index}]`)), ...treeFields(response['row']?.fields, 'response.row', false)],
});

export const writeUse = ({ set }: { set: string }, { request, response }: RouteTrees): RouteUse => ({
  object: set,
  // The version of a row is told beside its fields.
  fields: [...treeFields(request, 'request', true).filter(({ path }) => path !== 'etag'), ...treeFields(response['row']?.fields, 'response.row', false)],
});

const read = (path: string, place: string): Named => ({ path, place, writes: false });

function selected(name: string, place: string): readonly Named[] {
  return name === '*' || name === '**' ? [] : [read(name.replace(/____Presentation$/, ''), place)];
}

function treeFields(tree: SchemaTree | undefined, place: string, writes: boolean, above = ''): readonly Named[] {
  return Object.entries(tree ?? {}).flatMap(([name, node]) => {
    const path = above + name.replace(/@odata\.bind$/, '').replace(/____Presentation$/, '');
    return [{ path, place: `${place}.${name}`, writes }, ...treeFields(node.fields, `${place}.${name}`, writes, `${path}/`)];
  });
}

function filterFields(document: unknown): readonly Named[] {
  if (document === undefined) return [];
  try {
    return namedIn(parseFilter(document), 'filter', '');
  } catch (error) {
    if (error instanceof Failure) return []; // said where the route is published
    throw error;
  }
}

function namedIn(filter: Filter, place: string, above: string): readonly Named[] {
  switch (filter.op) {
    case 'and':
    case 'or': return filter.of.flatMap((part, index) => namedIn(part, `${place}.of[${index}]`, above));
    case 'not': return namedIn(filter.of, `${place}.of`, above);
    case 'any':
    case 'all': return [read(above + filter.field, place), ...namedIn(filter.of, `${place}.of`, `${above}${filter.field}/`)];
    // A plain value inside a collection is the collection's.
    default: return filter.field === thisItem ? [] : [read(above + filter.field, place)];
  }
}
