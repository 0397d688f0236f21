/**
 * Answers of a simulated 1C, recorded and spoiled, are given to the connector. Whatever comes: an answer whose rows are rows that
 * were there, or a failure of the catalogue; never another exception, never a wait without an end.
 */
import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { Client, startQuick } from '../../../demo/onec/testing/client.ts';
import definition from '../../../src/connectors/odata/index.ts';
import { Failure, isObject, printJson, type Receipt, type Value, type ValueObject } from '../../../src/sdk/index.ts';
import { callOf, contextOf, sendOnce } from '../../../src/sdk/testing/context.ts';
import { startHttp, type SeenRequest } from '../../../src/sdk/testing/server.ts';
import { type Answer, type Damage, damaged, damages, drawing } from './damage.ts';

export interface AnswersOptions {
  runs: number;
  seed: number;
  tell: (text: string) => void;
}

export interface Finding {
  run: number;
  call: string;
  damage: Damage;
  what: string;
}

export interface AnswersReport {
  /** Calls by what came of them: a code, or what was answered. */
  outcomes: ReadonlyMap<string, number>;
  findings: readonly Finding[];
}

const set = 'Catalog_Контрагенты';
/** A call that takes longer stands for one without an end: its answer is a few kilobytes from this very machine. */
const hangMs = 20_000;

interface Call {
  name: string;
  operation: string;
  properties: Record<string, Value>;
  request: ValueObject;
  format: 'json' | 'atom';
}

export async function runAnswers({ runs, seed, tell }: AnswersOptions): Promise<AnswersReport> {
  const onec = await startQuick({ size: { rows: 12 } });
  const outcomes = new Map<string, number>();
  const findings: Finding[] = [];
  let spoil: (answer: Answer) => Answer = (answer) => answer;
  const proxy = await startHttp((request, response) => relay(onec.url, request, response, (answer) => spoil(answer)));
  const key = String((await new Client(onec).first(set, { $top: 1 }))['Ref_Key']);
  const calls = callsOf(key);
  const open = { json: connection(proxy.url, 'json'), atom: connection(proxy.url, 'atom') };
  try {
    const honest = new Map<string, Receipt>();
    for (const call of calls) honest.set(call.name, await send(open[call.format], call));
    for (let run = 0; run < runs; run += 1) {
      const draw = drawing(seed + run);
      const call = calls[draw(calls.length)] ?? calls[0];
      const damage = damages[draw(damages.length)] ?? 'cut';
      if (call === undefined) break;
      const served: Answer[] = [];
      spoil = (answer) => {
        const spoiled = damaged(answer, damage, draw);
        served.push(spoiled);
        return spoiled;
      };
      const what = await outcomeOf(open[call.format], call, honest.get(call.name), served);
      outcomes.set(what.text, (outcomes.get(what.text) ?? 0) + 1);
      if (what.wrong) findings.push({ run: seed + run, call: call.name, damage, what: what.text });
      if ((run + 1) % 500 === 0) tell(`${run + 1} of ${runs}, ${findings.length} findings\n`);
    }
  } finally {
    await Promise.all([open.json.close(), open.atom.close()]);
    await proxy[Symbol.asyncDispose]();
    await onec.close();
  }
  return { outcomes, findings };
}

/** How many rows an answer has by other means than the connector's; undefined where it is no answer of rows. */
function rowsByReference({ body }: Answer): number | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
  if (text.trimStart().startsWith('<')) return text.match(/<(?:entry|d:element m:type="StandardODATA\.AccumulationRegister_[^"]*_Balance")[ >]/g)?.length ?? 0;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const rows: readonly unknown[] = 'value' in value && Array.isArray(value.value) ? value.value : [value];
    return rows.every((row) => typeof row === 'object' && row !== null && !Array.isArray(row)) ? rows.length : undefined;
  } catch {
    return undefined;
  }
}

function callsOf(key: string): Call[] {
  const query = { set, select: ['Description', 'ИНН', 'ЧислоСотрудников', 'ЛимитДолга', 'КонтактнаяИнформация'], pageRows: 5 };
  return (['json', 'atom'] as const).flatMap((format): Call[] => [
    { name: `query ${format}`, operation: 'query', properties: query, request: {}, format },
    { name: `get ${format}`, operation: 'get', properties: { set }, request: { Ref_Key: key }, format },
    { name: `scan ${format}`, operation: 'scan', properties: { set, pageRows: 5 }, request: {}, format },
    { name: `balance ${format}`, operation: 'callFunction', properties: { set: 'AccumulationRegister_ОстаткиТоваров', name: 'Balance' }, request: { parameters: { Period: '2030-01-01T00:00:00' } }, format },
  ]);
}

const connection = (url: string, format: 'json' | 'atom') => definition.open(contextOf(definition, { url: `${url}/base/odata/standard.odata`, format }, { name: 'base' }));

const send = (open: ReturnType<typeof connection>, { operation, properties, request }: Call): Promise<Receipt> => sendOnce(open, callOf({ operation, properties, request }));

async function outcomeOf(open: ReturnType<typeof connection>, call: Call, honest: Receipt | undefined, served: readonly Answer[]): Promise<{ text: string; wrong: boolean }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => (timer = setTimeout(() => resolve('late'), hangMs)));
  try {
    const receipt = await Promise.race([send(open, call), late]);
    if (receipt === 'late') return { text: 'no answer', wrong: true };
    if (receipt.kind === 'error') return { text: receipt.failure.code, wrong: false };
    return judged(receipt, honest, served);
  } catch (error) {
    return error instanceof Failure ? { text: error.code, wrong: false } : { text: `exception: ${String(error).slice(0, 200)}`, wrong: true };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A flipped digit inside a value is a value like any other: nobody can tell. But what was taken for an answer has to be one by
 * other means, too, with as many rows as it has by those.
 */
function judged(receipt: Receipt, honest: Receipt | undefined, served: readonly Answer[]): { text: string; wrong: boolean } {
  const [given, wanted] = [rowsIn(receipt.response), rowsIn(honest?.response ?? null)];
  if (fingerprint(given) === fingerprint(wanted)) return { text: 'the same', wrong: false };
  if (given.some((row) => !isObject(row))) return { text: 'something that is no row', wrong: true };
  const counts = served.map(rowsByReference);
  if (!counts.includes(given.length)) return { text: `${given.length} rows of an answer of ${counts.join(' or ')}`, wrong: true };
  return { text: 'other values', wrong: false };
}

function rowsIn(response: Value): readonly Value[] {
  if (!isObject(response)) return [];
  const { rows, row, result } = response;
  if (Array.isArray(rows)) return rows;
  if (Array.isArray(result)) return result;
  return row === undefined ? [] : [row];
}

const fingerprint = (rows: readonly Value[]): string => createHash('sha256').update(printJson(rows)).digest('hex');

/** Hands requests on; all answers but the description are spoiled. */
async function relay(to: string, request: SeenRequest, response: ServerResponse, spoil: (answer: Answer) => Answer): Promise<void> {
  const reply = await fetch(new URL(request.url, to), { method: request.method, headers: { accept: request.headers.accept ?? '' } });
  const honest: Answer = { type: reply.headers.get('content-type') ?? '', body: new Uint8Array(await reply.arrayBuffer()) };
  const answer = request.url.endsWith('$metadata') || !reply.ok ? honest : spoil(honest);
  response.writeHead(reply.status, { ...(answer.type === '' ? {} : { 'content-type': answer.type }), ...answer.headers }).end(answer.body);
}
