/**
 * A template as it is written, before it is compared with what is published.
 * `parseTemplateDocument` takes plain data (YAML already read) and reports everything that is wrong at once.
 */
import { expressionOf } from '../calculation.ts';
import { failure, Failure, type Problem } from '../failure.ts';
import { isFileType } from '../file.ts';
import { hyperlinkSchemes, type HyperlinkScheme } from '../hyperlink.ts';
import { limits } from '../limits.ts';
import { isNamedMask, namedMasks, type Mask } from '../mask/mask.ts';
import { patternProblem } from '../mask/pattern.ts';
import { nearestKnown } from '../nearest-known.ts';
import { scalarOf } from '../scalar.ts';
import { isSystemName } from '../system-name.ts';
import { scalarTypes, systemAttributes, type CalculatedAttribute, type ReferenceData, type Scalar, type ScalarType, type Validation } from '../template.ts';
import { validationExpression } from '../validation.ts';
import { readReferenceData } from './reference-data-document.ts';
import { DocumentProblems, isPlainObject, type PlainFields } from './document-problems.ts';

export interface TemplateDocument {
  name: string;
  titleAttribute?: string;
  /** Of every attribute that says nothing of its own, those that other templates imply included. */
  logChanges?: true;
  attributes: readonly AttributeDocument[];
  calculated: readonly CalculatedAttribute[];
  referenceData?: ReferenceData;
}

export type AttributeDocument = ScalarDocument | LinkDocument;

export interface ScalarDocument {
  kind: 'scalar';
  name: string;
  type: ScalarType;
  required: boolean;
  unique: boolean;
  logChanges?: true;
  decimals?: number;
  values?: readonly string[];
  mask?: Mask;
  schemes?: readonly HyperlinkScheme[];
  multiple?: boolean;
  extensions?: readonly string[];
  maxBytes?: number;
  default?: Scalar;
  validation?: Validation;
  indexed?: boolean;
  order?: 'natural';
  searchable?: boolean;
}

export interface LinkDocument {
  kind: 'link';
  name: string;
  /** System name of the template linked to. */
  template: string;
  required: boolean;
  multiple: boolean;
  deleteLinked: boolean;
  logChanges?: true;
  /** The attribute of the other template that shows the same links. `multiple` absent: the opposite of this side's. */
  inverse?: { name: string; multiple?: boolean };
  validation?: Validation;
}

const types = [...scalarTypes, 'record'] as const;
type DocumentType = (typeof types)[number];

const keysForAll = ['type', 'title', 'description', 'required', 'unique', 'calculated', 'validationExpression', 'validationMessage', 'logChanges'];
const keysOfType: Readonly<Record<DocumentType, readonly string[]>> = {
  text: ['default', 'indexed', 'mask', 'pattern', 'order', 'searchable'],
  number: ['default', 'indexed', 'decimals'],
  boolean: ['default', 'indexed'],
  date: ['default', 'indexed'],
  dateTime: ['default', 'indexed'],
  duration: ['default', 'indexed'],
  enum: ['default', 'indexed', 'values'],
  hyperlink: ['default', 'indexed', 'schemes', 'searchable'],
  account: ['indexed'],
  role: ['indexed', 'multiple'],
  timeZone: ['default', 'indexed'],
  document: ['multiple', 'extensions', 'maxBytes', 'searchable'],
  image: ['multiple', 'extensions', 'maxBytes', 'searchable'],
  record: ['template', 'multiple', 'inverse', 'deleteLinked'],
};
const allKeys = [...new Set([...keysForAll, ...Object.values(keysOfType).flat()])];

/** Throws `template.invalid` with a Problem for each thing that is wrong; paths begin inside the document. */
export function parseTemplateDocument(document: unknown): TemplateDocument {
  const found = new DocumentProblems();
  const parsed = readDocument(found, document);
  if (found.problems.length > 0) throw invalidTemplate(parsed.name, found.problems);
  return parsed;
}

export const invalidTemplate = (template: string, problems: readonly Problem[]): Error =>
  failure('template.invalid', { template, count: problems.length }, { problems });

function readDocument(found: DocumentProblems, document: unknown): TemplateDocument {
  const fields = found.object(document, '', ['kind', 'name', 'title', 'description', 'titleAttribute', 'logChanges', 'isReferenceData', 'carryDataOnTransfer', 'keyAttribute', 'attributes']);
  if (fields === undefined) return { name: '', attributes: [], calculated: [] };
  if (fields['kind'] !== undefined && fields['kind'] !== 'Template') found.shape('kind', 'Template');
  const name = readName(found, fields);
  found.texts(fields, 'title', '');
  found.texts(fields, 'description', '');
  const logChanges = found.flag(fields, 'logChanges', '');
  const all = readAttributes(found, fields, logChanges);
  const attributes = all.filter((attribute): attribute is AttributeDocument => 'kind' in attribute);
  const calculated = all.filter((attribute): attribute is CalculatedAttribute => !('kind' in attribute));
  checkCounts(found, name, attributes, calculated);
  const titleAttribute = readTitleAttribute(found, fields, name, attributes);
  const referenceData = readReferenceData(found, fields, name, attributes);
  return { name, ...(logChanges ? { logChanges } : {}), attributes, calculated, ...(referenceData === undefined ? {} : { referenceData }), ...(titleAttribute === undefined ? {} : { titleAttribute }) };
}

function readName(found: DocumentProblems, fields: PlainFields): string {
  const name = found.text(fields, 'name', '') ?? '';
  if (fields['name'] === undefined) found.missingKey('', 'name');
  else if (typeof fields['name'] === 'string' && !isSystemName(name)) found.add('name', 'config.systemName', { name: name.slice(0, 80) });
  return name;
}

function readAttributes(found: DocumentProblems, fields: PlainFields, logChanges: boolean): readonly (AttributeDocument | CalculatedAttribute)[] {
  const given = fields['attributes'];
  if (given === undefined) return [];
  if (!isPlainObject(given)) {
    found.shape('attributes', '{name: type}');
    return [];
  }
  return Object.keys(given).flatMap((name) => {
    const attribute = readAttribute(found, name, given[name]);
    if (attribute === undefined || !('kind' in attribute)) return attribute ?? [];
    return isLogged(found, given[name], `attributes.${name}`, logChanges) ? { ...attribute, logChanges: true } : attribute;
  });
}

function isLogged(found: DocumentProblems, value: unknown, path: string, usual: boolean): boolean {
  if (!isPlainObject(value) || value['logChanges'] === undefined) return usual;
  return found.flag(value, 'logChanges', path);
}

function readAttribute(found: DocumentProblems, name: string, value: unknown): AttributeDocument | CalculatedAttribute | undefined {
  const path = `attributes.${name}`;
  if (!isSystemName(name)) found.add(path, 'config.systemName', { name: name.slice(0, 80) });
  else if (isReserved(name)) found.add(path, 'template.reservedName', { name });
  const fields = typeof value === 'string' ? { type: value } : found.object(value, path, allKeys);
  const type = fields === undefined ? undefined : readType(found, fields, name, path);
  if (fields === undefined || type === undefined) return undefined;
  reportForeignKeys(found, fields, name, path, type);
  if (fields['calculated'] !== undefined) return readCalculated(found, fields, name, path, type);
  return type === 'record' ? readLink(found, fields, name, path) : readScalar(found, fields, name, path, type);
}

export const isReserved = (name: string): boolean => name.startsWith('_') || systemAttributes.some((system) => system === name);

function readType(found: DocumentProblems, fields: PlainFields, name: string, path: string): DocumentType | undefined {
  const type = fields['type'];
  if (type === undefined) {
    found.missingKey(path, 'type');
    return undefined;
  }
  const known = types.find((candidate) => candidate === type);
  if (known === undefined) {
    // An object read from a file has no prototype, and so no text of its own.
    const written = typeof type === 'string' ? type : JSON.stringify(type);
    found.add(path, 'template.unknownType', { attribute: name, type: written.slice(0, 80), nearest: nearestKnown(written, types) });
  }
  return known;
}

function reportForeignKeys(found: DocumentProblems, fields: PlainFields, attribute: string, path: string, type: DocumentType): void {
  const allowed = [...keysForAll, ...keysOfType[type]];
  for (const key of Object.keys(fields)) {
    if (allKeys.includes(key) && !allowed.includes(key)) found.add(`${path}.${key}`, 'template.keyOfType', { attribute, type, key });
  }
}

function readScalar(found: DocumentProblems, fields: PlainFields, name: string, path: string, type: ScalarType): ScalarDocument {
  readTexts(found, fields, path);
  const unique = found.flag(fields, 'unique', path);
  if (unique && (type === 'boolean' || type === 'enum' || type === 'account' || type === 'role' || type === 'timeZone' || isFileType(type))) found.add(`${path}.unique`, 'template.uniqueType', { attribute: name, type });
  const decimals = type === 'number' ? found.integer(fields, 'decimals', path, 0, limits.numberDigits.value) : undefined;
  const values = type === 'enum' ? readEnumValues(found, fields, name, path) : undefined;
  const scalar: ScalarDocument = { kind: 'scalar', name, type, required: found.flag(fields, 'required', path), unique };
  if (decimals !== undefined) scalar.decimals = decimals;
  if (values !== undefined) scalar.values = values;
  const mask = type === 'text' ? readMask(found, fields, name, path) : undefined;
  if (mask !== undefined) scalar.mask = mask;
  const schemes = type === 'hyperlink' ? readSchemes(found, fields, name, path) : undefined;
  if (schemes !== undefined) scalar.schemes = schemes;
  if (isFileType(type)) readFileRules(found, fields, scalar, path);
  else if (found.flag(fields, 'indexed', path)) scalar.indexed = true;
  if (type === 'role' && found.flag(fields, 'multiple', path)) scalar.multiple = true;
  if (isSearchable(type) && found.flag(fields, 'searchable', path)) scalar.searchable = true;
  if (type === 'text' && readOrder(found, fields, path) === 'natural') scalar.order = 'natural';
  const validation = readValidation(found, fields, name, path);
  if (validation !== undefined) scalar.validation = validation;
  const preset = readDefault(found, fields, scalar, path);
  if (preset !== undefined) scalar.default = preset;
  return scalar;
}

const isSearchable = (type: ScalarType): boolean => type === 'text' || type === 'hyperlink' || isFileType(type);

/** `code` is what has no mark. */
function readOrder(found: DocumentProblems, fields: PlainFields, path: string): string | undefined {
  const order = found.text(fields, 'order', path);
  if (order !== undefined && order !== 'natural' && order !== 'code') found.shape(`${path}.order`, 'natural | code');
  return order;
}

function readCalculated(found: DocumentProblems, fields: PlainFields, attribute: string, path: string, type: DocumentType): CalculatedAttribute | undefined {
  for (const key of ['required', 'unique', 'default', 'indexed', 'order', 'searchable', 'validationExpression', 'validationMessage', 'logChanges']) if (fields[key] !== undefined) found.add(`${path}.${key}`, 'template.calculatedKey', { attribute, key });
  const { calculated: text, ...rest } = fields;
  if (type === 'record' || type === 'account' || type === 'role' || isFileType(type)) {
    found.add(`${path}.type`, 'template.calculatedType', { attribute, type });
    return undefined;
  }
  if (typeof text !== 'string' || !/^=[^=]/.test(text)) {
    found.add(`${path}.calculated`, 'template.calculated', { attribute });
    return undefined;
  }
  const { kind: _kind, required: _required, unique: _unique, default: _default, indexed: _indexed, order: _order, searchable: _searchable, validation: _validation, ...rule } = readScalar(found, rest, attribute, path, type);
  const calculated: CalculatedAttribute = { ...rule, expression: text.slice(1) };
  try {
    expressionOf(calculated);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    found.add(`${path}.calculated`, error.code, error.parameters);
    return undefined;
  }
  return calculated;
}

function readValidation(found: DocumentProblems, fields: PlainFields, attribute: string, path: string): Validation | undefined {
  const { validationExpression: text, validationMessage: message } = fields;
  found.texts(fields, 'validationMessage', path);
  if (text === undefined) {
    if (message !== undefined) found.missingKey(path, 'validationExpression');
    return undefined;
  }
  if (typeof text !== 'string' || !/^=[^=]/.test(text)) {
    found.add(`${path}.validationExpression`, 'template.validation', { attribute });
    return undefined;
  }
  const validation: Validation = { expression: text.slice(1), ...(message === undefined ? {} : { message: messageTexts(message) }) };
  try {
    validationExpression(validation);
    return validation;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    found.add(`${path}.validationExpression`, error.code, error.parameters);
    return undefined;
  }
}

/** One text stands for both languages. */
function messageTexts(message: unknown): NonNullable<Validation['message']> {
  if (typeof message === 'string') return { ru: message, en: message };
  const { ru, en } = isPlainObject(message) ? message : {};
  return { ...(typeof ru === 'string' ? { ru } : {}), ...(typeof en === 'string' ? { en } : {}) };
}

function readTexts(found: DocumentProblems, fields: PlainFields, path: string): void {
  found.texts(fields, 'title', path);
  found.texts(fields, 'description', path);
}

function readEnumValues(found: DocumentProblems, fields: PlainFields, attribute: string, path: string): readonly string[] {
  const given = fields['values'];
  if (given === undefined) found.missingKey(path, 'values');
  if (given === undefined || !isTextList(found, given, `${path}.values`)) return [];
  given.forEach((value, index) => {
    const detail = !isSystemName(value) ? 'A-Za-zА-Яа-я_0-9' : given.indexOf(value) < index ? '2×' : undefined;
    if (detail !== undefined) found.add(`${path}.values[${index}]`, 'template.enumValue', { attribute, value: value.slice(0, 80), detail });
  });
  const limit = limits.enumValues.value;
  if (given.length > limit) found.add(`${path}.values`, 'template.enumValueCount', { attribute, count: given.length, limit });
  return given;
}

/** `mask: phone`, or a pattern of one's own. */
function readMask(found: DocumentProblems, fields: PlainFields, attribute: string, path: string): Mask | undefined {
  const mask = found.text(fields, 'mask', path);
  const pattern = found.text(fields, 'pattern', path);
  if (mask !== undefined && !isNamedMask(mask)) found.add(`${path}.mask`, 'template.unknownMask', { attribute, mask: mask.slice(0, 80), nearest: nearestKnown(mask, namedMasks) });
  if (pattern === undefined) return mask !== undefined && isNamedMask(mask) ? mask : undefined;
  const place = patternProblem(pattern);
  if (place !== undefined) found.add(`${path}.pattern`, 'template.pattern', { attribute, place });
  if (mask !== undefined) found.shape(path, 'mask | pattern');
  return place === undefined ? { pattern } : undefined;
}

function readFileRules(found: DocumentProblems, fields: PlainFields, scalar: ScalarDocument, path: string): void {
  if (found.flag(fields, 'multiple', path)) scalar.multiple = true;
  const maxBytes = found.integer(fields, 'maxBytes', path, 1, limits.fileBytes.value);
  if (maxBytes !== undefined) scalar.maxBytes = maxBytes;
  const given = fields['extensions'];
  if (given === undefined || !isTextList(found, given, `${path}.extensions`)) return;
  if (given.every((extension) => /^[a-z0-9]{1,16}$/.test(extension))) scalar.extensions = given;
  else found.shape(`${path}.extensions`, '[pdf, docx, …]');
}

function readSchemes(found: DocumentProblems, fields: PlainFields, attribute: string, path: string): readonly HyperlinkScheme[] | undefined {
  const given = fields['schemes'];
  if (given === undefined || !isTextList(found, given, `${path}.schemes`)) return undefined;
  return given.flatMap((scheme, index) => {
    const known = hyperlinkSchemes.find((candidate) => candidate === scheme);
    if (known === undefined) found.add(`${path}.schemes[${index}]`, 'template.scheme', { attribute, scheme: scheme.slice(0, 80), allowed: hyperlinkSchemes.join(', ') });
    return known ?? [];
  });
}

function isTextList(found: DocumentProblems, given: unknown, path: string): given is readonly string[] {
  const right = Array.isArray(given) && given.length > 0 && given.every((value) => typeof value === 'string');
  if (!right) found.shape(path, '[text, …]');
  return right;
}

function readDefault(found: DocumentProblems, fields: PlainFields, scalar: ScalarDocument, path: string): Scalar | undefined {
  const given = fields['default'];
  if (given === undefined || given === null) return undefined;
  const result = isScalarLiteral(given) ? scalarOf(scalar, given) : undefined;
  if (result?.kind === 'ok') return result.value;
  found.add(`${path}.default`, 'template.default', { attribute: scalar.name, value: isScalarLiteral(given) ? String(given).slice(0, 80) : '…', type: scalar.type });
  return undefined;
}

const isScalarLiteral = (value: unknown): value is string | number | boolean => typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

function readLink(found: DocumentProblems, fields: PlainFields, name: string, path: string): LinkDocument {
  readTexts(found, fields, path);
  if (found.flag(fields, 'unique', path)) found.add(`${path}.unique`, 'template.uniqueType', { attribute: name, type: 'record' });
  if (fields['template'] === undefined) found.missingKey(path, 'template');
  const multiple = found.flag(fields, 'multiple', path);
  const required = found.flag(fields, 'required', path);
  if (required && multiple) found.add(`${path}.required`, 'template.requiredLink', { attribute: name });
  const link: LinkDocument = { kind: 'link', name, template: found.text(fields, 'template', path) ?? '', required, multiple, deleteLinked: found.flag(fields, 'deleteLinked', path) };
  const validation = readValidation(found, fields, name, path);
  if (validation !== undefined) link.validation = validation;
  const inverse = readInverse(found, fields, path);
  if (inverse !== undefined) link.inverse = inverse;
  return link;
}

function readInverse(found: DocumentProblems, fields: PlainFields, path: string): LinkDocument['inverse'] {
  const given = fields['inverse'];
  if (given === undefined) return undefined;
  const inversePath = `${path}.inverse`;
  const inverse = typeof given === 'string' ? { name: given } : found.object(given, inversePath, ['name', 'multiple']);
  if (inverse === undefined) return undefined;
  const name = found.text(inverse, 'name', inversePath);
  if (inverse['name'] === undefined) found.missingKey(inversePath, 'name');
  if (name === undefined) return undefined;
  if (!isSystemName(name)) found.add(inversePath, 'config.systemName', { name: name.slice(0, 80) });
  else if (isReserved(name)) found.add(inversePath, 'template.reservedName', { name });
  return inverse['multiple'] === undefined ? { name } : { name, multiple: found.flag(inverse, 'multiple', inversePath) };
}

function checkCounts(found: DocumentProblems, template: string, attributes: readonly AttributeDocument[], calculated: readonly CalculatedAttribute[]): void {
  for (const [code, limit, count] of countsOf(attributes, calculated.length)) if (count > limit) found.add('attributes', code, { template, count, limit });
}

/** What is limited about the attributes of one template; counted again when implied attributes have joined. */
export function countsOf(attributes: readonly { kind: 'scalar' | 'link'; unique?: boolean; indexed?: boolean }[], calculated: number): readonly (readonly [code: 'template.attributes' | 'template.links' | 'template.unique' | 'template.indexed', limit: number, count: number])[] {
  return [
    ['template.attributes', limits.attributesPerTemplate.value, attributes.length + calculated],
    ['template.links', limits.linksPerTemplate.value, attributes.filter((attribute) => attribute.kind === 'link').length],
    ['template.unique', limits.uniquePerTemplate.value, attributes.filter((attribute) => attribute.unique === true).length],
    ['template.indexed', limits.indexedPerTemplate.value, attributes.filter((attribute) => attribute.indexed === true).length],
  ];
}

function readTitleAttribute(found: DocumentProblems, fields: PlainFields, template: string, attributes: readonly AttributeDocument[]): string | undefined {
  const name = found.text(fields, 'titleAttribute', '');
  const scalars = attributes.filter((attribute) => attribute.kind === 'scalar').map((attribute) => attribute.name);
  if (name !== undefined && !scalars.includes(name)) found.add('titleAttribute', 'record.unknownAttribute', { template, attribute: name.slice(0, 80), nearest: nearestKnown(name, scalars) });
  return name;
}
