/** Readings that a write makes on its own account: what they find is worth knowing, and their trouble changes nothing of the write. */
import { failure, type Failure } from '../../sdk/index.ts';
import { answerFailure } from './answer-failure.ts';
import { asRead } from './as-read.ts';
import type { Work } from './exchange.ts';
import type { ServiceAnswer } from './service.ts';

export interface SideReading {
  answer: ServiceAnswer;
  /** What the service refused it with. */
  refused: Failure | undefined;
}

/** Throws as a read does: nothing of it can have had an effect. */
export async function readBeside(work: Work, set: string, path: string | URL): Promise<SideReading> {
  const { context, service, described, signal } = work;
  const answer = await asRead(context, service.root.href, context.properties.timeoutMs, signal, () => service.request(described, { method: 'GET', path }, signal));
  const place = { connection: context.name, dialect: described.dialect, set, key: '', repeatable: true, nowMs: context.clock.wallMs() };
  const refused = answerFailure(place, answer.http, answer.text, answer.value) ?? answer.http.bodyFailure
    ?? (answer.value === undefined ? failure('connection.malformedResponse', { connection: context.name, address: answer.http.url, detail: 'JSON' }) : undefined);
  return { answer, refused };
}
