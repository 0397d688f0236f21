import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { catalogue } from '../src/core/errors.ts';
import { limits } from '../src/core/limits.ts';
import { plantedTree } from './planted-tree.ts';
import { apply, stale } from './reference.ts';
import { connectorsReference } from './reference/connectors.ts';
import { errorsPage } from './reference/errors.ts';
import { limitsPage, limitsWithoutFailure } from './reference/limits.ts';
import { connectorRegistry, registryText } from './reference/registry.ts';

const definition = (name: string, titleEn: string): string => `export default {
  name: '${name}', title: { en: '${titleEn}', ru: 'Почта' }, about: { en: 'Sends | mail.', ru: 'Шлёт почту.' }, verification: 'L1',
  connection: {
    host: { type: 'string', required: true, title: { en: 'Host', ru: 'Адрес' }, example: 'mail.example' },
    password: { type: 'secret', title: { en: 'Password', ru: 'Пароль' }, example: 'never shown' },
    mode: { type: 'enum', values: ['tls', 'plain'], default: 'tls', advanced: true, title: { en: 'Mode', ru: 'Режим' } },
  },
  operations: { send: { title: { en: 'Send', ru: 'Отправить' }, direction: 'out', route: {} } },
};
`;

test('every code of the catalogue is in the page, with both texts', () => {
  const page = errorsPage(catalogue);
  for (const [code, entry] of Object.entries(catalogue)) {
    expect(page).toContain(`## ${code}\n`);
    expect(page).toContain(`> ${entry.en}`);
    expect(page).toContain(`> ${entry.ru}`);
  }
});

test('every heading of the page of failures is a code of the catalogue', () => {
  const codes = [...errorsPage(catalogue).matchAll(/^## (.+)$/gm)].map(([, code]) => code);
  expect(codes).toEqual(Object.keys(catalogue).toSorted());
});

test('every limit is in the page, in the unit that a person reads', () => {
  const page = limitsPage(limits);
  for (const name of Object.keys(limits)) expect(page).toContain(`| \`${name}\` |`);
  expect(limitsPage({ a: { value: 10 * 1024 * 1024, unit: 'bytes', code: 'x.y', about: 'A' } })).toContain('| `a` | 10 MiB | [`x.y`](errors.md#xy) | A |');
  expect(limitsPage({ a: { value: 30_000, unit: 'ms', code: 'x.y', about: 'A' } })).toContain('| 30 s |');
  expect(limitsPage({ a: { value: 1_000_000, unit: 'count', code: 'x.y', about: 'A' } })).toContain('| 1,000,000 |');
});

test('a limit whose failure the catalogue does not have is found', () => {
  const rows = { a: { value: 1, unit: 'count', code: 'x.known', about: 'A' }, b: { value: 1, unit: 'count', code: 'x.unknown', about: 'B' }, c: { value: 1, unit: 'count', code: 'toString', about: 'C' } } as const;
  expect(limitsWithoutFailure(rows, { 'x.known': {} })).toEqual([expect.stringContaining('b names x.unknown'), expect.stringContaining('c names toString')]);
});

test('a connector folder gets a page from its definition, and secrets have no example in it', async () => {
  using planted = plantedTree({ 'src/connectors/mail/index.ts': definition('mail', 'Mail') });
  const [change] = await stale(planted.root, [connectorsReference]);
  expect(change).toMatchObject({ kind: 'write', page: { path: 'docs/reference/connectors/mail.md' } });
  const text = change?.kind === 'write' ? change.page.text : '';
  expect(text).toContain('# Mail (`mail`)');
  expect(text).toContain('L1, checked against our fake');
  expect(text).toContain('| `host` | string, required |');
  expect(text).toContain('enum: `tls`, `plain`, advanced | `"tls"` |');
  expect(text).toContain('## Operation `send`: Send (sends)');
  expect(text).not.toContain('never shown');
});

test('a folder that defines no connector, or one of another name, is an error that names it', async () => {
  using empty = plantedTree({ 'src/connectors/mail/index.ts': 'export const x = 1;\n' });
  await expect(stale(empty.root, [connectorsReference])).rejects.toThrow('src/connectors/mail/index.ts has no connector definition');
  using other = plantedTree({ 'src/connectors/mail/index.ts': definition('post', 'Post') });
  await expect(stale(other.root, [connectorsReference])).rejects.toThrow('another name');
});

test('the registry imports each folder once, sorted, and is valid when there is none', () => {
  expect(registryText([])).toContain('= [];');
  const text = registryText(['http-in', 'sql']);
  expect(text).toContain("import httpInConnector from './http-in/index.ts';\nimport sqlConnector from './sql/index.ts';\n");
  expect(text).toContain('= [\n  httpInConnector,\n  sqlConnector,\n];');
});

test('what was written is up to date, a change makes it stale, and a page without a source is removed', async () => {
  using planted = plantedTree({ 'src/connectors/mail/index.ts': definition('mail', 'Mail'), 'docs/reference/connectors/gone.md': 'old\n' });
  const list = [connectorsReference, connectorRegistry];
  for (const change of await stale(planted.root, list)) apply(planted.root, change);
  expect(await stale(planted.root, list)).toEqual([]);
  expect(existsSync(join(planted.root, 'docs/reference/connectors/gone.md'))).toBe(false);
  expect(readFileSync(join(planted.root, 'src/connectors/registry.ts'), 'utf8')).toContain('mailConnector');
  apply(planted.root, { kind: 'write', page: { path: 'src/connectors/registry.ts', text: 'changed by hand\n' } });
  expect(await stale(planted.root, list)).toMatchObject([{ kind: 'write', page: { path: 'src/connectors/registry.ts' } }]);
});

test('a generator that writes outside what it owns is a defect', async () => {
  using planted = plantedTree({});
  await expect(stale(planted.root, [{ name: 'x', owns: 'docs/x.md', pages: () => [{ path: 'src/y.ts', text: '' }] }])).rejects.toThrow('owns docs/x.md, not src/y.ts');
});
