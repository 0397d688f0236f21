/** What the steps of planning new template versions share. */
import type { TemplateDocument } from './configuration/template-document.ts';
import type { FailureCode } from './errors.ts';
import type { FailureParameters, Problem } from './failure.ts';
import type { Attribute, Template } from './template.ts';

/** A template on its way to its next version. */
export interface Draft {
  id: string;
  document: TemplateDocument;
  current: Template | undefined;
  attributes: Attribute[];
}

/** Drafts by name in the order of names, and what was refused so far. */
export class Planning {
  readonly drafts = new Map<string, Draft>();
  readonly refused: Problem[] = [];
  readonly newId: () => string;

  constructor(current: readonly Template[], documents: readonly TemplateDocument[], newId: () => string) {
    this.newId = newId;
    for (const document of [...documents].sort((left, right) => compareNames(left.name, right.name))) {
      const known = current.find((template) => template.name === document.name);
      if (this.drafts.has(document.name)) this.refuse(document.name, undefined, 'template.declaredTwice', { template: document.name });
      else this.drafts.set(document.name, { id: known?.id ?? newId(), document, current: known, attributes: [] });
    }
  }

  refuse(template: string, attribute: string | undefined, code: FailureCode, parameters: FailureParameters): void {
    this.refused.push({ path: attribute === undefined ? template : `${template}.attributes.${attribute}`, code, parameters });
  }

  /** The attribute as published; a hidden one only when it is of a shape that can come back. */
  former<T extends Attribute>(draft: Draft, name: string, canComeBack: (attribute: Attribute) => attribute is T): Attribute | T | undefined {
    const published = draft.current?.attributes.find((attribute) => attribute.name === name);
    return published ?? draft.current?.hidden?.findLast((attribute): attribute is T => attribute.name === name && canComeBack(attribute));
  }
}

export const typeOf = (attribute: Attribute): string => (attribute.kind === 'scalar' ? attribute.type : 'record');

export const compareNames = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
