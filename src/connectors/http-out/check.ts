/** Tests an HTTP connection with a GET, which changes nothing. */
import {
  established, Failure, failure, readUrl, runStages, signInHeaders, statusFailure,
  type CheckStage, type ConnectionContext, type HttpAnswer, type Localised,
} from '../../sdk/index.ts';
import { joinAddress, type Connection } from './request.ts';
import { httpPort } from './send.ts';

export async function* checkHttp(context: ConnectionContext<Connection>, signal: AbortSignal): AsyncGenerator<CheckStage> {
  const { dial, properties } = context;
  let answer: HttpAnswer | undefined;
  const url = (): URL => readUrl(context.name, properties.url);
  const target = () => ({ host: url().hostname, port: Number(url().port) || (url().protocol === 'https:' ? 443 : 80), timeoutMs: properties.timeoutMs });
  yield* runStages(context.clock, [
    { stage: 'address', run: async () => same((await dial.resolve(target().host, signal)).join(', ')) },
    { stage: 'tcp', run: async () => {
      (await dial.dial(target(), signal)).destroy();
      return same(`${target().host}:${target().port}`);
    } },
    { stage: 'tls', run: async () => {
      if (url().protocol === 'http:') return { skipped: { ru: 'Адрес без шифрования', en: 'The address is not encrypted' } };
      const tls = { rejectUnauthorized: properties.tls === 'verify', ...(properties.ca === undefined ? {} : { ca: properties.ca }) };
      (await dial.dial({ ...target(), tls }, signal)).destroy();
      return properties.tls === 'verify' ? { ru: 'Сертификат проверен', en: 'Certificate checked' } : { ru: 'Сертификат не проверялся', en: 'Certificate not checked' };
    } },
    { stage: 'authentication', run: async () => {
      answer = await ask(context, signal);
      const refusal = refusalOf(context, answer);
      if (refusal?.code === 'connection.authenticationFailed') throw refusal;
      return properties.auth === 'none' ? { skipped: { ru: 'Вход не задан', en: 'No sign-in is set' } } : { ru: 'Учётные данные не отвергнуты', en: 'The credentials were not rejected' };
    } },
    { stage: 'permission', run: async () => {
      const refusal = answer === undefined ? undefined : refusalOf(context, answer);
      if (refusal?.code === 'connection.permissionDenied') throw refusal;
      return { ru: 'Доступ не запрещён', en: 'Access is not forbidden' };
    } },
    { stage: 'sample', run: async () => {
      if (answer === undefined) throw new Error('the stages before this one give the answer');
      const strict = properties.checkPath !== undefined && properties.checkPath !== '';
      const refusal = refusalOf(context, answer);
      if (refusal !== undefined && (strict || answer.status >= 500 || answer.status === 429)) throw refusal;
      return { ru: `${established.ru}: HTTP ${answer.status}`, en: `${established.en}: HTTP ${answer.status}` };
    } },
  ]);
}

async function ask(context: ConnectionContext<Connection>, signal: AbortSignal): Promise<HttpAnswer> {
  const { properties } = context;
  const port = httpPort(context);
  const url = joinAddress(properties.url, properties.checkPath ?? '');
  try {
    return await port.request({
      method: 'GET', url, timeoutMs: properties.timeoutMs,
      headers: { accept: 'application/json', 'user-agent': 'Zveno' },
      credentials: { ...properties.headers, ...signInHeaders(properties) },
    }, signal);
  } catch (error) {
    // A read has no effect whose fate could be unknown: here it is only a server that was too slow or hung up.
    if (!(error instanceof Failure) || error.code !== 'connection.unknownOutcome') throw error;
    signal.throwIfAborted();
    const code = error.parameters['late'] === true ? 'connection.timeout' : 'connection.lost';
    throw failure(code, { connection: context.name, address: url, ms: properties.timeoutMs }, { cause: error });
  } finally {
    await port.close();
  }
}

function refusalOf(context: ConnectionContext<Connection>, answer: HttpAnswer): Failure | undefined {
  return statusFailure({ connection: context.name, address: answer.url, status: answer.status, headers: answer.headers, nowMs: context.clock.wallMs() });
}

const same = (text: string): Localised => ({ ru: text, en: text });
