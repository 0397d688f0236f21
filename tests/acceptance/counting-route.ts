/** Routes whose scenario only writes down what it was given: one record for each message that was handled. */
import type { TestNode } from './node.ts';

/** A connection and a route of one name; the scenario is apart, so that a test can bring its own. */
export const counting = (name: string, more: { connection?: string; route?: string; auth?: string } = {}): string => `
kind: Connection
name: ${name}Conn
type: http-in
${more.connection ?? ''}
properties: {path: ${name}, auth: ${more.auth ?? 'basic'}}
---
kind: Route
name: ${name}
connection: ${name}Conn
operation: receive
${more.route ?? ''}
request: {text: string}
response: {taken: string, left: string}
`;

export const countingScenario = (route: string, more = ''): string => `
kind: Scenario
name: ${route}Count
on: {message: ${route}}
runAs: system
${more}
steps:
  - create: {template: Note, set: {route: ${route}, text: =message.text}}
`;

export const note = `
kind: Template
name: Note
attributes: {route: text, text: text}
`;

/** What the route's scenario has written down. */
export async function notesOf(node: TestNode, route: string): Promise<readonly unknown[]> {
  return (await node.records('Note')).filter((record) => record['route'] === route).map((record) => record['text']);
}
