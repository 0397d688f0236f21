import { catalogue } from '../../src/core/errors.ts';
import type { ErrorEntry } from '../../src/core/errors/entry.ts';
import { madeFrom, type Generator } from './page.ts';

const faults: Readonly<Record<ErrorEntry['fault'], string>> = {
  setup: 'the configuration',
  message: 'the message or the request',
  remote: 'the other system',
  us: 'the platform or the machine it runs on',
};

const nexts: Readonly<Record<NonNullable<ErrorEntry['next']>, string>> = {
  fail: 'the work fails',
  retry: 'it is tried again by the policy of the route',
  reconnect: 'a new connection is opened, then it is tried again',
  park: 'it waits for a person',
};

export const errorsReference: Generator = {
  name: 'errors',
  owns: 'docs/reference/errors.md',
  pages: () => [{ path: 'docs/reference/errors.md', text: errorsPage(catalogue) }],
};

export function errorsPage(rows: Readonly<Record<string, ErrorEntry>>): string {
  const sections = Object.entries(rows).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([code, entry]) => section(code, entry));
  return `${madeFrom('src/core/errors.ts')}\n\n# Failures\n\nEach failure has a code that never changes its meaning. \`{name}\` stands for what is concerned.\n\n${sections.join('\n')}`;
}

function section(code: string, entry: ErrorEntry): string {
  const facts = `Cause: ${faults[entry.fault]} · HTTP status ${entry.status} · ${nexts[entry.next ?? 'fail']}`;
  return `## ${code}\n\n${facts}\n\n> ${entry.en}\n\n> ${entry.ru}\n`;
}
