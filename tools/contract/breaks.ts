/** What a client that was written for the contract `before` would trip over in `after`. Each rule has a planted violation in its test. */
import { isSchema, type Contract, type ContractOperation, type Schema } from './contract.ts';

/** `sent`: by clients, so it must not get narrower. `answered`: to them, so it must not get wider. */
type Way = 'sent' | 'answered';

interface Sides {
  before: Contract;
  after: Contract;
}

export function breaks(before: Contract, after: Contract): readonly string[] {
  return Object.entries(before.operations).flatMap(([address, old]) => {
    const now = after.operations[address];
    if (now === undefined) return [`${address}: the operation is gone`];
    return operationBreaks(old, now, { before, after }).map((text) => `${address}: ${text}`);
  });
}

function operationBreaks(old: ContractOperation, now: ContractOperation, sides: Sides): readonly string[] {
  return [
    ...(old.id === now.id ? [] : [`its id was ${old.id} and is ${now.id}: generated clients call it by that`]),
    ...parameterBreaks(old, now, sides),
    ...bodyBreaks(old, now, sides),
    ...answerBreaks(old, now, sides),
  ];
}

function parameterBreaks(old: ContractOperation, now: ContractOperation, sides: Sides): readonly string[] {
  const kept = Object.entries(old.parameters).flatMap(([name, parameter]) => {
    const still = now.parameters[name];
    if (still === undefined) return [`the parameter "${name}" is gone`];
    return [...(still.required && !parameter.required ? [`the parameter "${name}" has become required`] : []), ...schemaBreaks(parameter.schema, still.schema, 'sent', `parameter "${name}"`, sides)];
  });
  const added = Object.entries(now.parameters).filter(([name, { required }]) => required && old.parameters[name] === undefined);
  return [...kept, ...added.map(([name]) => `the new parameter "${name}" is required`)];
}

function bodyBreaks(old: ContractOperation, now: ContractOperation, sides: Sides): readonly string[] {
  if (old.body === undefined) return now.body === undefined ? [] : ['a body has become required'];
  return Object.entries(old.body).flatMap(([type, schema]) => {
    const still = now.body?.[type];
    return still === undefined ? [`a body of ${type} is not taken any more`] : schemaBreaks(schema, still, 'sent', 'body', sides);
  });
}

function answerBreaks(old: ContractOperation, now: ContractOperation, sides: Sides): readonly string[] {
  return Object.entries(old.answers).flatMap(([status, types]) => {
    const still = now.answers[status];
    if (still === undefined) return [`it does not answer ${status} any more`];
    return Object.entries(types).flatMap(([type, schema]) => {
      const answered = still[type];
      return answered === undefined ? [`it does not answer ${status} with ${type} any more`] : schemaBreaks(schema, answered, 'answered', `answer ${status}`, sides);
    });
  });
}

function schemaBreaks(old: Schema, now: Schema, way: Way, place: string, sides: Sides, above: readonly unknown[] = []): readonly string[] {
  // A shape that refers to itself is compared once.
  const name = old['$ref'];
  if (name !== undefined && above.includes(name)) return [];
  const [left, right] = [resolved(old, sides.before), resolved(now, sides.after)];
  const deeper = (from: Schema, to: Schema, at: string): readonly string[] => schemaBreaks(from, to, way, at, sides, name === undefined ? above : [...above, name]);
  if (left['anyOf'] !== undefined || right['anyOf'] !== undefined) return alternativeBreaks(left, right, way, place, deeper);
  return [...typeBreaks(left, right, way, place), ...valueBreaks(left, right, way, place), ...boundBreaks(left, right, way, place), ...memberBreaks(left, right, way, place, deeper)];
}

function resolved(schema: Schema, contract: Contract): Schema {
  const name = typeof schema['$ref'] === 'string' ? schema['$ref'].split('/').at(-1) : undefined;
  return name === undefined ? schema : (contract.schemas[name] ?? schema);
}

type Deeper = (from: Schema, to: Schema, at: string) => readonly string[];

/** Each form that may come has to fit one that is understood. */
function alternativeBreaks(left: Schema, right: Schema, way: Way, place: string, deeper: Deeper): readonly string[] {
  const [given, understood] = way === 'sent' ? [formsOf(left), formsOf(right)] : [formsOf(right), formsOf(left)];
  return given.flatMap((form) => {
    const fits = understood.some((other) => (way === 'sent' ? deeper(form, other, place) : deeper(other, form, place)).length === 0);
    return fits ? [] : [`${place}: ${way === 'sent' ? 'a form that was taken is refused' : 'a form comes that was not there'}: ${JSON.stringify(form).slice(0, 120)}`];
  });
}

const formsOf = (schema: Schema): readonly Schema[] => (Array.isArray(schema['anyOf']) ? schema['anyOf'].filter(isSchema) : [schema]);

function typeBreaks(left: Schema, right: Schema, way: Way, place: string): readonly string[] {
  const [old, now] = [typesOf(left), typesOf(right)];
  const [given, understood] = way === 'sent' ? [old, now] : [now, old];
  if (understood === null) return [];
  const lost = given === null ? ['any'] : given.filter((type) => !understood.includes(type) && !(type === 'integer' && understood.includes('number')));
  return lost.length === 0 ? [] : [`${place}: the type was ${old?.join(' or ') ?? 'any'} and is ${now?.join(' or ') ?? 'any'}`];
}

function typesOf({ type }: Schema): readonly string[] | null {
  if (typeof type === 'string') return [type];
  return Array.isArray(type) ? type.map(String) : null;
}

/** Of what is answered, clients have to bear values that come with later versions. */
function valueBreaks(left: Schema, right: Schema, way: Way, place: string): readonly string[] {
  const [old, now] = [left['enum'], right['enum']];
  if (way === 'answered' || !Array.isArray(now)) return [];
  if (!Array.isArray(old)) return [`${place}: only some values are taken now`];
  const gone = old.filter((value: unknown) => !now.includes(value));
  return gone.length === 0 ? [] : [`${place}: the values ${gone.join(', ')} are not taken any more`];
}

function boundBreaks(left: Schema, right: Schema, way: Way, place: string): readonly string[] {
  if (way === 'answered') return [];
  const number = (schema: Schema, key: string, absent: number): number => (typeof schema[key] === 'number' ? schema[key] : absent);
  const narrower = [
    ...['maximum', 'maxLength', 'maxItems'].filter((key) => number(right, key, Infinity) < number(left, key, Infinity)),
    ...['minimum', 'minLength', 'minItems'].filter((key) => number(right, key, -Infinity) > number(left, key, -Infinity)),
    ...(right['pattern'] !== undefined && right['pattern'] !== left['pattern'] ? ['pattern'] : []),
    ...(right['uniqueItems'] === true && left['uniqueItems'] !== true ? ['uniqueItems'] : []),
  ];
  return narrower.map((key) => `${place}: ${key} was ${JSON.stringify(left[key] ?? 'open')} and is ${JSON.stringify(right[key])}`);
}

function memberBreaks(left: Schema, right: Schema, way: Way, place: string, deeper: Deeper): readonly string[] {
  const [old, now] = [membersOf(left), membersOf(right)];
  const [mustOld, mustNow] = [requiredOf(left), requiredOf(right)];
  const kept = Object.entries(old).flatMap(([name, schema]) => {
    const still = now[name];
    if (still !== undefined) return deeper(schema, still, `${place}, ${name}`);
    return way === 'answered' || right['additionalProperties'] === false ? [`${place}: the field "${name}" is gone`] : [];
  });
  const wanted = way === 'sent' ? mustNow.filter((name) => !mustOld.includes(name)).map((name) => `${place}: the field "${name}" has become required`) : [];
  const unsure = way === 'answered' ? mustOld.filter((name) => now[name] !== undefined && !mustNow.includes(name)).map((name) => `${place}: the field "${name}" may be missing now`) : [];
  const items = isSchema(left['items']) && isSchema(right['items']) ? deeper(left['items'], right['items'], `${place}[]`) : [];
  const closed = way === 'sent' && right['additionalProperties'] === false && left['additionalProperties'] !== false && left['type'] === 'object' ? [`${place}: unknown fields are refused now`] : [];
  return [...kept, ...wanted, ...unsure, ...items, ...closed];
}

const membersOf = ({ properties }: Schema): Readonly<Record<string, Schema>> => (isSchema(properties) ? (properties as Readonly<Record<string, Schema>>) : {});

const requiredOf = ({ required }: Schema): readonly string[] => (Array.isArray(required) ? required.map(String) : []);
