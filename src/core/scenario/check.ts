/** What is checked of a scenario when it is published: all it names exists and fits, and it can keep what its trigger promises. */
import type { Problem } from '../failure.ts';
import { nearestName } from '../nearest-name.ts';
import { isOwnColumn } from '../record-values.ts';
import { attributeNamed, nearestAttribute } from '../template-catalogue.ts';
import { systemAttributes, type Template, type TemplateCatalogue } from '../template.ts';
import { compileInto } from './compile.ts';
import type { ScenarioDocument, Step } from './document.ts';
import { joinPath, report, type DocumentReader } from './document-reader.ts';
import type { Program } from './program.ts';
import type { ValueProgram } from './value-source.ts';
import { referencesOf, stepsOf, type Reference, type StepPlace } from './walk-steps.ts';
import { attributesOf } from './where.ts';

/** The other objects as they will be published together with the scenario. */
export interface Surroundings {
  templates: TemplateCatalogue;
  routes: readonly { name: string; direction: 'in' | 'out' }[];
  scenarios: readonly ScenarioDocument[];
}

/** Everything that is wrong, by path in the document; empty when the scenario may be published. */
export function checkScenario(document: ScenarioDocument, surroundings: Surroundings): readonly Problem[] {
  const reader: DocumentReader = { source: document.name, problems: [] };
  const values: { path: string; value: ValueProgram }[] = [];
  const program = compileInto(reader, document, (path, value) => values.push({ path, value }));
  const checking: Checking = { reader, document, surroundings, places: stepsOf(document) };
  checkReferences(checking);
  checkTrigger(checking);
  for (const place of checking.places) checkStep(checking, place);
  checkWhere(checking, program);
  checkVariables(checking, values);
  return reader.problems;
}

/** Two active scenarios of one route that both return its response: null when there is at most one. */
export function checkReplies(route: string, active: readonly ScenarioDocument[]): Problem | null {
  const answering = active.filter((document) => document.on.kind === 'message' && document.on.route === route && returnsResponse(document)).map((document) => document.name);
  return answering.length < 2 ? null : { path: '', code: 'scenario.twoReplies', parameters: { route, scenarios: answering.join(', ') } };
}

export const returnsResponse = (document: ScenarioDocument): boolean => stepsOf(document).some(({ step }) => step.kind === 'return' && step.slot === 'response');

interface Checking {
  reader: DocumentReader;
  document: ScenarioDocument;
  surroundings: Surroundings;
  places: readonly StepPlace[];
}

function checkReferences({ reader, document, surroundings }: Checking): void {
  const names: Record<Reference['kind'], readonly string[]> = {
    Template: surroundings.templates.all().map((template) => template.name),
    Route: surroundings.routes.map((route) => route.name),
    Scenario: surroundings.scenarios.map((scenario) => scenario.name),
  };
  for (const { kind, name, path } of referencesOf(document)) {
    const known = names[kind];
    if (!known.includes(name)) report(reader, path, 'config.missingReference', { kind, name, nearest: nearestName(name, known) ?? '—' });
  }
}

function checkTrigger({ reader, document: { on }, surroundings }: Checking): void {
  if (on.kind === 'message') checkDirection(reader, surroundings, on.route, 'in', 'on.message');
  if (on.kind !== 'record') return;
  const template = surroundings.templates.byName(on.template);
  on.attributes.forEach((name, i) => name !== '_archived' && checkAttribute(reader, template, name, `on.attributes[${i}]`));
}

function checkDirection(reader: DocumentReader, surroundings: Surroundings, name: string, needed: 'in' | 'out', path: string): void {
  const route = surroundings.routes.find((candidate) => candidate.name === name);
  if (route !== undefined && route.direction !== needed) report(reader, path, 'scenario.routeDirection', { route: name, direction: route.direction });
}

function checkAttribute(reader: DocumentReader, template: Template | undefined, name: string, path: string, use: 'read' | 'write' = 'read'): void {
  if (template === undefined || attributeNamed(template, name) !== undefined) return;
  const isCalculated = template.calculated?.some((calculated) => calculated.name === name) === true;
  if (isCalculated) report(reader, path, use === 'read' ? 'query.calculated' : 'record.calculated', { template: template.name, attribute: name });
  else report(reader, path, 'record.unknownAttribute', { template: template.name, attribute: name, nearest: nearestAttribute(template, name) });
}

function checkStep(checking: Checking, place: StepPlace): void {
  const { reader, document, surroundings } = checking;
  const { step, path } = place;
  const template = 'template' in step ? surroundings.templates.byName(step.template) : undefined;
  checkNewNames(reader, step, path);
  switch (step.kind) {
    case 'create':
      checkNames(reader, template, Object.keys(step.set), `${path}.set`);
      return checkCreateLink(checking, place, template);
    case 'upsert':
      checkNames(reader, template, Object.keys(step.set), `${path}.set`);
      return checkKey(reader, template, Object.keys(step.by), `${path}.by`);
    case 'find':
      step.sort.forEach(({ attribute }, i) => checkQueried(reader, template, attribute, `${path}.sort[${i}]`));
      step.links.forEach((name, i) => checkAttribute(reader, template, name, `${path}.links[${i}]`));
      return;
    case 'set':
      return checkSet(checking, place);
    case 'clone':
      return checkNames(reader, template, Object.keys(step.set), `${path}.set`);
    case 'archive':
    case 'delete':
      return checkHasContext(checking, place);
    case 'send':
      checkDirection(reader, surroundings, step.route, 'out', `${path}.route`);
      if (isBefore(document) && (step.response !== undefined || step.error !== undefined)) report(reader, path, 'scenario.requestInBefore', {});
      return;
    case 'call':
      return checkCall(checking, step, path);
    case 'return':
      if (document.on.kind === 'record') report(reader, path, 'scenario.returnInTrigger', {});
      return;
    case 'context':
    case 'variables':
    case 'validate':
    case 'conditions':
    case 'forEach':
    case 'repeat':
    case 'try':
    case 'stop':
      return;
    default:
      return step satisfies never;
  }
}

const isBefore = ({ on }: ScenarioDocument): boolean => on.kind === 'record' && on.when === 'before';

const checkNames = (reader: DocumentReader, template: Template | undefined, names: readonly string[], path: string): void =>
  names.forEach((name) => checkAttribute(reader, template, name, joinPath(path, name), 'write'));

function checkQueried(reader: DocumentReader, template: Template | undefined, name: string, path: string): void {
  if (!systemAttributes.some((known) => known === name)) checkAttribute(reader, template, name, path);
}

function checkKey(reader: DocumentReader, template: Template | undefined, names: readonly string[], path: string): void {
  checkNames(reader, template, names, path);
  for (const name of names) {
    const attribute = template === undefined ? undefined : attributeNamed(template, name);
    if (template !== undefined && attribute?.kind === 'link' && !isOwnColumn(attribute)) report(reader, joinPath(path, name), 'run.keyAttribute', { path, template: template.name, attribute: name });
  }
}

function checkCreateLink(checking: Checking, place: StepPlace, template: Template | undefined): void {
  const { reader } = checking;
  if (place.step.kind !== 'create' || place.step.link === undefined) return;
  const path = `${place.path}.link`;
  const context = contextOf(checking, place);
  if (context === null) report(reader, path, 'scenario.noContext', {});
  if (context === null || context === undefined) return;
  const { attribute: name } = place.step.link;
  checkAttribute(reader, context, name, path);
  const attribute = attributeNamed(context, name);
  if (attribute === undefined || template === undefined) return;
  if (attribute.kind !== 'link' || attribute.target !== template.id) report(reader, path, 'scenario.shape', { expected: `${context.name} → ${template.name}` });
}

function checkSet(checking: Checking, place: StepPlace): void {
  const { reader } = checking;
  const { step, path } = place;
  if (step.kind !== 'set') return;
  checkHasContext(checking, place);
  const template = step.record === undefined ? (contextOf(checking, place) ?? undefined) : templateOfVariable(checking, step.record);
  checkNames(reader, template, Object.keys(step.values), `${path}.values`);
  step.clear.forEach((name, i) => checkAttribute(reader, template, name, `${path}.clear[${i}]`, 'write'));
  for (const key of ['add', 'exclude'] as const) {
    for (const name of Object.keys(step[key])) checkMultiple(reader, template, name, `${path}.${key}.${name}`);
  }
}

function checkMultiple(reader: DocumentReader, template: Template | undefined, name: string, path: string): void {
  checkAttribute(reader, template, name, path);
  const attribute = template === undefined ? undefined : attributeNamed(template, name);
  if (template !== undefined && attribute !== undefined && attribute.multiple !== true) report(reader, path, 'run.notMultiple', { path, attribute: name, template: template.name });
}

function checkHasContext(checking: Checking, place: StepPlace): void {
  const { step, path } = place;
  if ((step.kind === 'set' || step.kind === 'delete' || step.kind === 'archive') && step.record === undefined && contextOf(checking, place) === null) report(checking.reader, path, 'scenario.noContext', {});
}

/** The template of the current record; null when there is none, undefined when it is not known. */
function contextOf({ document, surroundings }: Checking, place: StepPlace): Template | null | undefined {
  for (let outer = place.inside; outer !== null; outer = outer.inside) {
    const { step } = outer;
    if (step.kind === 'create' || step.kind === 'upsert' || step.kind === 'clone' || step.kind === 'context') return surroundings.templates.byName(step.template);
  }
  const { on } = document;
  if (on.kind === 'record') return on.change === 'deleted' ? null : surroundings.templates.byName(on.template);
  return on.kind === 'manual' && on.template !== null ? surroundings.templates.byName(on.template) : null;
}

/** `=order` is known to hold an Order when every step that names the variable says so. */
function templateOfVariable({ places, surroundings, document }: Checking, source: unknown): Template | undefined {
  const name = typeof source === 'string' ? /^=\s*([\p{L}_][\p{L}\p{N}_]*)\s*$/u.exec(source)?.[1] : undefined;
  if (name === undefined) return undefined;
  if (document.on.kind === 'record' && name === 'after') return surroundings.templates.byName(document.on.template);
  const naming = places.filter(({ step }) => namesOf(step).includes(name));
  const templates = new Set(naming.map(({ step }) => ('template' in step && !(step.kind === 'find' && !step.one) ? step.template : undefined)));
  const [only] = templates;
  return templates.size === 1 && only !== undefined ? surroundings.templates.byName(only) : undefined;
}

function checkCall({ reader, document, surroundings }: Checking, step: Extract<Step, { kind: 'call' }>, path: string): void {
  const called = surroundings.scenarios.find((scenario) => scenario.name === step.scenario);
  if (called === undefined) return;
  if (called.on.kind !== 'api') report(reader, `${path}.scenario`, 'scenario.notCallable', { scenario: step.scenario });
  if (isBefore(document) && asksForRequest(called, surroundings, new Set())) report(reader, path, 'scenario.requestInBefore', {});
}

function asksForRequest(document: ScenarioDocument, surroundings: Surroundings, seen: Set<string>): boolean {
  if (seen.has(document.name)) return false;
  seen.add(document.name);
  return stepsOf(document).some(({ step }) => {
    if (step.kind === 'send') return step.response !== undefined || step.error !== undefined;
    const called = step.kind === 'call' ? surroundings.scenarios.find((scenario) => scenario.name === step.scenario) : undefined;
    return called !== undefined && asksForRequest(called, surroundings, seen);
  });
}

/** Variables that a step makes. */
function namesOf(step: Step): readonly string[] {
  const names = 'as' in step && step.as !== undefined ? [step.as] : [];
  if (step.kind === 'variables') return [step.set];
  return step.kind === 'send' ? [step.response, step.error].filter((name) => name !== undefined) : names;
}

const reserved = ['context', 'run', 'error'];

function checkNewNames(reader: DocumentReader, step: Step, path: string): void {
  for (const name of namesOf(step)) if (reserved.includes(name)) report(reader, path, 'scenario.reservedVariable', { name });
}

function checkWhere({ reader, places, surroundings }: Checking, program: Program): void {
  const finds = places.filter(({ step }) => step.kind === 'find');
  const compiled = program.instructions.flatMap((instruction) => (instruction.op === 'find' ? [instruction] : []));
  finds.forEach(({ path }, i) => {
    const find = compiled[i];
    if (find === undefined || find.where === null) return;
    const template = surroundings.templates.byName(find.template);
    for (const name of attributesOf(find.where)) checkQueried(reader, template, name, `${path}.where.${name}`);
  });
}

/** Expressions may only read what the trigger or a step gives; what callers of the API pass is not known here. */
function checkVariables({ reader, document, places }: Checking, values: readonly { path: string; value: ValueProgram }[]): void {
  const given = givenVariables(document);
  if (given === null) return;
  const known = new Set([...given, ...reserved, ...places.flatMap(({ step }) => namesOf(step))]);
  for (const { path, value } of values) {
    for (const name of value.reads) {
      if (!known.has(name)) report(reader, path, 'scenario.unknownVariable', { name, nearest: nearestName(name, known) ?? [...known].join(', ') });
    }
  }
}

function givenVariables({ on }: ScenarioDocument): readonly string[] | null {
  if (on.kind === 'message') return [on.as];
  return on.kind === 'record' ? ['before', 'after'] : null;
}
