/** What of records is shown: which attributes, and which links as the records they lead to. */
import { failure } from './failure.ts';
import { limits } from './limits.ts';
import { nearestKnown } from './nearest-known.ts';
import type { WantedAttributes } from './query.ts';
import { attributeNamed } from './template-catalogue.ts';
import { systemAttributes, type LinkAttribute, type Template, type TemplateCatalogue } from './template.ts';

export interface RecordView {
  /** Null: all of them. */
  attributes: ReadonlySet<string> | null;
  /** Multiple links whose ids are shown. */
  links: readonly string[];
  expansions: readonly Expansion[];
}

export interface Expansion {
  link: LinkAttribute;
  target: Template;
  /** Records of a multiple link that are shown at once. */
  limit: number;
  view: RecordView;
}

/** A path of links with dots between, or one link with what to show of its records. */
export type ExpandInput = string | { link: string; limit?: number; select?: readonly string[]; expand?: readonly ExpandInput[] };

export interface ViewInput {
  /** Attributes; those of linked records as `link.attribute`. */
  select?: readonly string[];
  links?: readonly string[];
  expand?: readonly ExpandInput[];
}

/** The part of a read request that says what of the records is to be read. */
export const wantedBy = ({ attributes, links }: RecordView): { attributes?: WantedAttributes; links: readonly string[] } => ({ ...(attributes === null ? {} : { attributes: [...attributes] }), links });

/** Throws `query.unknownAttribute`, `query.notLink`, `query.expandTooDeep`, `query.expandTooWide`. */
export function recordView(templates: TemplateCatalogue, template: Template, input: ViewInput): RecordView {
  const root = newNode();
  addInput(root, input, []);
  return viewOf(templates, template, root, [], { links: 0 });
}

interface Node {
  selected: Set<string> | null;
  links: Set<string>;
  limit: number;
  children: Map<string, Node>;
}

const newNode = (): Node => ({ selected: null, links: new Set(), limit: limits.expandedAtOnce.value, children: new Map() });

function addInput(node: Node, { select, links, expand }: ViewInput, path: readonly string[]): void {
  for (const name of links ?? []) node.links.add(name);
  if (select !== undefined) node.selected ??= new Set();
  for (const text of select ?? []) {
    const names = text.split('.');
    const holder = nodeAt(node, names.slice(0, -1), path);
    (holder.selected ??= new Set()).add(names.at(-1) ?? '');
  }
  for (const one of expand ?? []) {
    if (typeof one === 'string') nodeAt(node, one.split('.'), path);
    else {
      const names = one.link.split('.');
      const child = nodeAt(node, names, path);
      if (one.limit !== undefined) child.limit = one.limit;
      addInput(child, { ...(one.select === undefined ? {} : { select: one.select }), ...(one.expand === undefined ? {} : { expand: one.expand }) }, [...path, ...names]);
    }
  }
}

function nodeAt(from: Node, names: readonly string[], path: readonly string[]): Node {
  const limit = limits.expandDepth.value;
  const depth = path.length + names.length;
  if (depth > limit) throw failure('query.expandTooDeep', { limit, depth, path: [...path, ...names].join('.').slice(0, 200) });
  let node = from;
  for (const name of names) {
    const child = node.children.get(name) ?? newNode();
    node.children.set(name, child);
    node = child;
  }
  return node;
}

function viewOf(templates: TemplateCatalogue, template: Template, node: Node, path: readonly string[], count: { links: number }): RecordView {
  const links = new Set<string>();
  for (const name of node.links) links.add(name);
  for (const name of node.selected ?? []) {
    assertShown(template, name);
    const attribute = attributeNamed(template, name);
    if (attribute?.kind === 'link' && attribute.multiple && !node.children.has(name)) links.add(name);
  }
  const expansions = [...node.children].map(([name, child]): Expansion => {
    const limit = limits.expandLinks.value;
    if (++count.links > limit) throw failure('query.expandTooWide', { limit });
    const link = linkNamed(template, name);
    const target = templates.byId(link.target);
    if (target === undefined) throw new Error(`the template ${link.target} of a published link is gone`);
    return { link, target, limit: child.limit, view: viewOf(templates, target, child, [...path, name], count) };
  });
  const attributes = node.selected === null ? null : new Set([...node.selected, ...node.children.keys()]);
  return { attributes, links: [...links], expansions };
}

function assertShown(template: Template, name: string): void {
  const known = [...template.attributes.map((attribute) => attribute.name), ...(template.calculated ?? []).map((attribute) => attribute.name), ...systemAttributes];
  if (!known.includes(name)) throw failure('query.unknownAttribute', { template: template.name, attribute: name.slice(0, 80), nearest: nearestKnown(name, known) });
}

function linkNamed(template: Template, name: string): LinkAttribute {
  const attribute = attributeNamed(template, name);
  if (attribute?.kind === 'link') return attribute;
  assertShown(template, name);
  throw failure('query.notLink', { template: template.name, attribute: name, links: template.attributes.filter(({ kind }) => kind === 'link').map((link) => link.name).join(', ') || '–' });
}
