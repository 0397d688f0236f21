/** Which reads find their records by a key alone: an index answers them whatever the size of the table. */
import type { Filter, ReadRequest } from '../../../core/query.ts';
import { attributeNamed } from '../../../core/template-catalogue.ts';
import type { Template, TemplateCatalogue } from '../../../core/template.ts';
import { isUnique } from './indexed.ts';
import { ownsColumn } from './physical-names.ts';

export function isKeyLookup(request: ReadRequest, templates: TemplateCatalogue): boolean {
  switch (request.kind) {
    case 'get':
      return (request.links ?? []).length === 0;
    case 'query': {
      const { template: name, filter, sort, cursor, count, links, search } = request.query;
      const template = templates.byId(name) ?? templates.byName(name);
      const plain = search === undefined && sort.length === 0 && cursor === undefined && count !== true && (links ?? []).length === 0;
      return plain && template !== undefined && filter !== undefined && isKey(template, filter);
    }
    case 'linked':
    case 'records':
    case 'linkedRecords':
    case 'aggregate':
      return false;
    default:
      return request satisfies never;
  }
}

/** Equalities only, and one of them has an index. */
function isKey(template: Template, filter: Filter): boolean {
  const parts = filter.op === 'and' ? filter.of : [filter];
  return parts.every((part) => part.op === 'eq' && part.value !== null) && parts.some((part) => part.op === 'eq' && isKeyColumn(template, part.attribute));
}

function isKeyColumn(template: Template, name: string): boolean {
  const attribute = attributeNamed(template, name);
  return isUnique(template, name) || (attribute !== undefined && ownsColumn(attribute));
}
