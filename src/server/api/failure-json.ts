/** Failures inside good answers: that of a message, of a step, of a broken object. */
import { Failure, textOf, type FailureData, type Lang, type Problem } from '../../core/failure.ts';
import type { ValueObject } from '../../core/value.ts';

export function failureJson(data: FailureData, lang: Lang): ValueObject {
  const { code, parameters, problems } = Failure.from(data);
  return { code, text: textOf(code, parameters, lang), parameters: { ...parameters }, problems: problems.map((problem) => problemJson(problem, lang)) };
}

export const problemJson = ({ path, code, parameters }: Problem, lang: Lang): ValueObject => ({ path, code, text: textOf(code, parameters, lang) });
