/**
 * Writes the document of an object that was not applied from a file: keys in the usual order,
 * short values on one line, no ids. What was applied from a file is exported as it was written.
 */
import { Document, isCollection, isMap, isPair, visit } from 'yaml';
import { type Kind, type ObjectDocument, type Plain, type PlainObject } from '../core/configuration/object-document.ts';

const lineWidth = 120;

const order: Readonly<Record<Kind, readonly string[]>> = {
  Template: ['titleAttribute', 'attributes'],
  Connection: ['type', 'enabled', 'environments', 'properties', 'allow', 'limits', 'log'],
  Route: ['connection', 'operation', 'enabled', 'properties', 'keys', 'onUnknown', 'retry', 'orderPolicy', 'retentionDays', 'initiator', 'mapping', 'request', 'response', 'errorResponse'],
  Scenario: ['enabled', 'on', 'runAs', 'steps'],
  Role: ['enabled', 'permissions', 'records'],
  Group: ['roles'],
};

const first = ['kind', 'name', 'title', 'description'];

export function printObject({ kind, document }: ObjectDocument): string {
  const yaml = new Document(ordered(document, [...first, ...order[kind]]), { aliasDuplicateObjects: false });
  visit(yaml, {
    Collection: (key, node, path) => {
      // The root and whatever is too long for a line stay in block style; in one line, all below is in one line too.
      if (path.length > 1 && key !== 'key' && inlineLength(node.toJSON()) <= lineWidth - 20) node.flow = true;
      return isCollection(node) && node.flow === true ? visit.SKIP : undefined;
    },
    Pair: (_, pair) => {
      if (isPair(pair) && isMap(pair.value) && pair.value.items.length === 0) pair.value.flow = true;
    },
  });
  return yaml.toString({ lineWidth, flowCollectionPadding: false, indent: 2 });
}

const inlineLength = (value: unknown): number => JSON.stringify(value)?.length ?? 0;

function ordered(document: PlainObject, keys: readonly string[]): Map<string, Plain> {
  const rest = Object.keys(document).filter((key) => !keys.includes(key));
  return new Map([...keys.filter((key) => Object.hasOwn(document, key)), ...rest].map((key) => [key, document[key] ?? null]));
}
