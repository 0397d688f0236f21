/** Runs: those under way, and starting and ending them. */
import { runOperations } from '../../api/runs.ts';
import type { MessageState } from '../../core/effect-set.ts';
import { Failure, failure, type Lang } from '../../core/failure.ts';
import type { MessageSummary } from '../../core/journal.ts';
import { parseJson } from '../../core/json.ts';
import { limits } from '../../core/limits.ts';
import type { Value, ValueObject } from '../../core/value.ts';
import type { ActiveRun } from '../../engine/active-runs.ts';
import type { Reply } from '../../engine/reply.ts';
import { failureJson } from './failure-json.ts';
import { good, handle, type Answered, type Handler } from './handler.ts';
import { storyJson } from './message-json.ts';
import type { ApiParts } from './parts.ts';
import { rehearsalJson } from './rehearsal-json.ts';

export function runHandlers({ engine, journal, configuration }: ApiParts): readonly Handler[] {
  return [
    handle(runOperations.listRuns, async () => {
      const here = engine.active.list();
      const ids = new Set(here.map(({ id }) => id));
      const waiting = await journal.list({ states: ['pending', 'waiting'], directions: ['in', 'run'] }, { limit: limits.relatedRows.value });
      return good({ runs: [...here.map(activeJson), ...waiting.messages.filter(({ id }) => !ids.has(id)).map(waitingJson)], more: waiting.cursor !== null });
    }),

    handle(runOperations.getRun, async ({ params, lang }) => {
      const id = params.id.toLowerCase();
      const active = engine.active.list().find((run) => run.id === id);
      const story = await journal.show(id);
      if (story === null && active === undefined) throw failure('run.unknown', { id });
      const message = story === null ? null : await storyJson(story, { lang, templates: configuration.current().templates, bytesOf: null });
      if (active !== undefined) return good({ ...activeJson(active), message });
      if (story === null) throw failure('run.unknown', { id });
      const { state, routeName, scenarioNames, receivedAt } = story.message;
      return good({ id, state, route: routeName, scenarios: scenarioNames, startedAt: receivedAt, here: false, message });
    }),

    handle(runOperations.cancelRun, ({ params }) => end(params.id.toLowerCase(), 'stop')),
    handle(runOperations.killRun, ({ params }) => end(params.id.toLowerCase(), 'kill')),

    handle(runOperations.runScenario, async ({ params, body, caller, lang }) => {
      const { variables = {}, context, contexts } = body;
      if (context !== undefined && contexts !== undefined) throw failure('http.exactlyOne', { fields: ['context', 'contexts'] });
      const start = (of: { template: string; id: string } | null): Promise<Reply> => engine.run(params.name, variables, of, caller.account.id);
      if (contexts === undefined) return answerOf(await start(context ?? null), lang);
      const runs = await Promise.all(contexts.map(async (one) => outcomeJson(await start(one).catch(asReply), lang)));
      return good({ runs });
    }),

    handle(runOperations.rehearseScenario, async ({ params, body, caller, lang }) => {
      const { variables = {}, context = null } = body;
      return good(rehearsalJson(await engine.rehearseRun(params.name, variables, context, caller.account.id), lang));
    }),
  ];

  async function stateOf(id: string | null): Promise<MessageState | null> {
    return id === null ? null : ((await journal.show(id))?.message.state ?? null);
  }

  async function end(id: string, how: 'stop' | 'kill'): Promise<Answered> {
    const ended = await engine.cancel(id, how);
    const state = await stateOf(id);
    if (ended) return good({ id, state: state ?? 'cancelled' });
    throw state === null ? failure('run.unknown', { id }) : failure('run.over', { id, state });
  }

  /** One run: its failure is the answer. */
  async function answerOf(reply: Reply, lang: Lang): Promise<Answered> {
    if (reply.kind === 'failure') return { failure: reply.failure, message: reply.message };
    const outcome = await outcomeJson(reply, lang);
    if (outcome['state'] !== 'pending' && outcome['state'] !== 'waiting') return good(outcome);
    return { status: 202, body: outcome, headers: { location: `/api/v1/runs/${reply.message}` } };
  }

  async function outcomeJson(reply: Reply, lang: Lang): Promise<ValueObject> {
    switch (reply.kind) {
      case 'body': {
        // A reply with the status of an error may be that of a good run; only the journal tells.
        const ended = reply.status < 400 ? null : ((await journal.show(reply.message))?.message ?? null);
        const failed = ended === null || ended.failure === null ? null : failureJson(ended.failure, lang);
        return { id: reply.message, state: ended?.state ?? 'done', status: reply.status, reply: parseJson(reply.body), failure: failed };
      }
      case 'failure':
        return { id: reply.message, state: (await stateOf(reply.message)) ?? 'failed', status: null, reply: null, failure: failureJson(reply.failure.toData(), lang) };
      case 'accepted':
        return { id: reply.message, state: (await stateOf(reply.message)) ?? 'pending', status: null, reply: null, failure: null };
      default:
        return reply satisfies never;
    }
  }
}

/** What keeps one record's run from beginning is that run's own failure. */
function asReply(error: unknown): Reply {
  if (!(error instanceof Failure)) throw error;
  return { kind: 'failure', message: null, failure: error };
}

const activeJson = ({ id, route, scenarios, startedAt }: ActiveRun): ValueObject => ({ id, state: 'running', route, scenarios, startedAt, here: true });

const waitingJson = ({ id, state, routeName, scenarioNames, receivedAt }: MessageSummary): Value => ({ id, state, route: routeName, scenarios: scenarioNames, startedAt: receivedAt, here: false });
