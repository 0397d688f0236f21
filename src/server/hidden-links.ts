/**
 * Conditions on links as their reader sees the links: one that leads to a record he may not see is empty to him, and so it is
 * to his conditions. Otherwise a count would tell which records such a link leads to.
 */
import type { Caller } from '../core/account.ts';
import { failure } from '../core/failure.ts';
import { checkFilter } from '../core/filter.ts';
import type { Filter, Sort } from '../core/query.ts';
import { attributeNamed } from '../core/template-catalogue.ts';
import type { Template, TemplateCatalogue } from '../core/template.ts';
import { callerRecords } from './sign-in.ts';

const never: Filter = { op: 'or', of: [] };

export function withoutHiddenLinks(caller: Caller, templates: TemplateCatalogue, template: Template, filter: Filter): Filter {
  switch (filter.op) {
    case 'and':
    case 'or':
      return { op: filter.op, of: filter.of.map((part) => withoutHiddenLinks(caller, templates, template, part)) };
    case 'not':
      return { op: 'not', of: withoutHiddenLinks(caller, templates, template, filter.of) };
    case 'linksTo':
      return filter;
    default: {
      const seen = visibleTarget(caller, templates, template, filter.attribute);
      return seen === undefined ? filter : narrowed(filter, seen);
    }
  }
}

type Condition = Extract<Filter, { attribute: string }>;

/** `seen`: that the link leads to something the caller may see. */
function narrowed(filter: Condition, seen: (where?: Filter) => Filter): Filter {
  switch (filter.op) {
    case 'isNotNull':
      return seen();
    case 'isNull':
      return { op: 'not', of: seen() };
    case 'linked':
      return seen({ op: 'eq', attribute: 'id', value: filter.record });
    case 'eq':
      return filter.value === null ? { op: 'not', of: seen() } : { op: 'and', of: [filter, seen()] };
    case 'ne':
      return filter.value === null ? seen() : { op: 'not', of: { op: 'and', of: [{ ...filter, op: 'eq' }, seen()] } };
    default:
      return { op: 'and', of: [filter, seen()] };
  }
}

/** Undefined for what is no link, or leads to a template that is wholly open. */
function visibleTarget(caller: Caller, templates: TemplateCatalogue, template: Template, name: string): ((where?: Filter) => Filter) | undefined {
  const link = attributeNamed(template, name);
  const target = link?.kind === 'link' ? templates.byId(link.target) : undefined;
  if (target === undefined) return undefined;
  const access = callerRecords(caller, target.name, 'read');
  if (access === null) return () => never;
  const { filter } = access;
  if (filter === null) return undefined;
  return (where) => ({ op: 'linksTo', attribute: name, target, where: checkFilter(target, where === undefined ? filter : { op: 'and', of: [where, filter] }) });
}

/** An order by such a link would be one by what may not be seen. */
export function assertSortable(caller: Caller, templates: TemplateCatalogue, template: Template, sort: readonly Sort[]): void {
  for (const { attribute } of sort) if (visibleTarget(caller, templates, template, attribute) !== undefined) throw failure('query.sort', { attribute, detail: 'access' });
}

/** What an aggregate may see behind the links it names. */
export function readableTargets(caller: Caller, templates: TemplateCatalogue, template: Template, names: readonly string[]): Readonly<Record<string, Filter | null>> {
  return Object.fromEntries(names.flatMap((name): [string, Filter | null][] => {
    const link = attributeNamed(template, name);
    const target = link?.kind === 'link' ? templates.byId(link.target) : undefined;
    if (target === undefined) return [];
    const access = callerRecords(caller, target.name, 'read');
    return access?.filter === null ? [] : [[name, access?.filter ?? null]];
  }));
}
