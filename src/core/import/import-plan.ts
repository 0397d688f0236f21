/** What becomes of the columns of a table file: checked against the template before anything is read. Pure. */
import { failure, type Failure, type Problem } from '../failure.ts';
import { nearestKnown } from '../nearest-known.ts';
import { attributeNamed } from '../template-catalogue.ts';
import type { Template, TemplateCatalogue } from '../template.ts';

/** One column: the attribute it fills; a link may name its record by a key of the other template. */
export interface ImportColumn {
  header: string;
  attribute: string;
  key: string | null;
}

/** By header: the attribute, `link.key`, or null for a column that is left out. Columns that are not named go by their header. */
export type ColumnNames = Readonly<Record<string, string | null>>;

/** In the order of the file; null for a column that is left out. Throws `import.columns` with everything that is wrong. */
export function importColumns(headers: readonly string[], names: ColumnNames, by: readonly string[], template: Template, templates: TemplateCatalogue): readonly (ImportColumn | null)[] {
  const problems: Problem[] = [];
  const add = (path: string, problem: Pick<Failure, 'code' | 'parameters'>): void => void problems.push({ path, code: problem.code, parameters: problem.parameters });
  for (const name of Object.keys(names)) if (!headers.includes(name)) add(name, failure('import.noColumn', { column: name, nearest: nearestKnown(name, headers) }));
  const columns = headers.map((header) => {
    const target = Object.hasOwn(names, header) ? names[header] : header;
    if (target === null || target === undefined) return null;
    const [attribute = '', key = null] = target.split('.', 2);
    const wrong = columnProblem({ header, attribute, key }, template, templates);
    if (wrong !== null) add(header, wrong);
    return { header, attribute, key };
  });
  const filled = columns.flatMap((column) => (column === null ? [] : [column.attribute]));
  for (const [index, attribute] of filled.entries()) if (filled.indexOf(attribute) < index) add(attribute, failure('import.twice', { attribute }));
  for (const attribute of by) if (!filled.includes(attribute)) add(attribute, failure('import.keyNotThere', { attribute, columns: headers.join(', ').slice(0, 500) }));
  if (problems.length > 0) throw failure('import.columns', { template: template.name, count: problems.length }, { problems });
  return columns;
}

function columnProblem({ header, attribute, key }: ImportColumn, template: Template, templates: TemplateCatalogue): Failure | null {
  const found = attributeNamed(template, attribute);
  if (found === undefined) return failure('import.unknownColumn', { column: header, attribute, template: template.name, nearest: nearestKnown(attribute, template.attributes.map(({ name }) => name)) });
  if (key === null) return null;
  if (found.kind !== 'link' || found.multiple) return failure('import.noLink', { column: header, attribute });
  const target = templates.byId(found.target);
  if (target !== undefined && attributeNamed(target, key)?.kind === 'scalar') return null;
  return failure('import.unknownColumn', { column: header, attribute: key, template: target?.name ?? '', nearest: nearestKnown(key, target?.attributes.map(({ name }) => name) ?? []) });
}
