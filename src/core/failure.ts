/**
 * A Failure is an expected way for work to go wrong. It has a code from the one catalogue,
 * parameters that name the things involved, an optional cause, and `next`: what the engine does about it.
 * Programmer errors are not Failures: they are plain Errors that crash the unit of work.
 */
import { catalogue, type FailureCode } from './errors.ts';

/** What the engine does after a failure. Times are in milliseconds. */
export type Next =
  | { kind: 'fail' } // this unit of work is over; nobody repeats it by himself
  | { kind: 'retry' } // by the policy of the route
  | { kind: 'retryAfter'; ms: number } // the other side said when
  | { kind: 'reconnect' } // the session is gone: open a new one, then retry
  | { kind: 'park' }; // a person has to look

export type Lang = 'ru' | 'en';

export type FailureParameters = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** One finding about one place of an input; a failure may carry many, so that a person sees all at once. */
export interface Problem {
  /** Path inside the input, like `customer.phone` or `lines[2].qty`; empty for the whole. */
  path: string;
  code: FailureCode;
  parameters: FailureParameters;
}

export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: FailureCode;
  readonly parameters: FailureParameters;
  readonly next: Next;
  readonly problems: readonly Problem[];

  constructor(code: FailureCode, parameters: FailureParameters = {}, options: { next?: Next; cause?: unknown; problems?: readonly Problem[] } = {}) {
    super(textOf(code, parameters, 'en'), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.parameters = parameters;
    this.next = options.next ?? { kind: catalogue[code].next ?? 'fail' };
    this.problems = options.problems ?? [];
  }

  /** The sentence for a person. */
  text(lang: Lang): string {
    return textOf(this.code, this.parameters, lang);
  }

  /** Plain data for journals, replies and stored runs; `Failure.from` reads it back. */
  toData(): FailureData {
    return {
      code: this.code,
      parameters: this.parameters,
      next: this.next,
      ...(this.problems.length > 0 ? { problems: this.problems } : {}),
    };
  }

  static from(data: FailureData): Failure {
    return new Failure(data.code, data.parameters, { next: data.next, problems: data.problems ?? [] });
  }
}

export interface FailureData {
  code: FailureCode;
  parameters: FailureParameters;
  next: Next;
  problems?: readonly Problem[];
}

export const failure = (
  code: FailureCode,
  parameters: FailureParameters = {},
  options: { next?: Next; cause?: unknown; problems?: readonly Problem[] } = {},
): Failure => new Failure(code, parameters, options);

/** Where something is written plainly, by the API or an import: there is no step of a scenario that could be named. */
const plainWrite = /^(?:writes\[\d+\]\.\w+|values|row \d+)$/;
const step = /^(?:Шаг «\{path\}»|Step "\{path\}"): (.)/;

/** Fills `{name}` placeholders of the catalogue's text; a placeholder without a parameter stays visible. */
export function textOf(code: FailureCode, parameters: FailureParameters, lang: Lang): string {
  const { path } = parameters;
  const sentence = typeof path === 'string' && plainWrite.test(path) ? catalogue[code][lang].replace(step, (_, first: string) => first.toUpperCase()) : catalogue[code][lang];
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = parameters[name];
    return value === undefined ? whole : String(value);
  });
}
