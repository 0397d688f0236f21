/** What a spec must have before anybody sees its form. Run by the contract suite over every connector. */
import { parseSpec } from './spec-parse.ts';
import { Secret } from './secret.ts';
import type { SpecField, SpecFields } from './spec.ts';

/** Findings in words, empty when the spec is good. */
export function lintSpec(fields: SpecFields, place: string): readonly string[] {
  return Object.entries(fields).flatMap(([name, field]) =>
    [...wording(name, field), ...examples(name, field), ...bounds(field), ...conditions(fields, field)].map((finding) => `${place}.${name}: ${finding}`));
}

function wording(name: string, field: SpecField): string[] {
  const findings: string[] = [];
  if (!/^[a-z][A-Za-z0-9]*$/.test(name)) findings.push('the name is not camelCase');
  if (!/[А-Яа-яЁё]/.test(field.title.ru) && !/^[A-Z0-9 -]+$/.test(field.title.ru)) findings.push('the Russian title has no Russian word');
  if (field.title.en.trim() === '') findings.push('the English title is empty');
  if (field.description === undefined) findings.push('there is no description');
  else if (!/[А-Яа-яЁё]/.test(field.description.ru) || field.description.en.trim() === '') findings.push('the description lacks a language');
  return findings;
}

function examples(name: string, field: SpecField): string[] {
  if (field.type === 'secret') return field.example === undefined ? [] : ['a secret has no example'];
  if (field.type !== 'boolean' && field.example === undefined) return ['there is no example'];
  const samples = [field.example, 'default' in field ? field.default : undefined].filter((sample) => sample !== undefined && sample !== '');
  return samples.filter((sample) => !isAccepted(name, field, sample)).map((sample) => `its own example or default ${JSON.stringify(sample)} is refused`);
}

function isAccepted(name: string, field: SpecField, sample: unknown): boolean {
  try {
    parseSpec({ [name]: field }, { [name]: sample }, 'lint', { openSecret: () => new Secret('') });
    return true;
  } catch {
    return false;
  }
}

function bounds(field: SpecField): string[] {
  if (field.type === 'number' && (field.minimum === undefined || field.maximum === undefined)) return ['a number needs minimum and maximum'];
  if (field.type === 'number' && field.unit === undefined) return ['a number needs a unit'];
  if (field.type === 'enum' && field.values.length < 2) return ['a choice needs two values'];
  return [];
}

function conditions(fields: SpecFields, field: SpecField): string[] {
  return Object.entries(field.when ?? {}).flatMap(([other, values]) => {
    const target = fields[other];
    if (target === undefined) return [`depends on "${other}", which does not exist`];
    if (target.type === 'boolean') return [];
    if (target.type !== 'enum') return [`depends on "${other}", which is no choice`];
    return values.filter((value) => !target.values.includes(String(value))).map((value) => `depends on ${other} = "${String(value)}", which is not a value of it`);
  });
}
