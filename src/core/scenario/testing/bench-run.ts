/** Runs scenarios against the record model, for tests: what an engine does, without its durability. */
import { createHash } from 'node:crypto';
import { allRecords } from '../../access/record-access.ts';
import { accessRules } from '../../access/role.ts';
import type { Configuration, PublishedRoute, PublishedScenario } from '../../configuration/published.ts';
import { Failure } from '../../failure.ts';
import type { SchemaTree } from '../../message-schema.ts';
import { createMachine } from '../machine.ts';
import type { Answer, Machine, Need, RunIdentity, RunResult, RunStart, Turn } from '../machine-port.ts';
import { parseScenario } from '../parse.ts';
import { RecordModel } from './record-model.ts';
import { shopTemplates } from './shop-templates.ts';

const uuidOf = (text: string): string => {
  const hex = createHash('sha1').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

export const idOf = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

export interface BenchOptions {
  /** Routes by name; a schema of no fields takes any message. */
  routes?: Readonly<Record<string, { request?: SchemaTree; response?: SchemaTree }>>;
  /** Answer of a request, or a failure. */
  request?: (need: Extract<Need, { kind: 'request' }>) => Answer;
  allowed?: (need: Extract<Need, { kind: 'permission' }>) => boolean;
  identity?: Partial<RunIdentity>;
  /** Packs and unpacks the state between every two turns, on a machine of its own each time. */
  repack?: boolean;
}

export interface Bench {
  readonly model: RecordModel;
  readonly needs: Need[];
  readonly configuration: Configuration;
  message(message: unknown, options?: Partial<RunIdentity>): Turn;
  run(start: RunStart, options?: Partial<RunIdentity>): Turn;
}

/** `documents` are Scenario documents; a message starts those of the route `orders`. */
export function bench(documents: readonly object[], options: BenchOptions = {}): Bench {
  const configuration = shopConfiguration(documents, options);
  const model = new RecordModel(configuration.templates);
  const needs: Need[] = [];
  const run = (start: RunStart, identity: Partial<RunIdentity> = {}): Turn => {
    const turn = drive({ configuration, model, needs, options }, start, { run: 'run-1', initiator: 'system', depth: 0, startedAt: '2026-11-22T12:00:00.000000Z', ...options.identity, ...identity });
    if (turn.kind === 'finished') {
      const refusal = model.commit(turn.result.effects.records, turn.result.effects.checks);
      if (refusal !== null) return { kind: 'failed', failure: refusal.toData(), path: 'commit', result: turn.result };
    }
    return turn;
  };
  return {
    model,
    needs,
    configuration,
    run,
    message(message, identity = {}) {
      const scenarios = configuration.scenarios().filter(({ enabled, document: { on } }) => enabled && on.kind === 'message' && on.route === 'orders');
      return run({ kind: 'message', route: 'orders', scenarios: scenarios.map(({ name }) => name), message: message as never, errorResponse: null }, identity); // test data is plain JSON
    },
  };
}

interface Driving {
  configuration: Configuration;
  model: RecordModel;
  needs: Need[];
  options: BenchOptions;
}

function drive({ configuration, model, needs, options }: Driving, start: RunStart, identity: RunIdentity): Turn {
  const machine = createMachine({ hash: uuidOf });
  let state = machine.start(configuration, start, identity);
  let answer: Answer | null = null;
  for (;;) {
    const turn: Turn = machine.advance(configuration, state, answer, () => 0);
    if (turn.kind !== 'need') return turn;
    needs.push(turn.need);
    answer = answerTo(turn.need, model, machine, turn.state, options);
    state = options.repack === true ? createMachine({ hash: uuidOf }).unpack(machine.pack(turn.state)) : turn.state;
  }
}

function answerTo(need: Need, model: RecordModel, machine: Machine, state: Parameters<Machine['effectsSoFar']>[0], options: BenchOptions): Answer {
  const { records, checks } = machine.effectsSoFar(state);
  try {
    switch (need.kind) {
      case 'read':
        return { kind: 'read', result: model.read(need.request, need.own ? records : []) };
      case 'probe':
        return { kind: 'probe', failure: model.probe(records, checks)?.toData() ?? null };
      case 'storeFile':
        return { kind: 'storeFile', file: { hash: '0'.repeat(64), size: need.content.length, type: 'text/plain' } };
      case 'fileContent':
        return { kind: 'fileContent', content: '' };
      case 'account':
        return { kind: 'account', id: need.account };
      case 'roles':
        return { kind: 'roles', unknown: [] };
      case 'permission':
        return { kind: 'permission', access: (options.allowed?.(need) ?? true) ? allRecords : null };
      case 'request':
        return options.request?.(need) ?? { kind: 'request', result: { kind: 'ok', response: {}, status: 200, failure: null } };
      default:
        return need satisfies never;
    }
  } catch (error) {
    if (error instanceof Failure) return { kind: 'failed', failure: error.toData() };
    throw error;
  }
}

function shopConfiguration(documents: readonly object[], options: BenchOptions): Configuration {
  const templates = shopTemplates();
  const scenarios = documents.map((document): PublishedScenario => {
    const parsed = parseScenario(document, 'test');
    return { id: parsed.name, name: parsed.name, version: 1, title: {}, enabled: true, document: parsed };
  });
  scenarios.sort((left, right) => (left.name < right.name ? -1 : 1));
  const routes = Object.entries(options.routes ?? { orders: {}, partner: {} }).map(([name, { request = {}, response = {} }]) => route(name, request, response));
  return {
    revision: 1,
    connection: () => undefined,
    route: (name) => routes.find((candidate) => candidate.name === name),
    scenario: (name) => scenarios.find((candidate) => candidate.name === name),
    connections: () => [],
    routes: () => routes,
    scenarios: () => scenarios,
    templates,
    access: accessRules([], []),
    template: (name) => templates.byName(name),
    broken: [],
  };
}

const route = (name: string, request: SchemaTree, response: SchemaTree): PublishedRoute => ({
  id: name,
  name,
  version: 1,
  title: {},
  connection: 'shop',
  operation: name === 'orders' ? 'receive' : 'call',
  direction: name === 'orders' ? 'in' : 'out',
  enabled: true,
  properties: {},
  keys: { idempotency: null, order: null, business: {} },
  request,
  response,
  errorResponse: null,
  mapping: null,
  reply: 'afterRun',
  onUnknown: null,
  retry: { attempts: 1, firstMs: 1, maxMs: 1 },
  orderPolicy: 'park',
    schedule: null,
  retentionDays: 30,
  initiator: 'caller',
});

export const onMessage = (name: string, steps: readonly object[]): object => ({ name, on: { message: 'orders' }, runAs: 'system', steps });

export function finished(turn: Turn): RunResult {
  if (turn.kind !== 'finished') throw new Error(`not finished: ${JSON.stringify(turn)}`);
  return turn.result;
}

export function failed(turn: Turn): Extract<Turn, { kind: 'failed' }> {
  if (turn.kind !== 'failed') throw new Error(`not failed: ${JSON.stringify(turn)}`);
  return turn;
}
