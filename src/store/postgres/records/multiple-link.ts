import { failure } from '../../../core/failure.ts';
import { queriedAttribute } from '../../../core/filter.ts';
import type { LinkAttribute, Template } from '../../../core/template.ts';

/** Throws `query.unknownAttribute`, or `query.wrongValue` for what is no multiple link. */
export function multipleLink(template: Template, name: string): LinkAttribute {
  const queried = queriedAttribute(template, name);
  if (queried.kind === 'links') return queried.link;
  throw failure('query.wrongValue', { attribute: name, expected: 'multiple link', got: queried.kind === 'roles' ? 'role' : queried.type });
}
