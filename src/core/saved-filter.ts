/** Conditions on records that a person keeps by a name and may share with roles. They never bring rights: each reader has his own. */
import type { ValueObject } from './value.ts';

export interface SavedFilter {
  id: string;
  /** Id of the template. */
  template: string;
  name: string;
  /** Id of the account. */
  owner: string;
  /** Names of the roles whose holders may use it. */
  roles: readonly string[];
  /** Members of a query as they were given: filter, search, sort, archived. */
  definition: ValueObject;
  edit: number;
  createdAt: string;
  changedAt: string;
}

export type SavedFilterContent = Pick<SavedFilter, 'name' | 'roles' | 'definition'>;

/** Who looks: his own filters, and those that one of his roles may use. */
export interface FilterReader {
  account: string;
  roles: readonly string[];
  /** Sees those of everybody. */
  all: boolean;
}

export interface SavedFilterStore {
  /** Own ones first, then by name. */
  list(template: string, reader: FilterReader): Promise<readonly SavedFilter[]>;
  /** `taken` when the owner has one of that name, `tooMany` when he has enough of them. */
  create(filter: SavedFilterContent & Pick<SavedFilter, 'id' | 'template' | 'owner'>, most: number): Promise<SavedFilter | 'taken' | 'tooMany'>;
  /** `edit` null: whatever is there. Null when it is not there or was saved otherwise meanwhile. */
  change(id: string, edit: number | null, content: SavedFilterContent): Promise<SavedFilter | 'taken' | null>;
  remove(id: string, edit: number | null): Promise<boolean>;
}
