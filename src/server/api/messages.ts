/** Messages and dead letters. */
import { messageOperations } from '../../api/messages.ts';
import type { Configuration } from '../../core/configuration/published.ts';
import type { MessageState } from '../../core/effect-set.ts';
import { failure } from '../../core/failure.ts';
import type { MessageFilter } from '../../core/journal.ts';
import { limits } from '../../core/limits.ts';
import { isUuid } from '../../core/message-id.ts';
import type { ValueObject } from '../../core/value.ts';
import { good, handle, type Handler } from './handler.ts';
import { storyJson, summaryJson } from './message-json.ts';
import type { ApiParts } from './parts.ts';

export function messageHandlers({ engine, journal, payloadBytes, configuration }: ApiParts): readonly Handler[] {
  return [
    handle(messageOperations.listMessages, async ({ query }) => {
      const { limit, cursor, key, state, direction, route, from, to } = query;
      const filter: MessageFilter = {
        ...(state === undefined ? {} : { states: state }),
        ...(direction === undefined ? {} : { directions: direction }),
        ...(route === undefined ? {} : { route: routeId(configuration.current(), route) }),
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
        ...(key === undefined ? {} : { key: keyOf(key) }),
      };
      const page = await journal.list(filter, { limit: limit ?? 100, ...(cursor === undefined ? {} : { cursor }) });
      return good({ messages: page.messages.map(summaryJson), cursor: page.cursor });
    }),

    handle(messageOperations.getMessage, async ({ params, query, lang }) => {
      const id = params.id.toLowerCase();
      const story = await journal.show(id);
      if (story === null) throw failure('message.unknown', { id });
      return good(await storyJson(story, { lang, templates: configuration.current().templates, bytesOf: query.payload === true ? payloadBytes : null }));
    }),

    handle(messageOperations.retryMessage, async ({ params }) => {
      const id = params.id.toLowerCase();
      if (!(await engine.retry(id))) throw await notDead(id);
      return good({ id, retried: true, state: (await stateOf(id)) ?? 'pending' });
    }),

    handle(messageOperations.discardMessage, async ({ params }) => {
      const id = params.id.toLowerCase();
      if (!(await engine.discard(id))) throw await notDead(id);
      return good({ id, state: 'discarded' });
    }),

    handle(messageOperations.retryMessages, async ({ body: { ids, route } }) => {
      if ((ids === undefined) === (route === undefined)) throw failure('http.exactlyOne', { fields: ['ids', 'route'] });
      const wanted = ids ?? (await deadLettersOf(routeId(configuration.current(), route ?? '')));
      const most = limits.bulkMessages.value;
      const messages: ValueObject[] = [];
      for (const given of wanted.slice(0, most)) {
        const id = given.toLowerCase();
        messages.push({ id, retried: await engine.retry(id), state: await stateOf(id) });
      }
      return good({ messages, more: wanted.length > most });
    }),
  ];

  async function stateOf(id: string): Promise<MessageState | null> {
    return (await journal.show(id))?.message.state ?? null;
  }

  async function notDead(id: string): Promise<Error> {
    const state = await stateOf(id);
    return state === null ? failure('message.unknown', { id }) : failure('message.notDead', { id, state });
  }

  /** Oldest first, and no more than a few calls could put back. */
  async function deadLettersOf(route: string): Promise<readonly string[]> {
    const found: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await journal.list({ states: ['dead'], route }, { limit: limits.pageRows.value, ...(cursor === null ? {} : { cursor }) });
      found.push(...page.messages.map(({ id }) => id));
      cursor = page.cursor;
    } while (cursor !== null && found.length < 20 * limits.pageRows.value);
    return found.reverse();
  }
}

/** A route that is gone is still found by its id. Throws `route.unknown`. */
function routeId(configuration: Configuration, route: string): string {
  const id = isUuid(route.toLowerCase()) ? route.toLowerCase() : configuration.route(route)?.id;
  if (id === undefined) throw failure('route.unknown', { route: route.slice(0, 80) });
  return id;
}

/** `name:value`; only the first colon separates. */
function keyOf(text: string): { name?: string; value: string } {
  const colon = text.indexOf(':');
  const value = text.slice(colon + 1);
  return colon <= 0 ? { value } : { name: text.slice(0, colon), value };
}
