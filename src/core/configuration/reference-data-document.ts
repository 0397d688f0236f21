/** The keys of a template by which its records are reference data: a list that others refer to, and that may travel with the configuration. */
import { isFileType } from '../file.ts';
import { nearestKnown } from '../nearest-known.ts';
import type { ReferenceData, ScalarType } from '../template.ts';
import type { DocumentProblems, PlainFields } from './document-problems.ts';

/** What matters here of an attribute as it is written. */
type Declared = { kind: 'link'; name: string } | { kind: 'scalar'; name: string; type: ScalarType; unique: boolean; required: boolean };

export function readReferenceData(found: DocumentProblems, fields: PlainFields, template: string, attributes: readonly Declared[]): ReferenceData | undefined {
  const isReference = found.flag(fields, 'isReferenceData', '');
  const carried = found.flag(fields, 'carryDataOnTransfer', '');
  const name = found.text(fields, 'keyAttribute', '');
  if (!isReference) {
    for (const [key, given] of [['carryDataOnTransfer', carried], ['keyAttribute', name !== undefined]] as const) if (given) found.add(key, 'template.referenceOnly', { template, key });
    return undefined;
  }
  const key = name === undefined ? undefined : keyNamed(found, template, name, attributes);
  if (carried && name === undefined) found.add('carryDataOnTransfer', 'template.carriedKey', { template });
  if (carried) checkCarried(found, attributes);
  return { carried, ...(key === undefined ? {} : { key }) };
}

const isKey = (attribute: Declared): boolean => attribute.kind === 'scalar' && attribute.unique && (attribute.type === 'text' || attribute.type === 'number');

function keyNamed(found: DocumentProblems, template: string, name: string, attributes: readonly Declared[]): string | undefined {
  const attribute = attributes.find((one) => one.name === name);
  const about = { template, attribute: name.slice(0, 80) };
  if (attribute === undefined) found.add('keyAttribute', 'record.unknownAttribute', { ...about, nearest: nearestKnown(name, attributes.filter(isKey).map((one) => one.name)) });
  else if (!isKey(attribute)) found.add('keyAttribute', 'template.keyAttribute', { ...about, type: attribute.kind === 'link' ? 'record' : attribute.type });
  else return name;
  return undefined;
}

/** What stays behind may not be missed on the other side. */
function checkCarried(found: DocumentProblems, attributes: readonly Declared[]): void {
  for (const attribute of attributes) {
    if (attribute.kind === 'scalar' && attribute.required && (attribute.type === 'account' || isFileType(attribute.type))) found.add(`attributes.${attribute.name}.required`, 'template.carriedRequired', { attribute: attribute.name, type: attribute.type });
  }
}
