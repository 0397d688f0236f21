/** A row of nothing, for tests that make one in 1C itself. */
import type { Base } from '../../demo/onec/base.ts';
import { emptyOf, type Row } from '../../demo/onec/row.ts';

export function emptyRowOf(base: Base, set: string): Row {
  const role = base.role(set);
  if (role === undefined) throw new Error(`there is no set ${set}`);
  return Object.fromEntries([...role.shape.properties.values()].map(({ name, type }) => [name, emptyOf(type)]));
}
