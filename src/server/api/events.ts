/** The live feed as server-sent events. */
import { randomUUID } from 'node:crypto';
import { eventOperations } from '../../api/events.ts';
import { failure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { Clock } from '../../core/ports.ts';
import type { Feed, FeedEvent, MessageNews } from '../../engine/feed.ts';
import { handle, type Handler } from './handler.ts';
import type { ApiParts } from './parts.ts';

export function eventHandlers({ feed, clock, onAccessChange }: { feed: Feed; clock: Clock; onAccessChange: ApiParts['onAccessChange'] }): readonly Handler[] {
  // Positions begin anew with every start of a node: an id of another start belongs to another feed.
  const feedId = randomUUID().slice(0, 8);
  let readers = 0;
  return [
    handle(eventOperations.watchEvents, async ({ query, headers, mayStill, signal }) => {
      const limit = limits.eventReaders.value;
      if (readers >= limit) throw failure('http.tooManyReaders', { limit }, { next: { kind: 'retryAfter', ms: 5_000 } });
      const wanted = (event: FeedEvent): boolean => {
        if ('job' in event) return query.job === true;
        return isWanted(event);
      };
      const isWanted = (event: MessageNews): boolean =>
        (query.state === undefined || query.state.includes(event.state)) &&
        (query.direction === undefined || query.direction.includes(event.direction)) &&
        (query.route === undefined || query.route === event.route);
      const since = sinceOf(feedId, headers['last-event-id']);
      const stream = watch({ feed, feedId, clock, wanted, since, mayStill, onAccessChange, signal });
      // The connection ends with its stream: a closing node must not wait for one that has nothing more to say.
      return { status: 200, stream: counted(stream), mediaType: 'text/event-stream; charset=utf-8', headers: { 'x-accel-buffering': 'no', connection: 'close' } };
    }),
  ];

  async function* counted(stream: AsyncGenerator<string>): AsyncGenerator<string> {
    readers += 1;
    try {
      yield* stream;
    } finally {
      readers -= 1;
    }
  }
}

/** `null`: a new reader; `'gap'`: one whose last event is not of this feed. */
function sinceOf(feedId: string, header: string | string[] | undefined): number | 'gap' | null {
  if (header === undefined || header === '') return null;
  const [id, position] = String(header).split('-');
  return id === feedId && /^\d{1,15}$/.test(position ?? '') ? Number(position) : 'gap';
}

/** About what one event takes. */
const eventBytes = 256;

interface Watch {
  feed: Feed;
  feedId: string;
  clock: Clock;
  wanted: (event: FeedEvent) => boolean;
  since: number | 'gap' | null;
  readonly mayStill: () => Promise<boolean>;
  onAccessChange: ApiParts['onAccessChange'];
  signal: AbortSignal;
}

/** Ends when the reader goes, may see no more of it, falls too far behind, or has been connected long enough to show his credentials again. */
async function* watch({ feed, feedId, clock, wanted, since, mayStill, onAccessChange, signal }: Watch): AsyncGenerator<string> {
  const waiting: FeedEvent[] = [];
  let waitingBytes = 0;
  let news = Promise.withResolvers<void>();
  const missed = since === 'gap' || (since !== null && since < feed.oldest - 1);
  const stop = feed.subscribe(
    (event) => {
      // A reader that stands still is cut off when it moves again; until then nothing more is kept for it.
      if (!wanted(event) || waitingBytes > limits.eventBufferBytes.value) return;
      waiting.push(event);
      waitingBytes += eventBytes;
      news.resolve();
    },
    typeof since === 'number' ? since : undefined,
  );
  let isAsked = false;
  const stopListening = onAccessChange(() => {
    isAsked = true;
    news.resolve();
  });
  const until = clock.monotonicMs() + limits.eventStreamMs.value;
  try {
    // What is asked later is compared with what is found now.
    if (!(await mayStill())) return;
    yield ': zveno\nretry: 2000\n\n';
    if (missed) yield 'event: gap\ndata: {}\n\n';
    while (!signal.aborted && clock.monotonicMs() < until) {
      if (waitingBytes > limits.eventBufferBytes.value) return;
      if (isAsked) {
        isAsked = false;
        if (!(await mayStill())) return;
      }
      const events = waiting.splice(0);
      waitingBytes = 0;
      if (events.length > 0) yield events.map((event) => eventText(feedId, event)).join('');
      if (waiting.length > 0 || isAsked) continue;
      news = Promise.withResolvers<void>();
      if (!(await isQuiet(news.promise, clock, signal))) continue;
      // An end by time is nobody's deed, and so is told by nobody.
      isAsked = true;
      yield ': \n\n';
    }
  } finally {
    stop();
    stopListening();
  }
}

/** True when nothing came for the length of a heartbeat. */
async function isQuiet(arrived: Promise<void>, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const pause = new AbortController();
  const quiet = clock.sleep(limits.eventHeartbeatMs.value, AbortSignal.any([signal, pause.signal])).then(() => true, () => false);
  const result = await Promise.race([arrived.then(() => false), quiet]);
  pause.abort();
  return result;
}

function eventText(feedId: string, { position, at, ...news }: FeedEvent): string {
  const name = 'job' in news ? 'job' : 'message';
  return `id: ${feedId}-${position}\nevent: ${name}\ndata: ${JSON.stringify({ ...news, at })}\n\n`;
}
