import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { operationList } from '../src/api/operations.ts';
import { commands } from '../src/cli/commands.ts';
import { usageOf } from '../src/cli/help.ts';
import { catalogue } from '../src/core/errors.ts';
import { cliPage } from './reference/cli.ts';
import { anchor } from './reference/limits.ts';
import { restPage } from './reference/rest.ts';
import { schemaText } from './reference/schema-text.ts';
import { namesRead, settings, settingsPage } from './reference/settings.ts';

const root = dirname(import.meta.dirname);

test('every operation of the API has a section with its permission, and every failure it names has an anchor in the page of failures', () => {
  const page = restPage(operationList);
  for (const { method, path, permission } of operationList) {
    const section = page.split(`### \`${method} ${path}\`\n`)[1]?.split('\n### ')[0] ?? '';
    if (permission !== null) expect(section).toContain(`permission \`${permission}\``);
    expect(section).toMatch(/^- \d{3} /m);
  }
  const anchors = new Set(Object.keys(catalogue).map((code) => anchor(code)));
  const linked = [...page.matchAll(/errors\.md#([\w-]+)/g)].map(([, name = '']) => name);
  expect(linked.filter((name) => !anchors.has(name))).toEqual([]);
});

test('a shape is written once, and every shape that a page names is there', () => {
  const page = restPage(operationList);
  const headings = [...page.matchAll(/^### (\w+)$/gm)].map(([, name = '']) => name);
  expect(headings.filter((name, index) => headings.indexOf(name) !== index)).toEqual([]);
  const [, shapes = ''] = page.split('\n## Shapes\n');
  const code = [...(page.split('\n## Shapes\n')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, text = '']) => text).join(' ') + shapes;
  const named = [...code.matchAll(/: \(?([A-Z]\w+)/g)].map(([, name = '']) => name);
  expect(named.filter((name) => !headings.includes(name))).toEqual([]);
});

test('a schema is written in one line, with what may be left out marked', () => {
  const collected: string[] = [];
  const schema = { type: 'object', required: ['id'], properties: { id: { type: 'string' }, state: { enum: ['new', null] }, rows: { type: 'array', items: { anyOf: [{ type: 'integer', minimum: 1, maximum: 9 }, { type: 'null' }] } }, of: { title: 'Thing', type: 'object' } } };
  expect(schemaText(schema, (title) => collected.push(title))).toBe('{ id: string, state?: "new" | null, rows?: (integer 1…9 | null)[], of?: Thing }');
  expect(collected).toEqual(['Thing']);
  expect(schemaText({ $ref: '#/components/schemas/Filter' }, () => undefined)).toBe('Filter');
  expect(schemaText({}, () => undefined)).toBe('any');
  expect(schemaText({ type: 'object' }, () => undefined)).toBe('object');
});

test('every command has a section with its usage and all its options', () => {
  const page = cliPage(commands);
  for (const command of commands) {
    expect(page).toContain(`\n## ${command.name}\n`);
    expect(page).toContain(usageOf(command));
    for (const name of Object.keys(command.options)) expect(page).toContain(`\`--${name}`);
  }
});

test('the page of settings names exactly what the start reads from its environment', () => {
  const page = settingsPage();
  const rows = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  expect(new Set(rows)).toEqual(new Set(namesRead()));
  expect(rows).toContain('ZVENO_PORT');
  expect(page).not.toContain('ZVENO_TEST');
});

test('every setting of the README is one, with the same default', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const named = [...readme.matchAll(/^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \|/gm)].flatMap(([, cell = '']) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !Object.hasOwn(settings, name))).toEqual([]);
});
