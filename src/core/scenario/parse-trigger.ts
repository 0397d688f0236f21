/** The `on` of a Scenario document. */
import type { Trigger } from './document.ts';
import { isUnread, joinPath, readChoice, readList, readName, readObject, readOptionalName, report, type DocumentReader, type Unread } from './document-reader.ts';

const kinds = ['message', 'created', 'changed', 'deleted', 'manual', 'api'] as const;
type TriggerKind = (typeof kinds)[number];

const keysOf: Readonly<Record<TriggerKind, readonly string[]>> = {
  message: ['message', 'as'],
  created: ['created', 'when'],
  changed: ['changed', 'attributes', 'when'],
  deleted: ['deleted', 'when'],
  manual: ['manual'],
  api: ['api'],
};

/** Stands for a trigger that was refused; never leaves the parser. */
const refused: Trigger = { kind: 'api' };

export function parseTrigger(reader: DocumentReader, value: unknown, path: string): Trigger {
  if (value === undefined) return refused;
  const present = isUnread(value) ? kinds.filter((kind) => Object.hasOwn(value, kind)) : [];
  const [kind] = present;
  if (!isUnread(value) || kind === undefined || present.length > 1) {
    report(reader, path, 'scenario.shape', { expected: `{${kinds.join(' | ')}}` });
    return refused;
  }
  readObject(reader, value, path, keysOf[kind]);
  return readTrigger(reader, value, kind, path);
}

function readTrigger(reader: DocumentReader, object: Unread, kind: TriggerKind, path: string): Trigger {
  switch (kind) {
    case 'message':
      return { kind, route: readName(reader, object['message'], joinPath(path, kind)), as: readOptionalName(reader, object, 'as', path) ?? 'message' };
    case 'created':
    case 'changed':
    case 'deleted':
      return {
        kind: 'record',
        change: kind,
        template: readName(reader, object[kind], joinPath(path, kind)),
        attributes: readList(reader, object['attributes'], joinPath(path, 'attributes')).map((name, i) => readName(reader, name, `${joinPath(path, 'attributes')}[${i}]`)),
        when: readChoice(reader, object['when'], joinPath(path, 'when'), ['after', 'before'], 'after'),
      };
    case 'manual':
      return { kind, template: object['manual'] === true ? null : readName(reader, object['manual'], joinPath(path, kind)) };
    case 'api':
      if (object['api'] !== true) report(reader, joinPath(path, kind), 'scenario.shape', { expected: 'true' });
      return { kind };
    default:
      return kind satisfies never;
  }
}
