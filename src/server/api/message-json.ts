/** Messages as the API shows them. */
import type { MessageRow, Payload } from '../../core/effect-set.ts';
import type { Lang } from '../../core/failure.ts';
import type { MessageStory, MessageSummary, RecordChange, RemoteCallEntry } from '../../core/journal.ts';
import type { TraceEntry } from '../../core/scenario/machine-port.ts';
import type { TemplateCatalogue } from '../../core/template.ts';
import type { Value, ValueObject } from '../../core/value.ts';
import { answerFrom } from '../../engine/request-journal.ts';
import { unpackTrace } from '../../engine/trace.ts';
import { failureJson } from './failure-json.ts';

export const summaryJson = (message: MessageSummary): ValueObject => ({
  id: message.id,
  direction: message.direction,
  state: message.state,
  route: message.routeName,
  connection: message.connectionName,
  scenarios: message.scenarioNames,
  parent: message.parent,
  effectId: message.effectId,
  orderKey: message.orderKey,
  caller: message.caller,
  receivedAt: message.receivedAt,
  changedAt: message.changedAt,
  payloadBytes: message.payloadBytes,
  replyStatus: message.replyStatus,
  attempts: message.attempts,
  failure: message.failureCode,
});

export interface StoryOptions {
  lang: Lang;
  templates: TemplateCatalogue;
  /** Null: without bodies. */
  bytesOf: ((payload: Payload) => Promise<Uint8Array>) | null;
}

export async function storyJson(story: MessageStory, options: StoryOptions): Promise<ValueObject> {
  const { message, queued } = story;
  const { lang, bytesOf } = options;
  const calls: Value[] = [];
  for (const call of story.calls) calls.push(await callJson(call, options));
  return {
    ...rowJson(message, story.changedAt, lang),
    queued: queued === null ? null : { ...queued },
    trace: message.trace === null ? [] : unpackTrace(message.trace).map((entry) => traceJson(entry, lang)),
    children: story.children.map(summaryJson),
    calls,
    changes: story.changes.map((change) => changeJson(change, options.templates)),
    ...(bytesOf === null ? {} : { payload: await bodyJson(message.payload, message.contentType, bytesOf), reply: await bodyJson(message.reply, 'application/json', bytesOf) }),
  };
}

const rowJson = (row: MessageRow, changedAt: string, lang: Lang): ValueObject => ({
  id: row.id,
  direction: row.direction,
  state: row.state,
  route: row.routeName,
  routeVersion: row.routeVersion,
  revision: row.revision ?? null,
  connection: row.connectionName,
  scenarios: row.scenarioNames,
  parent: row.parent,
  effectId: row.effectId,
  orderKey: row.orderKey,
  idempotencyKey: row.idempotencyKey,
  keys: { ...row.keys },
  caller: row.caller,
  receivedAt: row.receivedAt,
  changedAt,
  contentType: row.contentType,
  payloadBytes: sizeOf(row.payload),
  replyStatus: row.replyStatus,
  attempts: row.attempts,
  failure: row.failure === null ? null : failureJson(row.failure, lang),
});

const sizeOf = (payload: Payload | null): number | null => (payload === null ? null : payload.kind === 'bytes' ? payload.bytes.byteLength : payload.size);

export const traceJson = ({ path, kind, name, ms, outcome, note, failure }: TraceEntry, lang: Lang): ValueObject => ({
  path,
  kind,
  name,
  ms,
  outcome,
  note: note ?? null,
  failure: failure === undefined ? null : failureJson(failure, lang),
});

async function callJson(call: RemoteCallEntry, { lang, bytesOf }: StoryOptions): Promise<ValueObject> {
  return {
    path: call.path,
    effectId: call.effectId,
    connection: call.connectionName,
    route: call.routeName,
    request: bytesOf === null ? null : await bodyJson(call.request, 'application/json', bytesOf),
    intentAt: call.intentAt,
    outcomeAt: call.outcomeAt,
    outcome: call.outcome === null ? null : outcomeJson(call.outcome, bytesOf !== null, lang),
  };
}

/** What came of a call; what the other side said only when bodies were asked for. */
function outcomeJson(outcome: Uint8Array, withBody: boolean, lang: Lang): ValueObject {
  const answer = answerFrom(outcome);
  if (answer.kind === 'failed') return { kind: 'failed', failure: failureJson(answer.failure, lang) };
  const { kind, status, response, failure, notes = [] } = answer.result;
  return { kind, status, failure: failure === null ? null : failureJson(failure, lang), notes: notes.map((note) => failureJson(note, lang)), ...(withBody ? { response } : {}) };
}

const changeJson = (change: RecordChange, templates: TemplateCatalogue): ValueObject => ({
  template: templates.byId(change.template)?.name ?? change.template,
  record: change.record,
  version: change.version,
  op: change.op,
  attributes: change.attributes.map((id) => templates.byId(change.template)?.attributes.find((attribute) => attribute.id === id)?.name ?? id),
  at: change.at,
});

async function bodyJson(payload: Payload | null, contentType: string | null, bytesOf: (payload: Payload) => Promise<Uint8Array>): Promise<Value> {
  if (payload === null) return null;
  const bytes = await bytesOf(payload);
  const text = utf8Of(bytes);
  return { contentType, bytes: bytes.byteLength, text, base64: text === null ? Buffer.from(bytes).toString('base64') : null };
}

function utf8Of(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null; // The decoder throws nothing but "not UTF-8".
  }
}
