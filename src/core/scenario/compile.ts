/** From a scenario's tree of steps to flat instructions. References to other objects are checked by `checkScenario`. */
import { Failure, failure } from '../failure.ts';
import type { ScenarioDocument, Step } from './document.ts';
import { joinPath, report, type DocumentReader } from './document-reader.ts';
import type { FlowInstruction, Instruction, NamedValues, Program, StepInstruction } from './program.ts';
import { compileValueSource, type ValueProgram } from './value-source.ts';
import { compileWhere } from './where.ts';

/** Throws `scenario.refused` with every expression that cannot be understood. */
export function compileScenario(document: ScenarioDocument): Program {
  const reader: DocumentReader = { source: document.name, problems: [] };
  const program = compileInto(reader, document);
  if (reader.problems.length > 0) throw failure('scenario.refused', { scenario: document.name, count: reader.problems.length }, { problems: reader.problems });
  return program;
}

/** As `compileScenario`, but problems are left with the reader; every value is shown with its path. */
export function compileInto(reader: DocumentReader, document: ScenarioDocument, onValue: (path: string, value: ValueProgram) => void = () => undefined): Program {
  const output: Output = { reader, instructions: [], words: new Set(), onValue };
  compileSteps(output, document.steps, { document: 'steps', at: '.steps', loop: false });
  emit(output, { at: '', name: '', lock: false }, { op: 'end' });
  return { instructions: output.instructions, words: output.words };
}

interface Output {
  reader: DocumentReader;
  instructions: Instruction[];
  words: Set<string>;
  onValue(path: string, value: ValueProgram): void;
}

/** Where a list of steps stands: in the document, and below the innermost iteration at run time. */
interface Position {
  document: string;
  at: string;
  /** A loop's only step needs no index: its iteration has one. */
  loop: boolean;
}

interface Placing {
  at: string;
  name: string;
  lock: boolean;
}

function compileSteps(output: Output, steps: readonly Step[], position: Position): void {
  steps.forEach((step, i) => {
    const index = position.loop && steps.length === 1 ? '' : `[${i}]`;
    compileStep(output, step, `${position.document}[${i}]`, `${position.at}${index}.${step.kind}`);
  });
}

function compileStep(output: Output, step: Step, document: string, at: string): void {
  const placing: Placing = { at, name: step.name ?? step.kind, lock: step.lock };
  const inside = joinPath(document, step.kind);
  if (step.onError === 'rollback') {
    compileKind(output, step, placing, inside);
    return;
  }
  const guard = reserve(output, placing);
  compileKind(output, step, placing, inside);
  const unguard = reserve(output, placing);
  patch(output, guard, placing, { op: 'guard', handler: output.instructions.length });
  compileSteps(output, step.handle ?? [], { document: step.kind === 'try' ? `${inside}.handle` : `${document}.handle`, at: `${at}.handle`, loop: false });
  patch(output, unguard, placing, { op: 'unguard', end: output.instructions.length });
}

const emit = (output: Output, placing: Placing, instruction: StepInstruction | FlowInstruction): void => void output.instructions.push({ ...placing, ...instruction });

/** A place for a jump whose target is not known yet. */
function reserve(output: Output, placing: Placing): number {
  emit(output, placing, { op: 'end' });
  return output.instructions.length - 1;
}

function patch(output: Output, position: number, placing: Placing, instruction: FlowInstruction): void {
  output.instructions[position] = { ...placing, ...instruction };
}

type StepOf<K extends Step['kind']> = Extract<Step, { kind: K }>;

function compileKind(output: Output, step: Step, placing: Placing, path: string): void {
  const { value, named, nested } = valuesOf(output, placing, path);
  switch (step.kind) {
    case 'create':
    case 'upsert':
    case 'find':
    case 'set':
    case 'delete':
    case 'archive':
    case 'clone':
    case 'context':
      return compileRecordStep(output, step, placing, path);
    case 'variables':
      return emit(output, placing, { op: 'variables', set: step.set, mode: step.op, values: named(step.values, 'values') });
    case 'send':
      return emit(output, placing, {
        op: 'send',
        route: step.route,
        message: value(step.message, 'message'),
        response: step.response ?? null,
        error: step.error ?? null,
        key: step.key === undefined ? null : value(step.key, 'key'),
      });
    case 'validate':
      return emit(output, placing, { op: 'validate', that: value(step.that, 'that'), else: value(step.else, 'else') });
    case 'conditions':
      return compileConditions(output, step, placing, path);
    case 'forEach':
      emit(output, placing, { op: 'forEach', in: value(step.in, 'in'), as: step.as });
      return compileLoop(output, placing, step.steps, path);
    case 'repeat':
      emit(output, placing, { op: 'repeat', times: value(step.times, 'times'), as: step.as });
      return compileLoop(output, placing, step.steps, path);
    case 'try':
      return nested(step.steps);
    case 'call':
      return emit(output, placing, { op: 'call', scenario: step.scenario, with: named(step.with, 'with'), as: step.as ?? null });
    case 'return':
      return emit(output, placing, { op: 'return', slot: step.slot, body: value(step.body, step.slot), status: step.status ?? (step.slot === 'response' ? 200 : 422) });
    case 'stop':
      return emit(output, placing, { op: 'stop' });
    default:
      return step satisfies never;
  }
}

function compileRecordStep(output: Output, step: StepOf<'create' | 'upsert' | 'find' | 'set' | 'delete' | 'archive' | 'clone' | 'context'>, placing: Placing, path: string): void {
  const { value, named, nested } = valuesOf(output, placing, path);
  switch (step.kind) {
    case 'create':
      emit(output, placing, { op: 'create', template: step.template, set: named(step.set, 'set'), link: step.link ?? null, as: step.as ?? null, nests: step.steps.length > 0 });
      return closeNested(output, placing, step.steps, nested);
    case 'upsert':
      emit(output, placing, { op: 'upsert', template: step.template, by: named(step.by, 'by'), set: named(step.set, 'set'), as: step.as ?? null, nests: step.steps.length > 0 });
      return closeNested(output, placing, step.steps, nested);
    case 'find':
      for (const link of step.links) output.words.add(link);
      return emit(output, placing, {
        op: 'find',
        template: step.template,
        where: step.where === undefined ? null : compileWhere(output.reader, step.where, `${path}.where`, (source, at) => compileValue(output, source, at)),
        sort: step.sort,
        limit: step.limit,
        one: step.one,
        links: step.links,
        archived: step.archived,
        as: step.as,
      });
    case 'set':
      return emit(output, placing, {
        op: 'set',
        record: step.record === undefined ? null : value(step.record, 'record'),
        values: named(step.values, 'values'),
        add: named(step.add, 'add'),
        exclude: named(step.exclude, 'exclude'),
        clear: step.clear,
      });
    case 'delete':
      return emit(output, placing, { op: 'delete', record: step.record === undefined ? null : value(step.record, 'record') });
    case 'archive':
      return emit(output, placing, { op: 'archive', record: step.record === undefined ? null : value(step.record, 'record'), restore: step.restore });
    case 'clone':
      emit(output, placing, { op: 'clone', template: step.template, of: value(step.of, 'of'), depth: step.depth, set: named(step.set, 'set'), as: step.as ?? null });
      return compileLoop(output, placing, step.steps, path);
    case 'context':
      emit(output, placing, { op: 'context', template: step.template, of: value(step.of, 'of'), as: step.as ?? null });
      return compileLoop(output, placing, step.steps, path);
    default:
      return step satisfies never;
  }
}

interface StepValues {
  value: (source: unknown, key: string) => ValueProgram;
  named: (sources: Readonly<Record<string, unknown>>, key: string) => NamedValues;
  nested: (steps: readonly Step[]) => void;
}

/** How the parts of one step are compiled. */
function valuesOf(output: Output, placing: Placing, path: string): StepValues {
  return {
    value: (source, key) => compileValue(output, source, joinPath(path, key)),
    named: (sources, key) => Object.entries(sources).map(([name, source]) => [name, compileValue(output, source, `${path}.${key}.${name}`)] as const),
    nested: (steps) => compileSteps(output, steps, { document: `${path}.steps`, at: placing.at, loop: false }),
  };
}

function closeNested(output: Output, placing: Placing, steps: readonly Step[], nested: (steps: readonly Step[]) => void): void {
  if (steps.length === 0) return;
  nested(steps);
  emit(output, placing, { op: 'leave' });
}

function compileLoop(output: Output, placing: Placing, steps: readonly Step[], path: string): void {
  const next = reserve(output, placing);
  compileSteps(output, steps, { document: `${path}.steps`, at: '', loop: true });
  emit(output, placing, { op: 'jump', to: next });
  patch(output, next, placing, { op: 'next', exit: output.instructions.length });
}

function compileConditions(output: Output, step: Extract<Step, { kind: 'conditions' }>, placing: Placing, path: string): void {
  emit(output, placing, { op: 'cases' });
  const toElse: number[] = [];
  step.cases.forEach((branch, i) => {
    const test = reserve(output, placing);
    const when = compileValue(output, branch.when, `${path}.cases[${i}].when`);
    compileSteps(output, branch.steps, { document: `${path}.cases[${i}].steps`, at: `${placing.at}.cases[${i}]`, loop: false });
    if (step.mode === 'first') toElse.push(reserve(output, placing));
    patch(output, test, placing, { op: 'case', when, index: i, label: branch.name ?? String(i), next: output.instructions.length });
  });
  for (const jump of toElse) patch(output, jump, placing, { op: 'jump', to: output.instructions.length });
  const otherwise = reserve(output, placing);
  compileSteps(output, step.else, { document: `${path}.else`, at: `${placing.at}.else`, loop: false });
  patch(output, otherwise, placing, { op: 'otherwise', end: output.instructions.length });
  emit(output, placing, { op: 'leave' });
}

function compileValue(output: Output, source: unknown, path: string): ValueProgram {
  try {
    const program = compileValueSource(source);
    for (const word of program.words) output.words.add(word);
    output.onValue(path, program);
    return program;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    report(output.reader, path, error.code, error.parameters);
    return compileValueSource(null);
  }
}
