/** What a route looks like to messages: compiled once per published version. */
import { catalogue } from '../core/errors.ts';
import { Failure, failure } from '../core/failure.ts';
import type { PublishedRoute } from '../core/configuration/published.ts';
import { compileExpression, type Expression } from '../core/expression/expression.ts';
import { Budget } from '../core/expression/budget.ts';
import { compileMapping, compileTemplateValue } from '../core/mapping.ts';
import { limits } from '../core/limits.ts';
import { compileChecker } from '../core/message-schema.ts';
import type { ReplySlot } from '../core/scenario/machine-port.ts';
import { Decimal } from '../core/decimal.ts';
import { isStorableText } from '../core/scalar.ts';
import { isObject, type Value, type ValueObject } from '../core/value.ts';

export interface MessageKeys {
  idempotency: string | null;
  order: string | null;
  business: Readonly<Record<string, string>>;
}

export interface RouteFace {
  /** Maps and checks what arrived; throws `message.refused` with every problem by path. */
  accept(arrived: Value): ValueObject;
  keys(message: ValueObject): MessageKeys;
  /** Checks what a scenario wants to send over the route. */
  request(message: Value): ValueObject;
  /** The answer after a good run; no slot filled means the declared attributes with null. */
  response(slot: ReplySlot | null): ReplySlot;
  /** The answer after a failure, or null when the route declares none and no slot was filled. */
  errorResponse(problem: Failure, slot: ReplySlot | null, message: Value | null): ReplySlot | null;
}

export interface RouteFaces {
  of(route: PublishedRoute): RouteFace;
}

export function createRouteFaces(): RouteFaces {
  const faces = new Map<string, readonly { version: number; face: RouteFace }[]>();
  return {
    of(route) {
      // A run that began earlier works by an older version beside the newest.
      const known = faces.get(route.id)?.find(({ version }) => version === route.version);
      if (known !== undefined) return known.face;
      const face = compileFace(route);
      faces.set(route.id, [{ version: route.version, face }, ...(faces.get(route.id) ?? [])].slice(0, limits.pastRevisions.value));
      return face;
    },
  };
}

function compileFace(route: PublishedRoute): RouteFace {
  const check = compileChecker(route.request);
  const map = route.mapping === null ? null : compileMapping(route.mapping, route.request);
  const checkResponse = compileChecker(route.response);
  const emptyResponse: ValueObject = Object.fromEntries(Object.keys(route.response).map((name) => [name, null]));
  const errorBody = route.errorResponse === null ? null : compileTemplateValue(route.errorResponse.body);
  const order = keyOf(route.keys.order);
  const idempotency = keyOf(route.keys.idempotency);
  const business = Object.entries(route.keys.business).map(([name, text]) => [name, keyOf(text)] as const);

  const conform = (value: Value): ValueObject => {
    const checked = check(value);
    if (checked.problems.length > 0) throw failure('message.refused', { route: route.name }, { problems: checked.problems });
    return checked.value;
  };

  return {
    accept(arrived) {
      if (map === null) return conform(arrived);
      const mapped = map(arrived, { message: arrived }, new Budget());
      if (mapped.problems.length > 0) throw failure('message.refused', { route: route.name }, { problems: mapped.problems });
      // A mapping conforms to the schema of its target already.
      return mapped.value;
    },
    keys(message) {
      return {
        idempotency: bounded(idempotency(message), 'idempotency', limits.idempotencyKeyCharacters.value),
        order: bounded(order(message), 'order', limits.orderKeyCharacters.value),
        business: Object.fromEntries(business.flatMap(([name, key]) => {
          const value = bounded(key(message), name, limits.businessKeyCharacters.value);
          return value === null ? [] : [[name, value]];
        })),
      };
    },
    request: conform,
    response(slot) {
      if (slot === null) return { status: 200, body: emptyResponse };
      const checked = checkResponse(slot.body);
      if (checked.problems.length > 0) throw failure('run.replyRefused', { route: route.name }, { problems: checked.problems });
      return { status: slot.status, body: { ...emptyResponse, ...checked.value } };
    },
    errorResponse(problem, slot, message) {
      if (slot !== null) return slot;
      if (route.errorResponse === null || errorBody === null) return null;
      const body = errorBody({ failure: failureValue(problem), message: message ?? undefined }, new Budget());
      return { status: route.errorResponse.status ?? problemStatus(problem), body: body ?? {} };
    },
  };
}

/** A failure as an expression sees it. */
export function failureValue(problem: Failure): ValueObject {
  return {
    code: problem.code,
    message: problem.text('ru'),
    messageEn: problem.text('en'),
    problems: problem.problems.map(({ path, code, parameters }) => ({ path, code, message: new Failure(code, parameters).text('ru') })),
  };
}

/** 400 for a message that was refused, 422 for a failed run; trouble of our own is told as such, so that the caller comes again. */
export function problemStatus(problem: Failure): number {
  if (problem.code.startsWith('message.')) return 400;
  const { fault, status } = catalogue[problem.code];
  return fault === 'us' && status >= 500 ? status : 422;
}

function keyOf(text: string | null): (message: ValueObject) => string | null {
  if (text === null) return () => null;
  const expression: Expression = compileExpression(text);
  return (message) => keyText(expression.evaluate({ ...message, message }, {}, new Budget()));
}

/** A key that could not be stored is refused while its message can still be answered. */
function bounded(key: string | null, name: string, limit: number): string | null {
  if (key !== null && key.length > limit) throw failure('message.keyTooLong', { name, length: key.length, limit });
  if (key !== null && !isStorableText(key)) throw failure('message.forbiddenText', { path: name, character: key.includes('\0') ? 'NUL' : 'surrogate' });
  return key;
}

/** Keys are texts; anything without one obvious text is no key. */
function keyText(value: Value | undefined): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean' || value instanceof Decimal) return value.toString();
  throw failure('message.keyNotText', { found: isObject(value) ? 'object' : 'array' });
}
