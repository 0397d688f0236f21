/** What must not be written, and what to write instead. Each row has a planted violation in tidy.test.ts. */
import { Visitor, type Expression, type VisitorObject } from 'oxc-parser';
import type { Finding } from './finding.ts';
import { lineOf, type SourceFile } from './source-file.ts';

/** A rule over one parsed source file. */
export interface SourceRule {
  name: string;
  applies(path: string): boolean;
  check(file: SourceFile, add: (offset: number, text: string) => void): void;
}

const isTest = (path: string): boolean => /\.test\.tsx?$/.test(path);
const inside = (...folders: string[]) => (path: string): boolean => folders.some((folder) => path.startsWith(folder));
const simulated = (path: string): boolean => inside('src/core/', 'src/engine/')(path) && !isTest(path);

/** Calls that would make core and engine depend on the day, on luck or on a timer that a simulation can't turn. */
const portOf: ReadonlyMap<string, string> = new Map([
  ['Date.now', 'clock.wallMs()'],
  ['performance.now', 'clock.monotonicMs()'],
  ['process.hrtime', 'clock.monotonicMs()'],
  ['process.hrtime.bigint', 'clock.monotonicMs()'],
  ['Math.random', 'random.fraction()'],
  ['crypto.getRandomValues', 'random.bytes()'],
  ['crypto.randomUUID', 'random.bytes() and the id made of them'],
  ['setTimeout', 'clock.sleep()'],
  ['setInterval', 'clock.sleep() in a loop with a signal'],
  ['setImmediate', 'clock.sleep(0)'],
  ['Date', 'the instant that the caller is given by clock.wallMs()'],
]);

export const sourceRules: readonly SourceRule[] = [
  {
    name: 'port',
    applies: simulated,
    check: ({ program }, add) => {
      visit(program, {
        CallExpression(node) {
          const name = dotted(node.callee);
          const instead = name === undefined ? undefined : portOf.get(name.replace(/^globalThis\./, ''));
          if (instead) add(node.start, `${name}() is banned here: use ${instead} (src/core/ports.ts)`);
        },
        NewExpression(node) {
          if (dotted(node.callee) === 'Date' && node.arguments.length === 0) add(node.start, `new Date() is banned here: use ${portOf.get('Date')} (src/core/ports.ts)`);
        },
      });
    },
  },
  {
    name: 'console',
    applies: (path) => !inside('src/cli/', 'tools/', 'tests/', 'bench/', 'demo/', 'bin/')(path),
    check: ({ program }, add) => {
      visit(program, {
        MemberExpression(node) {
          if (dotted(node.object) === 'console') add(node.start, 'console is for programs: take the Log port (src/core/ports.ts)');
        },
      });
    },
  },
  {
    name: 'any',
    applies: () => true,
    check: ({ program }, add) => {
      visit(program, {
        TSAsExpression(node) {
          if (node.typeAnnotation.type === 'TSAnyKeyword') add(node.start, '"as any" hides what is wrong: parse the value, or cast to the type and say why');
        },
        TSTypeAssertion(node) {
          if (node.typeAnnotation.type === 'TSAnyKeyword') add(node.start, '"<any>" hides what is wrong: parse the value, or cast to the type and say why');
        },
      });
    },
  },
  {
    name: 'only',
    applies: isTest,
    check: ({ program }, add) => {
      visit(program, {
        MemberExpression(node) {
          const name = dotted(node);
          if (name && /^(test|it|describe|suite|bench)(\.\w+)*\.only$/.test(name)) add(node.start, `${name} leaves all other tests out: remove it`);
        },
      });
    },
  },
  {
    name: 'unfinished',
    applies: () => true,
    check: ({ comments }, add) => {
      for (const comment of comments) {
        const mark = unfinishedMarks.find((word) => new RegExp(`\\b${word}\\b`).test(comment.value));
        if (mark) add(comment.start, `${mark} is a promise nobody keeps: do it, or open an issue and say here what the code does`);
      }
    },
  },
  {
    name: 'default export',
    applies: (path) => !/^(src\/connectors\/[^/]+|tools\/connector-template)\/index\.ts$/.test(path) && !path.endsWith('.config.ts'),
    check: ({ program }, add) => {
      visit(program, {
        ExportDefaultDeclaration(node) {
          add(node.start, "export a name instead; only a connector's definition is a default export");
        },
        ExportSpecifier(node) {
          if (node.exported.type === 'Identifier' && node.exported.name === 'default') add(node.start, "export a name instead; only a connector's definition is a default export");
        },
      });
    },
  },
  {
    name: 'module state',
    applies: (path) => path.startsWith('src/') && !isTest(path),
    check: ({ program }, add) => {
      for (const statement of program.body) {
        const declared = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
        if (declared?.type === 'VariableDeclaration' && declared.kind !== 'const' && !declared.declare) add(declared.start, 'a variable of the module is shared by two engines in one process: put it into an object with a lifetime');
      }
    },
  },
];

const unfinishedMarks = ['TODO', 'FIXME', 'XXX', 'HACK'];

/** Rules over any text file. */
export interface TextRule {
  name: string;
  check(text: string): { offset: number; text: string } | undefined;
}

/** Written in parts, so that this file does not break its own rule. */
const registryHosts = [
  ['registry', 'npmjs', 'org'], ['registry', 'yarnpkg', 'com'], ['registry', 'npmmirror', 'com'], ['repo1', 'maven', 'org'], ['repo', 'maven', 'apache', 'org'],
  ['proxy', 'golang', 'org'], ['pypi', 'org'], ['files', 'pythonhosted', 'org'], ['index', 'crates', 'io'], ['deb', 'debian', 'org'],
].map((parts) => parts.join('.'));

export const textRules: readonly TextRule[] = [
  { name: 'line ends', check: (text) => at(text.indexOf('\r'), 'a carriage return: end lines with a line feed only') },
  { name: 'trailing space', check: (text) => at(text.search(/[ \t]+$/m), 'spaces at the end of the line: remove them') },
  { name: 'last line', check: (text) => (text === '' || text.endsWith('\n') ? undefined : { offset: text.length, text: 'the last line has no end: add one' }) },
  { name: 'byte order mark', check: (text) => at(text.startsWith('\uFEFF') ? 0 : -1, 'a byte order mark: remove it') },
  {
    name: 'registry',
    check: (text) => {
      const host = registryHosts.find((name) => text.includes(name));
      return host === undefined ? undefined : at(text.indexOf(host), 'the address of a package registry belongs to the settings of whoever installs: remove it');
    },
  },
];

const at = (offset: number, text: string): { offset: number; text: string } | undefined => (offset === -1 ? undefined : { offset, text });

/** Names that say nothing, so that anything may be put there. */
const dumpingPlaces = /^(utils?|helpers?|common|managers?|misc|stuff)(?=$|\.|-)|[-.](utils?|helpers?|managers?)(?=$|\.)/i;

/** Folders that a start makes; kept by mistake, as a link above all, they would break every other copy. */
const machineOwn = new Set(['node_modules', '.zveno']);

export function nameFinding(path: string): Finding | undefined {
  const [first = ''] = path.split('/');
  if (machineOwn.has(first)) return { path, rule: 'name', text: `${first} belongs to one machine: remove it from the repository` };
  const part = path.split('/').find((name) => dumpingPlaces.test(name));
  return part === undefined ? undefined : { path, rule: 'name', text: `"${part}" says nothing: call it after the one noun it has` };
}

export const checkSource = (file: SourceFile): Finding[] =>
  sourceRules.filter((rule) => rule.applies(file.path)).flatMap((rule) => {
    const findings: Finding[] = [];
    rule.check(file, (offset, text) => findings.push({ path: file.path, line: lineOf(file.text, offset), rule: rule.name, text }));
    return findings;
  });

export const checkText = (path: string, text: string): Finding[] =>
  textRules.flatMap((rule) => {
    const found = rule.check(text);
    return found ? [{ path, line: lineOf(text, found.offset), rule: rule.name, text: found.text }] : [];
  });

function visit(program: SourceFile['program'], visitor: VisitorObject): void {
  new Visitor(visitor).visit(program);
}

/** `a.b.c` of a chain of plain names, undefined for anything else. */
function dotted(node: Expression | { type: 'Super' } | { type: string }): string | undefined {
  if (isName(node)) return node.name;
  if (!isMember(node)) return undefined;
  const object = dotted(node.object);
  return object === undefined ? undefined : `${object}.${node.property.name}`;
}

const isName = (node: { type: string }): node is { type: 'Identifier'; name: string } => node.type === 'Identifier';
const isMember = (node: { type: string }): node is { type: 'MemberExpression'; object: { type: string }; property: { type: 'Identifier'; name: string } } =>
  node.type === 'MemberExpression' && 'property' in node && isName(Object(node.property)) && !('computed' in node && node.computed === true);
