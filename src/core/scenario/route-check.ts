/** Messages against the schemas of their routes. */
import type { Configuration } from '../configuration/published.ts';
import { failure, type Problem } from '../failure.ts';
import { compileChecker, type Checker, type SchemaTree } from '../message-schema.ts';
import type { Value } from '../value.ts';

export interface CheckedMessage {
  /** The message in the shape that the schema gives it. */
  value: Value;
  problems: readonly Problem[];
}

export interface RouteCheck {
  checkRequest(configuration: Configuration, route: string, message: Value): CheckedMessage;
  checkResponse(configuration: Configuration, route: string, body: Value): CheckedMessage;
}

/** Checkers are compiled once a schema and go when it goes. A schema without fields takes any message as it is. */
export function createRouteCheck(): RouteCheck {
  const checkers = new WeakMap<SchemaTree, Checker>();
  const check = (tree: SchemaTree, message: Value): CheckedMessage => {
    if (Object.keys(tree).length === 0) return { value: message, problems: [] };
    const checker = checkers.get(tree) ?? compileChecker(tree);
    checkers.set(tree, checker);
    return checker(message);
  };
  return {
    checkRequest: (configuration, route, message) => check(schemasOf(configuration, route).request, message),
    checkResponse: (configuration, route, body) => check(schemasOf(configuration, route).response, body),
  };
}

function schemasOf(configuration: Configuration, name: string): { request: SchemaTree; response: SchemaTree } {
  const route = configuration.route(name);
  if (route === undefined) throw failure('run.missing', { kind: 'Route', name });
  return route;
}
