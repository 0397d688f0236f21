/** A failure as an HTTP answer: problem+json (RFC 9457) with the failure's code, and every problem by path. */
import type { FastifyReply } from 'fastify';
import { catalogue } from '../core/errors.ts';
import { Failure, failure, textOf, type Lang } from '../core/failure.ts';

export function languageOf(acceptLanguage: string | undefined): Lang {
  for (const part of (acceptLanguage ?? '').toLowerCase().split(',')) {
    if (part.trim().startsWith('ru')) return 'ru';
    if (part.trim().startsWith('en')) return 'en';
  }
  return 'en';
}

export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  code: string;
  parameters: Failure['parameters'];
  problems?: { path: string; code: string; text: string }[];
  message?: string;
}

export function problemDocument(problem: Failure, lang: Lang, message: string | null): ProblemDocument {
  return {
    type: `urn:zveno:failure:${problem.code}`,
    title: problem.text(lang),
    status: problemStatus(problem),
    code: problem.code,
    parameters: problem.parameters,
    ...(problem.problems.length === 0 ? {} : { problems: problem.problems.map(({ path, code, parameters }) => ({ path, code, text: textOf(code, parameters, lang) })) }),
    ...(message === null ? {} : { message }),
  };
}

export const problemStatus = (problem: Failure): number => catalogue[problem.code].status;

export function sendProblem(reply: FastifyReply, problem: Failure, message: string | null = null): FastifyReply {
  const lang = languageOf(reply.request.headers['accept-language']);
  const status = problemStatus(problem);
  if (problem.next.kind === 'retryAfter') reply.header('retry-after', Math.max(1, Math.ceil(problem.next.ms / 1000)));
  if (problem.code === 'http.methodNotAllowed') reply.header('allow', String(problem.parameters['allowed']));
  if (status === 401) reply.header('www-authenticate', isBrowser(reply) ? 'Bearer realm="Zveno"' : 'Basic realm="Zveno", charset="UTF-8", Bearer realm="Zveno", HMAC-SHA256');
  return reply.status(status).header('content-language', lang).header('cache-control', 'no-store').type('application/problem+json').send(JSON.stringify(problemDocument(problem, lang, message)));
}

/**
 * Asked for Basic, a browser shows a window of its own over the page, keeps the password, and adds it to everything from
 * then on. Without https it does not tell more of itself than its name, or that it has a cookie.
 */
function isBrowser({ request: { headers } }: FastifyReply): boolean {
  return headers['sec-fetch-site'] !== undefined || headers.cookie !== undefined || headers['user-agent']?.startsWith('Mozilla/') === true;
}

/** What a thrown thing is to a caller: its failure, or a bug of ours that tells nothing about our inside. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const status = error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (status === 413) return failure('http.bodyTooLarge', {}, { cause: error });
  if (status === 415) return failure('http.contentType', {}, { cause: error });
  if (status >= 400 && status < 500) return failure('http.malformed', { detail: code }, { cause: error });
  return failure('http.internal', {}, { cause: error });
}
