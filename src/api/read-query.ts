/** Turns the parameters of an address, which are all texts, into the values that their fields declare. */
import type { Value, ValueObject } from '../core/value.ts';
import type { InputSchema } from './check-input.ts';

/** What cannot be converted stays a text, so that the check names it. A list is repeated, or one text with commas. */
export function readQuery(schema: InputSchema, pairs: readonly (readonly [name: string, value: string])[]): ValueObject {
  const values: Record<string, Value> = Object.create(null);
  const given = new Map<string, string[]>();
  for (const [name, value] of pairs) given.set(name, [...(given.get(name) ?? []), value]);
  for (const [name, texts] of given) {
    const field = Object.hasOwn(schema.properties ?? {}, name) ? schema.properties?.[name] : undefined;
    if (field?.type === 'array') values[name] = texts.length > 1 || field['x-repeated'] === true ? texts : (texts[0] ?? '').split(',').filter((text) => text !== '');
    else values[name] = texts.length > 1 ? texts : scalar(field, texts[0] ?? '');
  }
  return values;
}

function scalar(field: InputSchema | undefined, text: string): Value {
  if ((field?.type === 'integer' || field?.type === 'number') && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (field?.type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}
