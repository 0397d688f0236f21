/** Reads the properties of a route once and remembers the result for as long as the same object is handed in. */
import type { ValueObject } from '../core/value.ts';
import { parseSpec } from './spec-parse.ts';
import type { SpecFields, SpecValues } from './spec.ts';

/** The properties were checked when the route was published; a problem here means that the check was left out. */
export function createPropertyReader<R extends SpecFields>(fields: R, place: string): (properties: ValueObject) => SpecValues<R> {
  const known = new WeakMap<ValueObject, SpecValues<R>>();
  return (properties) => {
    const cached = known.get(properties);
    if (cached !== undefined) return cached;
    const read = parseSpec(fields, properties, place, { openSecret: () => undefined });
    known.set(properties, read);
    return read;
  };
}
