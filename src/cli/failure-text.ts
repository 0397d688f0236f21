/** Failures and findings as lines for a person. */
import type { Finding } from '../core/configuration/object-document.ts';
import { type Failure, type Lang, textOf } from '../core/failure.ts';

export function describeFailure(failed: Failure, lang: Lang): string {
  const lines = failed.problems.map((problem) => `  ${problem.path === '' ? '' : `${problem.path}: `}${textOf(problem.code, problem.parameters, lang)}`);
  return `${[`${failed.text(lang)} [${failed.code}]`, ...lines].join('\n')}\n`;
}

/** `routes/orders.yaml:12:3: …`; for an object that is stored and not in the folder, its kind and name. */
export function describeFinding(finding: Finding, lang: Lang): string {
  const { place } = finding;
  const where = place === undefined ? `${finding.kind ?? ''} ${finding.name ?? ''}${finding.path === '' ? '' : `, ${finding.path}`}` : `${place.file}:${place.line}:${place.column}`;
  return `${where}: ${textOf(finding.code, finding.parameters, lang)}`;
}

/** By file, line and column, so that a person goes through the files once. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  const key = ({ place, kind, name, path }: Finding): string =>
    place === undefined ? `~${kind} ${name} ${path}` : `${place.file}\0${String(place.line).padStart(8, '0')}${String(place.column).padStart(8, '0')}`;
  return [...findings].sort((left, right) => (key(left) < key(right) ? -1 : key(left) > key(right) ? 1 : 0));
}
