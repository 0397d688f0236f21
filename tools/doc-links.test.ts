/** What the pages for people point at is there. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const root = dirname(import.meta.dirname);
const pages = globSync(['*.md', 'docs/**/*.md', 'changes/*.md', 'src/**/README.md'], { cwd: root });
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');

test('every relative link of a page leads to a file', () => {
  const broken = pages.flatMap((page) =>
    [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^(https?:|#|mailto:)/.test(target))
      .filter((target) => !existsSync(join(root, dirname(page), target.split('#')[0] ?? '')))
      .map((target) => `${page}: ${target}`));
  expect(broken).toEqual([]);
});

test('every file that README, CONTRIBUTING and the guide name by its path exists', () => {
  const named = /`((?:src|tests|tools|docs|bin|bench|demo|changes)\/[\w./*-]+)`/g;
  const missing = pages
    .filter((page) => !page.includes('/') || page.startsWith('docs/guide/'))
    .flatMap((page) => [...textOf(page).matchAll(named)].map(([, path = '']) => ({ page, path })))
    .filter(({ path }) => globSync(path.replace(/\/$/, ''), { cwd: root }).length === 0)
    .map(({ page, path }) => `${page}: ${path}`);
  expect(missing).toEqual([]);
});

test('every decision is one page with its number, and no two have one title', () => {
  const titles = pages.filter((page) => /^docs\/decisions\/\d/.test(page)).map((page) => textOf(page).split('\n', 1)[0] ?? '');
  expect(titles.length).toBeGreaterThan(5);
  expect(titles.filter((title, index) => !title.startsWith('# ') || titles.indexOf(title) !== index)).toEqual([]);
});
