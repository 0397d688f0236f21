/** Values that a step or a caller gives for a record, checked against its template. */
import { failure, type Failure, type Problem } from '../failure.ts';
import { checkValues, type CheckedValues } from '../record-values.ts';
import { attributeNamed, nearestAttribute } from '../template-catalogue.ts';
import type { LinkAttribute, Template } from '../template.ts';
import { rolesOf } from '../role-list.ts';
import { roleProblem } from '../role-problem.ts';
import { isObject, type Value, type ValueObject } from '../value.ts';
import { filesGiven } from './file-input.ts';
import { ask, templateById, type Run } from './run.ts';
import type { NamedValues } from './program.ts';
import { dictionary } from './run-state.ts';

/** Members whose expression gives nothing are left out: they leave the attribute as it is. */
export function evaluateNamed(run: Run, named: NamedValues): ValueObject {
  const values = dictionary<Value>();
  for (const [name, program] of named) {
    const value = program.evaluate(run.state.scope.variables);
    if (value !== undefined) values[name] = value;
  }
  return values;
}

/** Throws `run.values` with everything that does not fit. */
export function checkedValues(run: Run, template: Template, values: ValueObject, mode: 'create' | 'update', path: string): CheckedValues {
  const accounts = accountsNamed(run, template, values);
  const files = filesGiven(run, template, values, path);
  const checked = checkValues(template, accounts.named || files.named ? { ...values, ...accounts.ids, ...files.texts } : values, mode);
  const problems = [...foreignRecords(run, template, values), ...accounts.problems, ...files.problems, ...checked.problems, ...unknownRoles(run, template, checked.scalars)];
  if (problems.length > 0) throw failure('run.values', { path, template: template.name }, { problems });
  return checked;
}

/** An account is given by its name or its id; only its id is kept, and only that of an account that is there. */
function accountsNamed(run: Run, template: Template, values: ValueObject): { named: boolean; ids: ValueObject; problems: readonly Problem[] } {
  const ids = dictionary<Value>();
  const problems: Problem[] = [];
  for (const attribute of template.attributes) {
    const given = attribute.kind === 'scalar' && attribute.type === 'account' && Object.hasOwn(values, attribute.name) ? values[attribute.name] : undefined;
    if (typeof given !== 'string') continue;
    const answer = ask(run, `account ${given}`, { kind: 'account', account: given });
    if (answer.kind !== 'account') throw new Error('an account is answered by an account');
    ids[attribute.name] = answer.id;
    if (answer.id === null) problems.push({ path: attribute.name, code: 'record.unknownAccount', parameters: { attribute: attribute.name, account: given.slice(0, 80) } });
  }
  return { named: Object.keys(ids).length > 0, ids, problems };
}

/** Roles are given by their names; each of them has to be there. */
function unknownRoles(run: Run, template: Template, scalars: CheckedValues['scalars']): readonly Problem[] {
  const named = template.attributes.flatMap((attribute) => (attribute.kind === 'scalar' && attribute.type === 'role' ? rolesOf(scalars[attribute.name]).map((role) => ({ attribute: attribute.name, role })) : []));
  if (named.length === 0) return [];
  const roles = [...new Set(named.map(({ role }) => role))].sort();
  const answer = ask(run, `roles ${roles.join(' ')}`, { kind: 'roles', roles });
  if (answer.kind !== 'roles') throw new Error('roles are answered by roles');
  const unknown = new Map(answer.unknown.map((one) => [one.role, one]));
  return named.flatMap(({ attribute, role }) => {
    const found = unknown.get(role);
    return found === undefined ? [] : [roleProblem(attribute, found)];
  });
}

/** A record variable given to a link of another template is a mistake that ids alone would not show. */
function foreignRecords(run: Run, template: Template, values: ValueObject): readonly Problem[] {
  return template.attributes.flatMap((attribute) => {
    const value = attribute.kind === 'link' && Object.hasOwn(values, attribute.name) ? values[attribute.name] : undefined;
    if (attribute.kind !== 'link' || value === undefined) return [];
    const wanted = templateById(run, attribute.target).name;
    const items: readonly Value[] = Array.isArray(value) ? value : [value];
    return items.flatMap((item) => foreignRecord(attribute, item, wanted));
  });
}

function foreignRecord(attribute: LinkAttribute, item: Value, wanted: string): readonly Problem[] {
  const name = isObject(item) && Object.hasOwn(item, '_template') ? item['_template'] : undefined;
  if (typeof name !== 'string' || name === wanted) return [];
  return [{ path: attribute.name, code: 'record.wrongType', parameters: { attribute: attribute.name, expected: wanted, got: name.slice(0, 80) } }];
}

/** A multiple link of the template; the only attributes that can be added to. */
export function multipleLink(template: Template, name: string, path: string): LinkAttribute {
  const attribute = attributeNamed(template, name);
  if (attribute === undefined) throw unknownAttribute(template, name, path);
  if (attribute.kind !== 'link' || !attribute.multiple) throw failure('run.notMultiple', { path, attribute: name, template: template.name });
  return attribute;
}

export const unknownAttribute = (template: Template, name: string, path: string): Failure =>
  failure(
    'run.values',
    { path, template: template.name },
    { problems: [{ path: name, code: 'record.unknownAttribute', parameters: { template: template.name, attribute: name, nearest: nearestAttribute(template, name) } }] },
  );

/** Null and empty lists, as an empty value of the attribute. */
export function emptyOf(template: Template, name: string, path: string): Value {
  const attribute = attributeNamed(template, name);
  if (attribute === undefined) throw unknownAttribute(template, name, path);
  return attribute.kind === 'link' && attribute.multiple ? [] : null;
}
