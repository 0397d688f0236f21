/** Names that whoever starts a base gives must be names of it: a right on a misspelt set would protect nothing. */
import type { PlanContents } from './change-queue.ts';
import type { Base } from './base.ts';
import type { User } from './rights.ts';

/** Throws an Error that names what is wrong. */
export function checkNames(base: Base, users: readonly User[], plans: PlanContents, unpublished: readonly string[]): void {
  const sets = (names: Iterable<string> = []): void => {
    for (const name of names) if (!base.role(name)) throw new Error(`there is no set ${name}`);
  };
  const fields = (names: Iterable<string> = []): void => {
    for (const name of names) {
      const [set = '', field = ''] = name.split('.');
      sets([set]);
      if (!base.role(set)?.shape.properties.has(field)) throw new Error(`the set ${set} has no field ${field}: say SET.FIELD`);
    }
  };
  for (const { unreadable, unwritable, restricted, hiddenFields, unwritableFields } of users) {
    for (const names of [unreadable, unwritable, restricted]) sets(names);
    for (const names of [hiddenFields, unwritableFields]) fields(names);
  }
  sets(unpublished);
  sets(plans.keys());
  for (const names of plans.values()) sets(names);
}
