/** Functions and actions: of a row, of a set, of the service itself. */
import { failure, nearestKnown, printJson, type Receipt, type SpecValues, type Value, type ValueObject } from '../../sdk/index.ts';
import { clockOf } from './clocked-operation.ts';
import type { EdmFunction, StructuredType } from './edm.ts';
import { readResult } from './envelope.ts';
import { malformed, objectAt, okReceipt, perform, refusal, type Target, type Work } from './exchange.ts';
import { keyText, rowAddress, setNamed } from './key.ts';
import { printLiteral } from './literal.ts';
import { printQuery, type QueryPart } from './query-string.ts';
import { readRow, readScalar } from './row.ts';
import { writeRow } from './row-writing.ts';
import { onServerClock, toMessage, toServer } from './server-clock.ts';
import type { callFunction } from './spec.ts';

type Route = SpecValues<typeof callFunction>;

/** `{result}`: a list, a row or a value, as the function has it. The message: `{key, parameters}`. */
export async function performFunction(work: Work, route: Route): Promise<Receipt> {
  const { context, described } = work;
  const called = functionNamed(work, route);
  const { path, key } = addressOf(work, called);
  const parameters = parametersOf(work, called);
  const target: Target = { name: `${route.set === undefined ? '' : `${route.set}/`}${called.name}`, key, repeatable: called.method === 'GET' };
  const inBody = described.dialect === 'v4' && called.method === 'POST';
  const answer = await perform(work, {
    method: called.method,
    path: inBody ? path : path + literals(work, called, parameters),
    ...(inBody ? { body: new TextEncoder().encode(printJson(writeRow({ connection: context.name, dialect: described.dialect, model: described.model, set: called.name, warn: () => undefined }, parameterType(called), parameters))) } : {}),
  });
  const refused = refusal(work, target, answer);
  if (refused !== undefined) return refused;
  if (answer.http.body.length > 0 && answer.value === undefined) return malformed(work, target, answer, 'JSON');
  return okReceipt({ result: answer.value === undefined ? null : resultOf(work, called, answer.value) }, answer.http);
}

function functionNamed({ context, described }: Work, route: Route): EdmFunction {
  const set = route.set === undefined ? undefined : setNamed(context.name, described.model, route.set);
  const known = described.model.functions.filter((each) => each.boundSet === set?.name);
  const found = known.find((each) => each.name === route.name || each.qualifiedName === route.name);
  if (found !== undefined) return found;
  throw failure('odata.unknownFunction', { connection: context.name, set: set?.name ?? context.name, name: route.name, nearest: nearestKnown(route.name, known.map((each) => each.name)) });
}

function addressOf(work: Work, called: EdmFunction): { path: string; key: string } {
  const { context, described } = work;
  const name = encodeURIComponent(called.qualifiedName);
  if (called.boundSet === undefined) return { path: name, key: '' };
  const set = setNamed(context.name, described.model, called.boundSet);
  if (called.boundToCollection) return { path: `${encodeURIComponent(set.name)}/${name}`, key: '' };
  const values = toServer(clockOf(work), set.type, objectAt(work, 'key'));
  return { path: `${rowAddress({ connection: context.name, dialect: described.dialect }, set, values)}/${name}`, key: keyText(set, values) };
}

/** Names are checked, instants are turned into the clock of the server. A virtual table of 1C is computed whole, so its period has to be told. */
function parametersOf(work: Work, called: EdmFunction): ValueObject {
  const given = objectAt(work, 'parameters');
  checkNames(work, called, given);
  const types = new Map(called.parameters.map(({ name, type }) => [name, type]));
  const parameters: ValueObject = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, types.get(name) === 'Edm.DateTime' ? onServerClock(clockOf(work), value, `parameters.${name}`) : value]));
  const virtual = work.described.dialect === '1c' && called.boundToCollection && called.method === 'GET';
  const missing = virtual ? periods.find((name) => types.has(name) && (parameters[name] === undefined || parameters[name] === null)) : undefined;
  if (missing !== undefined) throw failure('odata.periodNeeded', { connection: work.context.name, set: called.boundSet ?? '', name: called.name, parameter: missing });
  return parameters;
}

const periods: readonly string[] = ['Period', 'StartPeriod', 'EndPeriod'];

function checkNames({ context }: Work, called: EdmFunction, parameters: ValueObject): void {
  const known = called.parameters.map((parameter) => parameter.name);
  for (const name of Object.keys(parameters)) {
    if (!known.includes(name)) throw failure('odata.unknownField', { connection: context.name, set: called.name, field: `parameters.${name}`, nearest: nearestKnown(name, known) });
  }
}

/** V4 and the virtual tables of 1C take parameters in brackets, all others after the question mark. */
function literals(work: Work, called: EdmFunction, parameters: ValueObject): string {
  const { context, described } = work;
  const connection = context.name;
  const parts = called.parameters.flatMap(({ name, type, nullable }): QueryPart[] => {
    const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (value === undefined && (nullable || described.dialect === '1c')) return [];
    if (value === undefined) throw failure('connection.valueMissing', { connection, attribute: `parameters.${name}` });
    return [[name, printLiteral({ connection, dialect: described.dialect, field: `parameters.${name}` }, type, value)]];
  });
  const inBrackets = called.method === 'GET' && (described.dialect === 'v4' || (described.dialect === '1c' && called.boundToCollection));
  if (!inBrackets) return printQuery(connection, described, parts);
  return `(${parts.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join(',')})`;
}

/** Parameters of an action are written like the fields of a row. */
const parameterType = (called: EdmFunction): StructuredType => ({
  name: called.name, kind: 'complex', keys: [], navigations: new Map(), open: false,
  properties: new Map(called.parameters.map((parameter) => [parameter.name, { ...parameter, role: { kind: 'scalar' } }])),
});

function resultOf(work: Work, called: EdmFunction, value: Parameters<typeof readResult>[0]): ReturnType<typeof readResult> {
  const { model } = work.described;
  const type = called.returnType ?? '';
  const structured = model.types.get(type);
  const result = readResult(value);
  if (structured === undefined) return readScalar(type, result);
  const shown = (row: Value): ValueObject => toMessage(clockOf(work), structured, readRow(model, structured, row));
  return Array.isArray(result) ? result.map(shown) : shown(result);
}
