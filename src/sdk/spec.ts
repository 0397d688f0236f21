/**
 * The fields of a connection or a route. One declaration gives the type, the validation, the form,
 * the JSON Schema, the reference page and the masking.
 */
import type { Localised } from '../core/localised.ts';
import type { Secret } from './secret.ts';

interface FieldBase {
  title: Localised;
  description?: Localised;
  example?: unknown;
  required?: boolean;
  /** Shown only on request. */
  advanced?: boolean;
  /** A change of this field asks for the secrets again. */
  transport?: boolean;
  /** A text that another system carries out as it is, such as SQL: to write one takes the permission `code.edit`. */
  code?: boolean;
  /** The field matters only while these other fields have one of these values; `required` then holds only under this condition. */
  when?: Readonly<Record<string, readonly (string | boolean)[]>>;
}

export type SpecField =
  | (FieldBase & { type: 'string'; default?: string; pattern?: string; maxLength?: number })
  | (FieldBase & { type: 'secret' })
  | (FieldBase & { type: 'number'; default?: number; minimum?: number; maximum?: number; unit?: string })
  | (FieldBase & { type: 'boolean'; default?: boolean })
  | (FieldBase & { type: 'enum'; values: readonly string[]; default?: string })
  | (FieldBase & { type: 'strings'; default?: readonly string[]; values?: readonly string[] })
  | (FieldBase & { type: 'pairs'; default?: Readonly<Record<string, string>> })
  | (FieldBase & { type: 'json'; default?: unknown });

export type SpecFields = Readonly<Record<string, SpecField>>;

type ValueOf<F extends SpecField> = F extends { type: 'string' } ? string
  : F extends { type: 'secret' } ? Secret
  : F extends { type: 'number' } ? number
  : F extends { type: 'boolean' } ? boolean
  : F extends { type: 'enum'; values: readonly (infer V)[] } ? V
  : F extends { type: 'strings' } ? readonly string[]
  : F extends { type: 'pairs' } ? Readonly<Record<string, string>>
  : unknown;

type Present<F extends SpecField> = F extends { when: object } ? (F extends { default: unknown } ? true : false)
  : F extends { required: true } | { default: unknown } ? true : false;

/** The parsed values: required fields and fields with a default are always there. */
export type SpecValues<S extends SpecFields> =
  { [K in keyof S as Present<S[K]> extends true ? K : never]: ValueOf<S[K]> } &
  { [K in keyof S as Present<S[K]> extends true ? never : K]?: ValueOf<S[K]> };
