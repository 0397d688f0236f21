/** Checks who imports whom: `node tools/directions.ts`. The rules are in direction-rules.ts. */
import { builtinModules } from 'node:module';
import { dirname } from 'node:path';
import { areas, homes, testImports, testingFolder, type Area } from './direction-rules.ts';
import { printed, type Finding } from './finding.ts';
import { sourceTree, type Edge, type SourceTree } from './source-tree.ts';

export function directions(tree: SourceTree): Finding[] {
  return [...strangers(tree), ...tree.edges.flatMap((edge) => judge(edge, tree)), ...homeless(tree), ...cycles(tree)];
}

function strangers(tree: SourceTree): Finding[] {
  return [...tree.files.keys()].filter((path) => !areaOf(path)).map((path) => ({ path, rule: 'area', text: 'no area has this file; put it into a folder that direction-rules.ts knows' }));
}

function judge(edge: Edge, tree: SourceTree): Finding[] {
  const from = areaOf(edge.from);
  if (!from) return []; // found by `strangers`
  if (edge.to === undefined) return isBuiltin(edge.specifier) ? judgeBuiltin(edge, from) : judgePackage(edge, from);
  if (!tree.files.has(edge.to)) return isSource(edge.to) ? [found(edge, 'missing', `${edge.to} does not exist`)] : [];
  return judgeOwn(edge, edge.to, from);
}

function judgeOwn(edge: Edge, to: string, from: Area): Finding[] {
  const target = areaOf(to);
  if (!target || from.imports === 'anything') return [];
  if (testingFolder.test(to) && !mayUseTesting(edge.from)) return [found(edge, 'testing', `${to} is for tests and fakes; the product must not need it`)];
  if (isTest(to) && !isTest(edge.from)) return [found(edge, 'testing', `${to} is a test; move what is shared to a file of its own`)];
  if (from.name === 'connectors' && target.name === 'connectors') {
    return connectorOf(edge.from) === connectorOf(to) ? [] : [found(edge, 'connectors', `a connector imports src/sdk and its own folder; move what is shared with ${connectorOf(to)} to src/sdk`)];
  }
  const allowed = from.name === target.name || from.imports.includes(target.name) || (testing(edge.from) && (testImports.areas as readonly string[]).includes(target.name));
  return allowed ? [] : [found(edge, from.name, `${from.name} may import ${[from.name, ...from.imports].join(', ')}; ${to} belongs to ${target.name}`)];
}

function judgeBuiltin(edge: Edge, from: Area): Finding[] {
  if (from.name !== 'core' || testing(edge.from)) return [];
  return [found(edge, 'core', `the core has no I/O: take a port of src/core/ports.ts instead of ${edge.specifier}`)];
}

function judgePackage(edge: Edge, from: Area): Finding[] {
  const name = packageOf(edge.specifier);
  if (from.imports === 'anything' || from.name === 'ui') return [];
  if (testing(edge.from) && (testImports.packages as readonly string[]).includes(name)) return [];
  const folders = Object.hasOwn(homes, name) ? homes[name] : undefined;
  if (!folders) return [found(edge, 'package', `${name} has no home; add it to homes in direction-rules.ts, or do without`)];
  if (folders.some((folder) => edge.from.startsWith(`${folder}/`))) return [];
  return [found(edge, from.name === 'core' ? 'core' : 'package', `${name} is imported from ${folders.join(' and ')} only`)];
}

/** A row of `homes` outside the layout would allow nothing, silently. */
function homeless(tree: SourceTree): Finding[] {
  return Object.entries(homes).flatMap(([name, folders]) =>
    folders.filter((folder) => !areaOf(`${folder}/any.ts`)).map((folder) => ({ path: 'tools/direction-rules.ts', rule: 'package', text: `${name}: ${folder} is in no area of ${tree.root}` })));
}

/** Groups of files that import each other, by Tarjan's algorithm. Types count too: what can't be understood alone is one thing. */
export function cycles(tree: SourceTree): Finding[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of tree.edges) if (to !== undefined && tree.files.has(to)) next.set(from, [...(next.get(from) ?? []), to]);
  return components([...tree.files.keys()], (path) => next.get(path) ?? [])
    .filter((group) => group.length > 1 || next.get(group[0] ?? '')?.includes(group[0] ?? ''))
    .map((group) => {
      const sorted = group.toSorted();
      return { path: sorted[0] ?? '', rule: 'cycle', text: `these files import each other: ${sorted.join(', ')}; move what both need to a file of its own` };
    });
}

function components(nodes: readonly string[], nextOf: (node: string) => readonly string[]): string[][] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const open = new Set<string>();
  const groups: string[][] = [];
  const visit = (node: string): number => {
    const number = order.size;
    order.set(node, number);
    low.set(node, number);
    stack.push(node);
    open.add(node);
    for (const next of nextOf(node)) {
      const reached = order.has(next) ? (open.has(next) ? order.get(next) : undefined) : visit(next);
      if (reached !== undefined) low.set(node, Math.min(low.get(node) ?? number, reached));
    }
    const lowest = low.get(node) ?? number;
    if (lowest === number) {
      const group = stack.splice(stack.indexOf(node));
      for (const member of group) open.delete(member);
      groups.push(group);
    }
    return lowest;
  };
  for (const node of nodes) if (!order.has(node)) visit(node);
  return groups;
}

const builtins = new Set(builtinModules);

const areaOf = (path: string): Area | undefined => areas.find((area) => area.match.test(path));
const isTest = (path: string): boolean => /\.test\.tsx?$/.test(path);
const isSource = (path: string): boolean => /\.([cm]?[jt]sx?)$/.test(path) || !/\.\w+$/.test(path);
const testing = (path: string): boolean => isTest(path) || testingFolder.test(path);
const mayUseTesting = (path: string): boolean => testing(path) || /^src\/connectors\/[^/]+\/fake(\.ts$|\/)/.test(path);
const connectorOf = (path: string): string => path.split('/')[2] ?? '';
const isBuiltin = (specifier: string): boolean => specifier.startsWith('node:') || builtins.has(specifier);
const packageOf = (specifier: string): string => specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
const found = (edge: Edge, rule: string, text: string): Finding => ({ path: edge.from, line: edge.line, rule, text });

if (import.meta.main) {
  const tree = sourceTree(dirname(import.meta.dirname));
  const findings = directions(tree);
  for (const finding of findings) console.log(printed(finding));
  console.log(`${tree.files.size} modules, ${tree.edges.length} imports, ${findings.length} findings`);
  process.exitCode = findings.length > 0 ? 1 : 0;
}
