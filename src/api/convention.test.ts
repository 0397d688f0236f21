/** Lists are alike, and what two people can edit tells the second of them. */
import { describe, expect, it } from 'vitest';
import { openApiDocument } from './openapi.ts';
import { fieldText } from './field-texts.ts';
import { operationList } from './operations.ts';

interface Described {
  operationId: string;
  parameters: { name: string; in: string }[];
  responses: Record<string, { headers?: object; content?: Record<string, { schema: { properties?: Record<string, { type?: string }> } }> }>;
}

const document = openApiDocument({ lang: 'en', version: '0', publicUrl: null }) as { paths: Record<string, Record<string, Described>> };
const described = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation, id: operation.operationId, names: operation.parameters.map(({ name }) => name) })));
const shapeOf = ({ responses }: Described) => responses['200']?.content?.['application/json']?.schema.properties ?? {};

/** Answers with a list in them that is a part of one thing, and not itself a list of things. */
const notLists: Readonly<Record<string, string>> = {
  getTemplate: 'attributes of one template', getMessage: 'parts of one message', getRun: 'one run', getJob: 'one job', getRoute: 'one route', getConnector: 'one connector', getConnection: 'one connection',
  getMe: 'one account', getSession: 'one session', getSavedFilter: 'one filter', listFigures: 'figures over all records, bounded by `limit`: groups have no place of their own', getAccount: 'one account', getRole: 'one role', getMetadata: 'what one document says', getRemoteObject: 'one object', getCapabilities: 'what one service can do',
  compareMetadata: 'one comparison, cut with `more`', compareVersions: 'one comparison', previewDeletion: 'one record', previewClearing: 'one template', getConfiguration: 'one configuration, taken whole', exportConfiguration: 'one configuration, taken whole',
  getDraft: 'one draft', getObject: 'one object', getVersion: 'one version', getInstance: 'one installation',
  discoverConnection: 'asked of another system, which has no pages; `limit` bounds it',
};

describe('a list', () => {
  const lists = described.filter(({ method, operation, id }) => method === 'get' && Object.values(shapeOf(operation)).some(({ type }) => type === 'array') && !Object.hasOwn(notLists, id));

  it('is known as one, or known to be none', () => {
    expect(lists.length).toBeGreaterThan(20);
    const known = new Set(described.map(({ id }) => id));
    expect(Object.keys(notLists).filter((id) => !known.has(id))).toEqual([]);
  });

  it.each(lists.map((list) => [list.id, list] as const))('%s pages by cursor', (_id, { operation, names }) => {
    expect(names).toEqual(expect.arrayContaining(['limit', 'cursor']));
    expect(Object.keys(shapeOf(operation))).toContain('cursor');
  });

  it('that is at hand as a whole is ordered, narrowed and searched by fields that its items have', () => {
    const whole = operationList.filter(({ list }) => list !== undefined);
    expect(whole.length).toBeGreaterThan(14);
    for (const { id, list, answers } of whole) {
      const schema = answers[200]?.schema as unknown as { properties: Record<string, { items: { properties: object } }> } | undefined;
      const items = schema?.properties[list?.items ?? '']?.items.properties ?? {};
      expect({ id, fields: [...(list?.fields ?? []), ...(list?.key ?? [])].filter((field) => !Object.hasOwn(items, field)) }).toEqual({ id, fields: [] });
    }
  });
});

/** Writes that need not know what was there. */
const unguarded: Readonly<Record<string, string>> = {
  upsertRecord: 'names its record by a key and says all it wants of it; a read before it may have found none',
  revokeToken: 'a revocation is final, whoever comes first', revokeKey: 'a revocation is final, whoever comes first',
  changeKey: 'has one field, which the caller says whole', changePassword: 'asks for the password it replaces',
  deleteSession: 'an end is final', endSession: 'an end is final', endSessions: 'an end is final', endAccountSession: 'an end is final', endAccountSessions: 'an end is final',
  deleteBackup: 'a backup never changes',
  setAddresses: 'each address is set by itself; none is set that was not named',
};

describe('an edit', () => {
  const edits = described.filter(({ method, id }) => ['put', 'patch', 'delete'].includes(method) && !Object.hasOwn(unguarded, id));

  it.each(edits.map((edit) => [edit.id, edit] as const))('%s takes If-Match, and answers 412 when it is stale', (_id, { operation, names }) => {
    expect(names).toContain('If-Match');
    expect(Object.keys(operation.responses)).toContain('412');
  });
});

it('each field of a request has one text, in both languages: none of its own beside it', () => {
  const twice = operationList.flatMap((operation) => {
    const body = operation.body !== undefined && 'properties' in operation.body ? (operation.body.properties as object) : {};
    return Object.entries({ ...operation.params, ...operation.query, ...body }).flatMap(([field, schema]) => (fieldText(operation, field) !== undefined && 'description' in schema ? [`${operation.id}.${field}`] : []));
  });
  expect(twice).toEqual([]);
});
