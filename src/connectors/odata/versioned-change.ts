/** A change of one row where the service may demand its version. */
import { perform, type Work } from './exchange.ts';
import { readEtag, readSingle } from './envelope.ts';
import { readBeside } from './side-reading.ts';
import type { ServiceAnswer, ServiceRequest } from './service.ts';
import type { Match } from './write-headers.ts';

/**
 * With `auto`, a service that demands a version (428, nothing was changed) is given the one that the row has now: whoever did not
 * ask for a condition means the row as it is. With any other `match` the demand is the answer.
 */
export async function performChange(work: Work, set: string, match: Match, request: ServiceRequest): Promise<ServiceAnswer> {
  const answer = await perform(work, request);
  if (answer.http.status !== 428 || match !== 'auto') return answer;
  const { answer: read, refused } = await readBeside(work, set, request.path);
  const etag = refused === undefined && read.value !== undefined ? readEtag(read.http.headers, readSingle(read.value)) : undefined;
  return etag === undefined ? answer : perform(work, { ...request, headers: { ...request.headers, 'if-match': etag } });
}
