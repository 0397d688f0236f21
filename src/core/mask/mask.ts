/** What a text attribute may hold besides any text: a kind of number or address with rules of its own, or a pattern. */
import type { FailureCode } from '../errors.ts';
import { emailOf } from './email.ts';
import { matchesPattern, type PatternMask } from './pattern.ts';
import { phoneOf } from './phone.ts';
import { innOf, kppOf, ogrnipOf, ogrnOf, passportOf, postcodeOf } from './registry-number.ts';

export const namedMasks = ['phone', 'email', 'inn', 'kpp', 'ogrn', 'ogrnip', 'postcode', 'passport'] as const;
export type NamedMask = (typeof namedMasks)[number];

/** A name of the list, or a pattern of the mini-language of `pattern.ts`. */
export type Mask = NamedMask | PatternMask;

export const isNamedMask = (text: string): text is NamedMask => namedMasks.some((known) => known === text);

interface Rule {
  /** The text as it is kept, or undefined when it breaks the rule. */
  read(text: string): string | undefined;
  code: FailureCode;
}

const rules: Readonly<Record<NamedMask, Rule>> = {
  phone: { read: phoneOf, code: 'record.phone' },
  email: { read: emailOf, code: 'record.email' },
  inn: { read: innOf, code: 'record.inn' },
  kpp: { read: kppOf, code: 'record.kpp' },
  ogrn: { read: ogrnOf, code: 'record.ogrn' },
  ogrnip: { read: ogrnipOf, code: 'record.ogrnip' },
  postcode: { read: postcodeOf, code: 'record.postcode' },
  passport: { read: passportOf, code: 'record.passport' },
};

/** The text as it is kept, or the code of the broken rule, whose text says it with an example. */
export function maskedText(mask: Mask, text: string): { kind: 'kept'; text: string } | { kind: 'broken'; code: FailureCode; pattern: string } {
  if (typeof mask !== 'string') return matchesPattern(mask, text) ? { kind: 'kept', text } : { kind: 'broken', code: 'record.pattern', pattern: mask.pattern };
  const kept = rules[mask].read(text);
  return kept === undefined ? { kind: 'broken', code: rules[mask].code, pattern: '' } : { kind: 'kept', text: kept };
}
