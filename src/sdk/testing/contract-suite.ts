/**
 * The suite that every connector runs. A folder supplies `testing/contract.ts`: the definition and a subject,
 * which is a real or fake remote with good properties and ways to make it misbehave.
 * What a connector cannot do it declares in `lacks`, with the reason.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Failure } from '../../core/failure.ts';
import type { Value, ValueObject } from '../../core/value.ts';
import type { CheckStage, ConnectorDefinition, OpenConnection, ReadPage, Receipt } from '../connector.ts';
import { parseSpec } from '../spec-parse.ts';
import { lintSpec } from '../spec-lint.ts';
import { specSchema } from '../spec-schema.ts';
import { Secret } from '../secret.ts';
import type { SpecField, SpecFields } from '../spec.ts';
import { callOf, contextOf, keepLog, sendOnce, type ContextOptions, type Sample } from './context.ts';

export type Document = Readonly<Record<string, unknown>>;

/** What a subject may be able to show. */
export const capabilities = [
  'wrongAddress', 'wrongSecret', 'slow', 'named', 'call', 'text', 'nul', 'limit', 'busy', 'rejected', 'dropped', 'hanging', 'effects', 'reading',
] as const;

export type Capability = (typeof capabilities)[number];

export interface ContractSubject extends AsyncDisposable {
  /** Connection properties that work; secrets as `Secret`s, all with the text of `canary`. */
  good: Document;
  canary: string;
  /** For each operation properties that a route may have. */
  routes: Readonly<Record<string, Document>>;
  /** Properties whose check fails with this code. */
  wrongAddress?: { properties: Document; code: string };
  wrongSecret?: { properties: Document; code: string };
  /** A remote that takes the connection and says nothing; properties with a short timeout. */
  slow?: { properties: Document; code: string };
  /** The same connection by a host name. */
  named?(host: string): Document;
  /** A call that succeeds. */
  call?: Sample;
  /** A call that carries a text and gets it back, and where to find it in the response. */
  text?: { call(text: string): Sample; read(response: unknown): unknown };
  /** What NUL inside a text leads to: `arrives`, or the code of the refusal. */
  nul?: string;
  /** A call of a request body with this many bytes, and the bound. */
  limit?: { call(bytes: number): Sample; bytes: number; code: string };
  /** Calls that the remote answers with "later" after `afterMs`, refuses for good, drops after reading, never answers. */
  busy?: { call: Sample; afterMs: number };
  rejected?: { call: Sample };
  dropped?: { call: Sample; /** Makes the next call fall into this; where the call itself can't. */ arm?(): void };
  hanging?: { call: Sample };
  /** How many calls took effect at the remote so far. */
  effects?(): Promise<number>;
  /** Of an operation that the platform reads by itself: what is there to read, in more than one page; `add` makes one row more. */
  reading?: {
    operation: string;
    properties: Document;
    keysOf(message: unknown): readonly string[];
    keys(): readonly string[];
    add(): Promise<void>;
  };
}

export interface Contract {
  definition: ConnectorDefinition;
  start(): Promise<ContractSubject>;
  lacks: Readonly<Partial<Record<Capability, string>>>;
}

export function describeContract(contract: Contract): void {
  const { definition } = contract;
  describe(`the contract of ${definition.name}`, () => {
    const subject = new Holder();
    beforeAll(async () => { subject.value = await contract.start(); });
    afterAll(() => subject.value?.[Symbol.asyncDispose]());
    declarations(contract, subject);
    specCases(contract, subject);
    checkCases(contract, subject);
    lifetimeCases(contract, subject);
    if (Object.values(definition.operations).some((operation) => operation.direction === 'out')) {
      bodyCases(contract, subject);
      failureCases(contract, subject);
    }
    if (Object.values(definition.operations).some((operation) => operation.reads === true) && contract.lacks.reading === undefined) readingCases(contract, subject);
  });
}

/** The subject exists only while the cases run. */
class Holder {
  value: ContractSubject | undefined;
  get it(): ContractSubject {
    if (this.value === undefined) throw new Error('the subject has not been started');
    return this.value;
  }
}

function declarations({ definition, lacks }: Contract, subject: Holder): void {
  it('shows or declares with a reason each capability', () => {
    const sends = Object.values(definition.operations).some((operation) => operation.direction === 'out');
    for (const capability of capabilities) {
      if (capability === 'reading' && !Object.values(definition.operations).some(({ reads }) => reads === true)) continue;
      const shown = subject.it[capability] !== undefined;
      const reason = lacks[capability]?.trim() ?? '';
      expect([capability, shown, reason.length > 10], 'shown or lacking, never both and never neither').toEqual([capability, shown, !shown]);
    }
    expect(sends || lacks.call !== undefined).toBe(true);
  });

  it('is named, titled and verified to a stated level', () => {
    expect(definition.name).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
    for (const words of [definition.title, definition.about, ...Object.values(definition.operations).map((operation) => operation.title)]) {
      expect([words.ru.trim() !== '', words.en.trim() !== '']).toEqual([true, true]);
    }
    expect(definition.verification).toMatch(/^L[0-3]$/);
    expect(Object.keys(definition.operations).length).toBeGreaterThan(0);
  });
}

function specCases({ definition }: Contract, subject: Holder): void {
  it('has a spec without findings', () => {
    const routes = Object.entries(definition.operations).flatMap(([name, operation]) => lintSpec(operation.route, name));
    expect([...lintSpec(definition.connection, 'connection'), ...routes]).toEqual([]);
  });

  it('accepts its good properties and gives a JSON Schema of them', () => {
    parse(definition.connection, subject.it.good);
    for (const [name, operation] of Object.entries(definition.operations)) {
      parse(operation.route, subject.it.routes[name] ?? {});
      expect(specSchema(operation.route)).toMatchObject({ type: 'object', additionalProperties: false });
    }
    for (const [name, field] of Object.entries(definition.connection)) {
      const { properties } = specSchema(definition.connection) as { properties: Record<string, { writeOnly?: boolean }> };
      expect([name, properties[name]?.writeOnly === true]).toEqual([name, field.type === 'secret']);
    }
  });

  it('names exactly the field that is wrong', () => {
    const sets: [SpecFields, Document][] = [[definition.connection, subject.it.good]];
    for (const [name, operation] of Object.entries(definition.operations)) sets.push([operation.route, subject.it.routes[name] ?? {}]);
    for (const [fields, good] of sets) {
      for (const [name, field] of Object.entries(fields)) {
        for (const wrong of wrongValues(field)) {
          expect([name, wrong, problemPaths(fields, { ...good, [name]: wrong })]).toEqual([name, wrong, [name]]);
        }
      }
      expect(problemPaths(fields, { ...good, noSuchField: 1 })).toEqual(['noSuchField']);
    }
  });
}

/** Values that no field of this type takes. A field that others depend on only gets the wrong type. */
function wrongValues(field: SpecField): unknown[] {
  switch (field.type) {
    case 'string': return [5, {}, 'x'.repeat((field.maxLength ?? 4096) + 1)];
    case 'secret': return [5, 'plain text', '${secret:nobody}'];
    case 'number': return ['5', (field.maximum ?? Infinity) + 1, (field.minimum ?? -Infinity) - 1].filter((value) => typeof value === 'string' || Number.isFinite(value));
    case 'boolean': return ['true', 1];
    case 'enum': return [5, 'no such value'];
    case 'strings': return ['a', [1], {}];
    case 'pairs': return [[], 'a', { a: 1 }];
    case 'json': return ['x'.repeat(300_000)];
  }
}

function checkCases({ definition, lacks }: Contract, subject: Holder): void {
  const signal = new AbortController().signal;

  it('passes its check with good properties, and stays silent', async () => {
    const log = keepLog();
    const stages = await collect(definition, subject.it.good, { log });
    expect(stages.filter((stage) => stage.state === 'failed')).toEqual([]);
    expect(stages.length).toBeGreaterThan(0);
    expect(log.lines).toEqual([]);
  });

  for (const kind of ['wrongAddress', 'wrongSecret', 'slow'] as const) {
    if (lacks[kind] === undefined) it(`tells ${kind} by its own code in its check`, async () => {
      const variant = subject.it[kind];
      const stages = await collect(definition, variant?.properties ?? {});
      expect(stages.at(-1)).toMatchObject({ state: 'failed', failure: { code: variant?.code } });
      expect(stages.slice(0, -1).every((stage) => stage.state !== 'failed')).toBe(true);
      expect(printed(stages)).not.toContain(subject.it.canary);
    });
  }

  it('gives different codes for different mistakes', () => {
    const codes = [subject.it.wrongAddress, subject.it.wrongSecret, subject.it.slow].flatMap((variant) => (variant === undefined ? [] : [variant.code]));
    expect(new Set(codes).size).toBe(codes.length);
  });

  if (lacks.named === undefined) {
    it('refuses a name that resolves first to a public address and then to loopback', async () => {
      const turns = [['203.0.113.7'], ['127.0.0.1'], ['127.0.0.1']];
      const resolve = async (): Promise<readonly string[]> => turns.shift() ?? ['127.0.0.1'];
      const stages = await collect(definition, subject.it.named?.('rebind.example') ?? {}, { allow: [], resolve });
      expect(stages.at(-1)).toMatchObject({ state: 'failed', failure: { code: 'connection.addressForbidden' } });
    });

    it('refuses a name that resolves to a public address and loopback at once', async () => {
      const stages = await collect(definition, subject.it.named?.('mixed.example') ?? {}, { allow: [], resolve: async () => ['203.0.113.7', '127.0.0.1'] });
      expect(stages.at(-1)).toMatchObject({ stage: 'address', state: 'failed', failure: { code: 'connection.addressForbidden' } });
    });

    it('stops its check when asked to', async () => {
      const stop = new AbortController();
      const context = contextOf(definition, subject.it.named?.('slow.example') ?? {}, { resolve: () => new Promise(() => undefined) });
      const running = drain(definition.check(context, stop.signal));
      stop.abort(new Error('stop'));
      await expect(running).rejects.toThrow('stop');
    });
  }

  it('does no I/O before its first use', () => {
    const refuse = (): never => { throw new Error('I/O'); };
    const context = { ...contextOf(definition, subject.it.good), dial: { dial: refuse, resolve: refuse } };
    definition.open(context);
    definition.check(context, signal);
  });
}

function lifetimeCases({ definition, lacks }: Contract, subject: Holder): void {
  it('can be closed unused, twice, and while it is opening', async () => {
    const open = definition.open(contextOf(definition, subject.it.good));
    await Promise.all([open.close(), open.close()]);
    await open.close();
  });

  if (lacks.call === undefined) {
    it('ends calls that run when it is closed, and refuses later ones', async () => {
      const open = definition.open(contextOf(definition, subject.it.good));
      const running = sendOnce(open, callOf(subject.it.hanging?.call ?? sample(subject))).catch((error: unknown) => error);
      await open.close();
      await running;
      await expect(sendOnce(open, callOf(sample(subject)))).rejects.toMatchObject({ code: 'connection.closed' });
    });

    it('has several connections at a time without mixing them up', async () => {
      const opens = [1, 2, 3].map(() => definition.open(contextOf(definition, subject.it.good)));
      const receipts = await Promise.all(opens.map((open) => sendOnce(open, callOf(sample(subject)))));
      expect(receipts.map((receipt) => receipt.kind)).toEqual(['ok', 'ok', 'ok']);
      await Promise.all(opens.map((open) => open.close()));
    });
  }
}

function bodyCases({ definition, lacks }: Contract, subject: Holder): void {
  if (lacks.text === undefined) {
    it.each(['', ' ', 'Привет, мир', '😀👩‍👩‍👧', '"\\\'\r\n\t', '<a>&amp;</a>', '../..', '%00%2e', 'x'.repeat(10_000)])('carries the text %j unchanged', async (text) => {
      const receipt = await once(definition, subject, subject.it.text?.call(text) ?? sample(subject));
      expect(subject.it.text?.read(receipt.response)).toBe(text);
    });
  }

  if (lacks.nul === undefined) it('carries NUL or refuses it by its code', async () => {
    const outcome = await once(definition, subject, subject.it.text?.call('a\0b') ?? sample(subject)).catch((error: unknown) => error);
    if (subject.it.nul === 'arrives') expect(outcome).toMatchObject({ kind: 'ok' });
    else expect(outcome instanceof Failure ? outcome : (outcome as Extract<Receipt, { kind: 'error' }>).failure).toMatchObject({ code: subject.it.nul });
  });

  if (lacks.limit === undefined) it('takes a body of exactly the limit and refuses one byte more before sending it', async () => {
    const { limit } = subject.it;
    const before = await subject.it.effects?.();
    await expect(once(definition, subject, limit?.call(limit.bytes + 1) ?? sample(subject))).rejects.toMatchObject({ code: limit?.code });
    expect(await subject.it.effects?.()).toBe(before);
    expect(await once(definition, subject, limit?.call(limit.bytes) ?? sample(subject))).toMatchObject({ kind: 'ok' });
  });

  if (lacks.call === undefined) {
    it('calls the hooks once, in order, and is silent when all is well', async () => {
      const seen: string[] = [];
      const log = keepLog();
      const receipt = await once(definition, subject, sample(subject), { beforeBytes: () => void seen.push('before'), afterBytes: () => void seen.push('after') }, { log });
      expect([receipt.kind, seen, log.lines]).toEqual(['ok', ['before', 'after'], []]);
    });

    it('refuses an operation and a route that it does not have', async () => {
      await expect(once(definition, subject, { ...sample(subject), operation: 'noSuchOperation' })).rejects.toMatchObject({ code: 'connection.unknownOperation' });
      await expect(once(definition, subject, { ...sample(subject), properties: { ...sample(subject).properties, noSuchField: 1 } })).rejects.toMatchObject({ code: 'spec.refused' });
    });
  }

  if (lacks.effects === undefined) it('has had no effect when beforeBytes fails', async () => {
    const before = await subject.it.effects?.();
    await expect(once(definition, subject, sample(subject), { beforeBytes: () => Promise.reject(new Error('fence lost')) })).rejects.toThrow('fence lost');
    expect(await subject.it.effects?.()).toBe(before);
  });
}

function failureCases({ definition, lacks }: Contract, subject: Holder): void {
  if (lacks.busy === undefined) it('passes on when the remote wants to be asked again', async () => {
    const failed = await failureOf(definition, subject, subject.it.busy?.call);
    expect(failed).toMatchObject({ code: 'connection.busy', next: { kind: 'retryAfter', ms: subject.it.busy?.afterMs } });
  });

  if (lacks.rejected === undefined) it('does not ask for a repeat of what is refused for good', async () => {
    const failed = await failureOf(definition, subject, subject.it.rejected?.call);
    expect(failed.next.kind).toBe('fail');
    expect(printed(failed)).not.toContain(subject.it.canary);
  });

  if (lacks.dropped === undefined) it('says that nobody knows when the link drops after the request left', async () => {
    subject.it.dropped?.arm?.();
    const failed = await failureOf(definition, subject, subject.it.dropped?.call);
    expect(failed).toMatchObject({ code: 'connection.unknownOutcome', next: { kind: 'park' } });
    expect(printed(failed)).not.toContain(subject.it.canary);
  });

  if (lacks.hanging === undefined) it('stops waiting when asked to', async () => {
    const open = definition.open(contextOf(definition, subject.it.good));
    const stop = new AbortController();
    const waiting = sendOnce(open, callOf(subject.it.hanging?.call ?? sample(subject), { beforeBytes: () => void setTimeout(() => stop.abort(new Error('stop')), 20) }), stop.signal);
    await expect(waiting).rejects.toBeInstanceOf(Error);
    await open.close();
  });

  if (lacks.wrongAddress === undefined && lacks.call === undefined) it('fails without an effect and without a hook when the remote cannot be reached', async () => {
    let hooks = 0;
    const count = (): void => void hooks++;
    const open = definition.open(contextOf(definition, subject.it.wrongAddress?.properties ?? {}));
    const failed = await sendOnce(open, callOf(sample(subject), { beforeBytes: count, afterBytes: count })).catch((error: unknown) => error);
    await open.close();
    expect(failed).toMatchObject({ code: subject.it.wrongAddress?.code });
    expect([hooks, printed(failed).includes(subject.it.canary)]).toEqual([0, false]);
  });

  if (lacks.wrongSecret === undefined && lacks.call === undefined) it('tells a wrong secret and does not print it', async () => {
    const open = definition.open(contextOf(definition, subject.it.wrongSecret?.properties ?? {}));
    const outcome = await sendOnce(open, callOf(sample(subject))).catch((error: unknown) => error);
    await open.close();
    const failed = outcome instanceof Failure ? outcome : (outcome as Extract<Receipt, { kind: 'error' }>).failure;
    expect(failed).toMatchObject({ code: subject.it.wrongSecret?.code });
    expect(printed(failed)).not.toContain(subject.it.canary);
  });

  it('keeps its secrets out of everything it prints', () => {
    const context = contextOf(definition, subject.it.good);
    const open = definition.open(context);
    expect(printed([context.properties, open])).not.toContain(subject.it.canary);
    return open.close();
  });
}

/** What is promised of a cursor: it is all that has to be kept, and only it. */
function readingCases({ definition }: Contract, subject: Holder): void {
  it('reads everything once, page after page, and then only what is new', async () => {
    const first = await readAll(definition, subject, null);
    expect([first.keys, first.pages > 1]).toEqual([subject.it.reading?.keys(), true]);
    await subject.it.reading?.add();
    const keys = subject.it.reading?.keys() ?? [];
    expect((await readAll(definition, subject, first.cursor)).keys.filter((key) => !first.keys.includes(key))).toEqual(keys.slice(first.keys.length));
  });

  it('goes on from any cursor over a new connection, and gives a page that was not kept again', async () => {
    const [page] = await readPages(definition, subject, null, 1);
    const again = await readPages(definition, subject, null, 1);
    expect(again[0]?.messages).toEqual(page?.messages);
    const rest = await readAll(definition, subject, JSON.parse(JSON.stringify(page?.cursor)) as Value);
    expect([...keysOf(subject, page?.messages ?? []), ...rest.keys]).toEqual(subject.it.reading?.keys());
  });

  it('stops reading when asked to', async () => {
    const { operation, properties } = readingOf(subject);
    const open = definition.open(contextOf(definition, subject.it.good));
    await expect(open.read?.({ operation, properties, cursor: null, limit: 10 }, AbortSignal.abort(new Error('stop')))).rejects.toBeInstanceOf(Error);
    await open.close();
  });
}

/** A document of a test is plain JSON, which is what properties are. */
const readingOf = (subject: Holder): { operation: string; properties: ValueObject } => ({ operation: subject.it.reading?.operation ?? '', properties: (subject.it.reading?.properties ?? {}) as ValueObject });

const keysOf = (subject: Holder, messages: readonly Value[]): readonly string[] => messages.flatMap((message) => subject.it.reading?.keysOf(message) ?? []);

/** Each page over a connection of its own, as if the platform had been started anew in between. */
async function readPages(definition: ConnectorDefinition, subject: Holder, cursor: Value, most: number): Promise<readonly ReadPage[]> {
  const pages: ReadPage[] = [];
  for (let at = cursor; pages.length < most; ) {
    const open = definition.open(contextOf(definition, subject.it.good));
    const page = await open.read?.({ ...readingOf(subject), cursor: at, limit: 10 }, new AbortController().signal);
    await open.close();
    if (page === undefined) throw new Error('this connector does not read');
    pages.push(page);
    at = page.cursor;
    if (!page.more) break;
  }
  return pages;
}

async function readAll(definition: ConnectorDefinition, subject: Holder, cursor: Value): Promise<{ keys: readonly string[]; pages: number; cursor: Value }> {
  const pages = await readPages(definition, subject, cursor, 100);
  return { keys: pages.flatMap(({ messages }) => keysOf(subject, messages)), pages: pages.length, cursor: pages.at(-1)?.cursor ?? null };
}

const sample = (subject: Holder): Sample => {
  if (subject.it.call === undefined) throw new Error('the subject has no call');
  return subject.it.call;
};

const parse = (fields: SpecFields, document: Document): unknown => parseSpec(fields, document, 'contract', { openSecret: () => undefined });

function problemPaths(fields: SpecFields, document: Document): readonly string[] {
  try {
    parse(fields, document);
    return [];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.problems.map((problem) => problem.path);
  }
}

async function drain(stages: AsyncIterable<CheckStage>): Promise<CheckStage[]> {
  const all: CheckStage[] = [];
  for await (const stage of stages) all.push(stage);
  return all;
}

const collect = (definition: ConnectorDefinition, properties: Document, options: ContextOptions = {}): Promise<CheckStage[]> =>
  drain(definition.check(contextOf(definition, properties, options), new AbortController().signal));

async function once(definition: ConnectorDefinition, subject: Holder, call: Sample, hooks: Parameters<typeof callOf>[1] = {}, options: ContextOptions = {}): Promise<Receipt> {
  const open: OpenConnection = definition.open(contextOf(definition, subject.it.good, options));
  try {
    return await sendOnce(open, callOf(call, hooks));
  } finally {
    await open.close();
  }
}

/** The failure of a call, thrown or answered. */
async function failureOf(definition: ConnectorDefinition, subject: Holder, call: Sample | undefined): Promise<Failure> {
  const outcome = await once(definition, subject, call ?? sample(subject)).catch((error: unknown) => error);
  if (outcome instanceof Failure) return outcome;
  const receipt = outcome as Receipt;
  if (receipt.kind !== 'error') throw new Error(`expected a failure, got ${JSON.stringify(outcome)}`);
  return receipt.failure;
}

/** Everything a log, a journal or a person could get to see of a value, causes included. */
function printed(value: unknown): string {
  const seen = new Set<unknown>();
  const walk = (each: unknown): string => {
    if (typeof each !== 'object' || each === null) return typeof each === 'function' ? '' : String(each);
    if (each instanceof Secret) return `${String(each)} ${JSON.stringify(each)}`;
    if (seen.has(each) || seen.size > 5_000) return '';
    seen.add(each);
    const own = each instanceof Error ? `${each.message} ${each.stack ?? ''} ${walk(each.cause)} ` : '';
    return own + Object.entries(each).map(([key, inner]) => `${key}=${walk(inner)}`).join(' ');
  };
  return walk(value);
}
