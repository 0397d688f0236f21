/** A batch as one JSON document, which services of V4 may know. Pure. */
import { isObject, parseJson, printJson, type Value, type ValueObject } from '../../sdk/index.ts';
import { BatchProblem, type BatchUnit, type PartAnswer } from './batch-multipart.ts';

export function printBatchJson(units: readonly BatchUnit[], accept: string): Uint8Array {
  const requests = units.flatMap(({ group, members }, index) => members.map((member): ValueObject => ({
    id: member.id,
    ...(group === undefined ? {} : { atomicityGroup: `g${index + 1}` }),
    ...(member.after.length === 0 ? {} : { dependsOn: member.after }),
    method: member.method.toLowerCase(),
    url: member.path,
    headers: { accept, ...member.headers, ...(member.body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(member.body === undefined ? {} : { body: parseJson(member.body) }),
  })));
  return new TextEncoder().encode(printJson({ requests }));
}

/** Throws a `BatchProblem` for what is no answer to a batch. */
export function parseBatchJson(value: Value | undefined): readonly PartAnswer[] {
  const responses = isObject(value) ? value['responses'] : undefined;
  if (!Array.isArray(responses)) throw new BatchProblem('no list of responses');
  return (responses as readonly Value[]).map((response) => {
    const status = isObject(response) ? Number(response['status']) : NaN;
    if (!isObject(response) || !Number.isInteger(status)) throw new BatchProblem('a response without a status');
    const { id, body, headers } = response;
    return { contentId: typeof id === 'string' || typeof id === 'number' ? String(id) : undefined, status, headers: textHeaders(headers), body: new TextEncoder().encode(bodyText(body)) };
  });
}

function bodyText(body: Value | undefined): string {
  if (body === undefined || body === null) return '';
  return typeof body === 'string' ? body : printJson(body);
}

function textHeaders(headers: Value | undefined): Readonly<Record<string, string>> {
  const flat: Record<string, string> = Object.create(null);
  if (isObject(headers)) for (const [name, value] of Object.entries(headers)) if (typeof value === 'string') flat[name.toLowerCase()] = value;
  return flat;
}
