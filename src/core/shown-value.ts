/** A stored scalar as expressions and the API show it: files and several roles are kept as one text and shown as lists. */
import { fileValue, isFileType, type StoredFile } from './file.ts';
import { isRoleList, rolesOf } from './role-list.ts';
import type { Scalar, ScalarAttribute } from './template.ts';
import type { Value } from './value.ts';

export const isShownOtherwise = (attribute: Pick<ScalarAttribute, 'type' | 'multiple'>): boolean => isFileType(attribute.type) || isRoleList(attribute);

/** `content` gives the base64 text of files that were asked for. */
export function shownValue(attribute: Pick<ScalarAttribute, 'type' | 'multiple'>, value: Scalar | undefined, content?: (file: StoredFile) => string | undefined): Value {
  if (isFileType(attribute.type)) return fileValue(attribute, value, content);
  return isRoleList(attribute) ? rolesOf(value) : (value ?? null);
}
