/** Row sources: how they are, and what people do with them. */
import { sourceOperations } from '../../api/sources.ts';
import type { Lang } from '../../core/failure.ts';
import type { ValueObject } from '../../core/value.ts';
import type { SourceStatus } from '../../engine/sources/source-desk.ts';
import { failureJson } from './failure-json.ts';
import { good, handle, type Answered, type Handler } from './handler.ts';
import type { ApiParts } from './parts.ts';

export function sourceHandlers({ engine: { sources } }: ApiParts): readonly Handler[] {
  const shown = async (route: string, lang: Lang, status = 200): Promise<Answered> => ({ status, body: sourceJson(await sources.show(route), lang) });
  return [
    handle(sourceOperations.listSources, async ({ lang }) => good({ sources: (await sources.list()).map((status) => sourceJson(status, lang)) })),
    handle(sourceOperations.getSource, async ({ params, lang }) => shown(params.route, lang)),
    handle(sourceOperations.runSource, async ({ params, lang }) => {
      await sources.run(params.route);
      return shown(params.route, lang, 202);
    }),
    handle(sourceOperations.pauseSource, async ({ params, lang }) => {
      await sources.pause(params.route);
      return shown(params.route, lang);
    }),
    handle(sourceOperations.resumeSource, async ({ params, lang }) => {
      await sources.resume(params.route);
      return shown(params.route, lang);
    }),
    handle(sourceOperations.resetSource, async ({ params, body, lang }) => {
      await sources.reset(params.route, body.cursor ?? null, body.confirm === true);
      return shown(params.route, lang);
    }),
  ];
}

const sourceJson = ({ route, state, failure, stored }: SourceStatus, lang: Lang): ValueObject => ({
  route: route.name,
  connection: route.connection,
  state,
  dueAt: stored?.dueAt ?? null,
  readAt: stored?.readAt ?? null,
  cursor: stored?.cursor ?? null,
  cursorAt: stored?.cursorAt ?? null,
  lastPages: stored?.lastPages ?? 0,
  pages: stored?.pages ?? 0,
  messages: stored?.messages ?? 0,
  attempts: stored?.attempts ?? 0,
  failure: failure === null ? null : failureJson(failure, lang),
});
