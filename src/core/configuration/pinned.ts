/**
 * What a run works by that began on an earlier revision: routes, scenarios and templates as they were then, so that it
 * finishes what it began; connections, rights and what is switched off as they are now, because that is about the world outside.
 */
import type { Configuration, PublishedRoute, PublishedScenario } from './published.ts';

export function pinnedConfiguration(began: Configuration, now: Configuration): Configuration {
  const route = (name: string): PublishedRoute | undefined => asNow(began.route(name), now.route(name));
  const scenario = (name: string): PublishedScenario | undefined => asNow(began.scenario(name), now.scenario(name));
  const routes = began.routes().map((one) => asNow(one, now.route(one.name)) ?? one);
  const scenarios = began.scenarios().map((one) => asNow(one, now.scenario(one.name)) ?? one);
  return {
    revision: began.revision,
    connection: (name) => now.connection(name),
    connections: () => now.connections(),
    route,
    scenario,
    routes: () => routes,
    scenarios: () => scenarios,
    templates: began.templates,
    template: (name) => began.template(name),
    access: now.access,
    broken: now.broken,
  };
}

/** Switching off is for at once; what is deleted is only no longer begun. */
const asNow = <T extends { enabled: boolean }>(began: T | undefined, now: T | undefined): T | undefined =>
  began === undefined || now === undefined || began.enabled === now.enabled ? began : { ...began, enabled: now.enabled };
