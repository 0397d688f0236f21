/** Fetches the description of a service, and says what came instead of one. */
import { failure, limits, statusFailure, type Failure, type HttpAnswer, type MetadataDocument } from '../../sdk/index.ts';
import { asRead } from './as-read.ts';
import { maskSecrets } from './masked-text.ts';
import { exceptionFailure } from './onec-exception.ts';
import type { ServiceContext } from './service-context.ts';
import { isHtml, readServiceError, titleOf } from './service-error.ts';
import type { ServicePort } from './service-port.ts';

export const metadataAddress = (base: string): string => `${base}/$metadata`;

/** Undefined when the service says that the document of this mark is still its own. */
export async function fetchMetadata(context: ServiceContext, port: ServicePort, base: string, etag: string | null, signal: AbortSignal): Promise<MetadataDocument | undefined> {
  const { name, properties } = context;
  const url = metadataAddress(base);
  const answer = await asRead(context, url, properties.metadataTimeoutMs, signal, () => port.request({
    method: 'GET', url, timeoutMs: properties.metadataTimeoutMs, responseBytes: limits.odataMetadataBytes.value,
    headers: { accept: 'application/xml', 'user-agent': 'Zveno', ...(etag === null ? {} : { 'if-none-match': etag }) },
  }, signal));
  if (etag !== null && answer.status === 304) return undefined;
  const refused = statusFailure({ connection: name, address: answer.url, status: answer.status, headers: answer.headers, nowMs: context.clock.wallMs() });
  if (refused !== undefined) throw refused.code === 'connection.authenticationFailed' ? signInRefused(context, refused, answer) : (troubleOf(context, port, answer) ?? refused);
  if (answer.bodyFailure !== undefined) {
    const { code, parameters, cause } = answer.bodyFailure;
    throw failure(code, parameters, { cause, ...(code === 'connection.malformedResponse' ? { next: { kind: 'retry' } } : {}) });
  }
  const head = new TextDecoder().decode(answer.body.subarray(0, 20_000));
  if (isHtml(head)) throw failure('odata.htmlPage', { connection: name, address: answer.url, title: titleOf(head) });
  const mark = answer.headers['etag'];
  // Kept under the address that was asked for, because that is what the connection names.
  return { bytes: answer.body, address: url, ...(mark === undefined ? {} : { etag: mark }) };
}

/** What the web server or 1C says of itself instead of the document: a module that did not load, no licence. */
function troubleOf({ name }: ServiceContext, port: ServicePort, { status, body }: HttpAnswer): Failure | undefined {
  if (status < 500) return undefined;
  const error = readServiceError(maskSecrets(port.secrets(), new TextDecoder().decode(body.subarray(0, 20_000))), undefined);
  return error === undefined ? undefined : exceptionFailure({ connection: name, set: '$metadata', repeatable: true }, error.message, `HTTP ${status}, ${error.message}`);
}

/** Says who was refused, and which ways to sign in the server takes. */
function signInRefused({ name, properties }: ServiceContext, refused: Failure, { url, headers }: HttpAnswer): Failure {
  const schemes = (headers['www-authenticate'] ?? '').split(',').flatMap((part) => /^\s*([A-Za-z][\w-]*)(?:\s|$)/.exec(part)?.[1] ?? []);
  return failure('odata.signInRefused', { connection: name, address: url, user: properties.username ?? '–', schemes: [...new Set(schemes)].map((scheme) => (properties.auth !== 'ntlm' && /^(?:NTLM|Negotiate)$/i.test(scheme) ? `${scheme} (auth: ntlm)` : scheme)).join(', ').slice(0, 200) || '–' }, { cause: refused });
}
