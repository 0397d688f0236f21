/** Saved filters: kept by their owner, used by those whom his roles or theirs allow, and looked at anew whenever they are shown. */
import { randomUUID } from 'node:crypto';
import { savedFilterOperations } from '../../api/saved-filters.ts';
import type { Caller } from '../../core/account.ts';
import { failure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { SavedFilter, SavedFilterContent } from '../../core/saved-filter.ts';
import type { Template } from '../../core/template.ts';
import type { Value, ValueObject } from '../../core/value.ts';
import { failureJson } from './failure-json.ts';
import { good, handle, type Answered, type Handler } from './handler.ts';
import { wantedVersion } from './if-match.ts';
import type { ApiParts } from './parts.ts';
import { RecordDesk } from './record-desk.ts';
import { brokenBy, SavedFilters } from './saved-filter-use.ts';

export function savedFilterHandlers(parts: ApiParts): readonly Handler[] {
  const desk = new RecordDesk(parts.engine, parts.configuration);
  const { savedFilters: store } = parts;
  const saved = new SavedFilters(store);

  const changeable = async (caller: Caller, template: Template, id: string): Promise<SavedFilter> => {
    const found = await saved.byId(caller, template, id);
    if (found.owner !== caller.account.id && !caller.rights.administrator) throw failure('savedFilter.notOwner', { name: found.name });
    return found;
  };
  const shown = (caller: Caller, template: Template, filter: SavedFilter, lang: 'ru' | 'en', status = 200): Answered => ({ status, body: filterJson(caller, template, filter, lang), headers: { etag: `"${filter.edit}"` } });
  const lost = (id: string, expected: number | null): Error => failure('http.preconditionFailed', { id, expected: expected ?? '?', actual: '?' });

  return [
    handle(savedFilterOperations.listSavedFilters, async ({ params, caller, lang }) => {
      const template = desk.named(params.template);
      return good({ savedFilters: (await saved.visible(caller, template)).map((filter) => filterJson(caller, template, filter, lang)) });
    }),

    handle(savedFilterOperations.getSavedFilter, async ({ params, caller, lang }) => {
      const template = desk.named(params.template);
      return shown(caller, template, await saved.byId(caller, template, params.filterId), lang);
    }),

    handle(savedFilterOperations.createSavedFilter, async ({ params, body, caller, lang }) => {
      const template = desk.named(params.template);
      const content = contentOf(caller, template, body);
      const created = await store.create({ id: randomUUID(), template: template.id, owner: caller.account.id, ...content }, limits.savedFilters.value);
      if (created === 'taken') throw failure('savedFilter.taken', { name: content.name, template: template.name });
      if (created === 'tooMany') throw failure('savedFilter.tooMany', { limit: limits.savedFilters.value, template: template.name });
      return shown(caller, template, created, lang, 201);
    }),

    handle(savedFilterOperations.changeSavedFilter, async ({ params, body, headers, caller, lang }) => {
      const template = desk.named(params.template);
      const { id } = await changeable(caller, template, params.filterId);
      const content = contentOf(caller, template, body);
      const edit = wantedVersion(headers['if-match']);
      const changed = await store.change(id, edit, content);
      if (changed === 'taken') throw failure('savedFilter.taken', { name: content.name, template: template.name });
      if (changed === null) throw lost(id, edit);
      return shown(caller, template, changed, lang);
    }),

    handle(savedFilterOperations.deleteSavedFilter, async ({ params, headers, caller }) => {
      const { id } = await changeable(caller, desk.named(params.template), params.filterId);
      const edit = wantedVersion(headers['if-match']);
      if (!(await store.remove(id, edit))) throw lost(id, edit);
      return { status: 204 };
    }),
  ];
}

interface Body {
  name: string;
  roles?: string[];
  filter?: Value;
  search?: string;
  sort?: string[];
  archived?: string;
}

/** Throws what is wrong with the filter, as a query would. */
function contentOf(caller: Caller, template: Template, { name, roles = [], filter, search, sort, archived }: Body): SavedFilterContent {
  const definition: ValueObject = { ...(filter === undefined ? {} : { filter }), ...(search === undefined ? {} : { search }), ...(sort === undefined ? {} : { sort }), ...(archived === undefined ? {} : { archived }) };
  const broken = brokenBy(template, definition);
  if (broken !== null) throw broken;
  const foreign = roles.find((role) => !caller.rights.administrator && !caller.rights.roles.includes(role));
  if (foreign !== undefined) throw failure('savedFilter.role', { role: foreign.slice(0, 80) });
  return { name, roles: [...new Set(roles)], definition };
}

function filterJson(caller: Caller, template: Template, { id, name, owner, roles, definition, edit, createdAt, changedAt }: SavedFilter, lang: 'ru' | 'en'): ValueObject {
  const broken = brokenBy(template, definition);
  return { id, name, own: owner === caller.account.id, roles, ...definition, createdAt, changedAt, edit, broken: broken === null ? null : failureJson(broken.toData(), lang) };
}
