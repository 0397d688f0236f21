/** Finding saved filters for whoever asks, and putting them into his query. */
import type { Caller } from '../../core/account.ts';
import { Failure, failure } from '../../core/failure.ts';
import { checkFilter, queriedAttribute } from '../../core/filter.ts';
import { nearestKnown } from '../../core/nearest-known.ts';
import type { Filter } from '../../core/query.ts';
import { readFilter } from '../../core/read-filter.ts';
import type { SavedFilter, SavedFilterStore } from '../../core/saved-filter.ts';
import { readSearch } from '../../core/search.ts';
import type { Template } from '../../core/template.ts';
import type { Value, ValueObject } from '../../core/value.ts';

export class SavedFilters {
  readonly #store: SavedFilterStore;

  constructor(store: SavedFilterStore) {
    this.#store = store;
  }

  visible(caller: Caller, template: Template): Promise<readonly SavedFilter[]> {
    return this.#store.list(template.id, { account: caller.account.id, roles: caller.rights.roles, all: caller.rights.administrator });
  }

  async byId(caller: Caller, template: Template, id: string): Promise<SavedFilter> {
    const all = await this.visible(caller, template);
    const found = all.find((filter) => filter.id === id.toLowerCase());
    if (found === undefined) throw unknown(template, id, all);
    return found;
  }

  /** What was asked together with the saved filter it names: all conditions hold, an order of the asker's own goes first. */
  async joined<T extends Asked>(caller: Caller, template: Template, { savedFilter: name, ...asked }: T & { savedFilter?: string }, conditions: readonly Filter[]): Promise<{ conditions: readonly Filter[]; fields: Omit<T & { savedFilter?: string }, 'savedFilter'> & Asked }> {
    if (name === undefined) return { conditions, fields: asked };
    const saved = await this.#named(caller, template, name);
    const broken = brokenBy(template, saved.definition);
    if (broken !== null) throw failure('savedFilter.broken', { name: saved.name, template: template.name, reason: broken.message }, { cause: broken });
    const { filter, search, sort, archived } = partsOf(saved.definition);
    const words = [search, asked.search].filter((text) => text !== undefined).join(' ');
    const fields = {
      ...asked,
      ...(words === '' ? {} : { search: words }),
      ...(asked.sort === undefined && sort !== undefined ? { sort } : {}),
      ...(asked.archived === undefined && archived !== undefined ? { archived } : {}),
    };
    return { conditions: filter === undefined ? conditions : [...conditions, filter], fields };
  }

  /** One's own before those of others. */
  async #named(caller: Caller, template: Template, name: string): Promise<SavedFilter> {
    const all = await this.visible(caller, template);
    const own = all.find((filter) => filter.name === name && filter.owner === caller.account.id);
    const found = own === undefined ? all.filter((filter) => filter.id === name.toLowerCase() || filter.name === name) : [own];
    if (found.length > 1) throw failure('savedFilter.several', { name: name.slice(0, 80), template: template.name, count: found.length });
    if (found[0] === undefined) throw unknown(template, name, all);
    return found[0];
  }
}

export interface Asked {
  search?: string;
  sort?: string[];
  archived?: 'without' | 'with' | 'only';
}

const unknown = (template: Template, name: string, all: readonly SavedFilter[]): Failure =>
  failure('savedFilter.unknown', { template: template.name, name: name.slice(0, 80), nearest: nearestKnown(name, all.map((filter) => filter.name)) });

/** Why the filter does not fit the template, as it is now; null when it does. */
export function brokenBy(template: Template, definition: ValueObject): Failure | null {
  try {
    const { filter, search, sort } = partsOf(definition);
    if (filter !== undefined) checkFilter(template, filter);
    if (search !== undefined) readSearch(search);
    if (search !== undefined && !template.attributes.some((attribute) => attribute.kind === 'scalar' && attribute.searchable === true)) throw failure('query.notSearchable', { template: template.name });
    for (const text of sort ?? []) {
      const attribute = text.replace(/^-/, '');
      if (queriedAttribute(template, attribute).kind !== 'value') throw failure('query.sort', { attribute, detail: 'multiple' });
    }
    return null;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

interface Parts extends Asked {
  filter?: Filter;
}

/** Of a definition that was checked when it was saved. */
function partsOf({ filter, search, sort, archived }: ValueObject): Parts {
  return {
    ...(filter === undefined ? {} : { filter: readFilter(filter) }),
    ...(typeof search === 'string' ? { search } : {}),
    ...(Array.isArray(sort) ? { sort: (sort as readonly Value[]).map(String) } : {}),
    ...(archived === 'with' || archived === 'only' || archived === 'without' ? { archived } : {}),
  };
}
