/** Refuses what a page of another site makes a browser send: browsers add the credentials of our site by themselves. */
import type { FastifyRequest } from 'fastify';
import { failure } from '../core/failure.ts';

/** Programs send neither header; a browser sends at least one with everything that may change something. Throws `access.crossSite`. */
export function assertSameSite(request: FastifyRequest, publicUrl: string | null): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const told = site === undefined || site === 'same-origin' || site === 'none';
  const own = origin === undefined || hostOf(origin) === request.headers.host || (publicUrl !== null && hostOf(origin) === hostOf(publicUrl));
  if (!told || !own) throw failure('access.crossSite', { origin: (origin ?? String(site)).slice(0, 200) });
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'null');
