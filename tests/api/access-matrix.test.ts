/** The matrix operation × role: what each operation asks for is written down here once more, by hand, and held against every role. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operationList } from '../../src/api/operations.ts';
import { permissions, withBrought, type Permission } from '../../src/core/access/permission.ts';
import { builtInRoles } from '../../src/core/access/role.ts';
import { startApi, type ApiCaller } from './platform.ts';

/** `null`: whoever may call the API; `open`: also strangers. An operation without a row fails. */
const matrix: Readonly<Record<string, Permission | 'open' | null>> = {
  createSession: 'open', getSession: null, deleteSession: null, listSessions: null, endSession: null, endSessions: null, changePassword: null,
  listAccountSessions: 'accounts.view', endAccountSession: 'accounts.edit', endAccountSessions: 'accounts.edit',
  listRecords: 'records.view', queryRecords: 'records.view', getRecord: 'records.view', listLinkedRecords: 'records.view', listSavedFilters: 'records.view', getSavedFilter: 'records.view', createSavedFilter: 'records.view', changeSavedFilter: 'records.view', deleteSavedFilter: 'records.view', listFigures: 'records.view', aggregateRecords: 'records.view',
  createRecord: 'records.edit', upsertRecord: 'records.edit', changeRecord: 'records.edit', deleteRecord: 'records.edit', changeLinks: 'records.edit', archiveRecord: 'records.edit', restoreRecord: 'records.edit', cloneRecord: 'records.edit', previewDeletion: 'records.view',
  createRecords: 'records.edit', upsertRecords: 'records.edit', changeRecords: 'records.edit', deleteRecords: 'records.edit', archiveRecords: 'records.edit', restoreRecords: 'records.edit',
  listChanges: 'records.view', importRecords: 'records.edit', exportRecords: 'records.view', writeLines: 'records.edit', exportLines: 'records.view', downloadJobProblems: 'messages.view',
  listTemplates: 'templates.view', getTemplate: 'templates.view', listHiddenAttributes: 'configuration.view', restoreHiddenAttribute: 'configuration.publish', listRemovedTemplates: 'configuration.view', restoreRemovedTemplate: 'configuration.publish', previewClearing: 'records.edit', clearTemplate: 'records.edit',
  listMessages: 'messages.view', getMessage: 'messages.view', listRuns: 'messages.view', getRun: 'messages.view', watchEvents: 'messages.view',
  retryMessage: 'messages.edit', discardMessage: 'messages.edit', retryMessages: 'messages.edit', cancelRun: 'messages.edit', killRun: 'messages.edit',
  listScenarios: 'scenarios.view', getScenario: 'scenarios.view',
  runScenario: 'scenarios.run', rehearseScenario: 'scenarios.run', rehearseRoute: 'scenarios.run',
  listRoutes: 'connections.view', getRoute: 'connections.view', listConnectors: 'connections.view', getConnector: 'connections.view', listConnections: 'connections.view', getConnection: 'connections.view',
  getMetadata: 'connections.view', compareMetadata: 'connections.view', listRemoteObjects: 'connections.view', getRemoteObject: 'connections.view', refreshMetadata: 'connections.run',
  getCapabilities: 'connections.view', refreshCapabilities: 'connections.run', explainFilter: 'connections.run',
  checkConnection: 'connections.run', checkUnsavedConnection: 'connections.run', discoverConnection: 'connections.run', actOnConnection: 'connections.run',
  getConfiguration: 'configuration.view', exportConfiguration: 'configuration.view', exportCarriedRecords: 'configuration.view', takeCarriedRecords: 'configuration.publish', listRevisions: 'configuration.view',
  planConfiguration: 'configuration.publish', applyConfiguration: 'configuration.publish', setAddresses: 'configuration.edit',
  listSecrets: 'secrets.view', setSecret: 'secrets.edit',
  getRecordSchema: 'records.view', listJobs: 'messages.view', getJob: 'messages.view', listJobProblems: 'messages.view', editRecords: 'records.edit', cancelJob: 'messages.edit', resumeJob: 'messages.edit',
  listDrafts: 'configuration.view', getDraft: 'configuration.view', getObject: 'configuration.view', listVersions: 'configuration.view', getVersion: 'configuration.view', compareVersions: 'configuration.view',
  saveDraft: 'configuration.publish', discardDraft: 'configuration.publish', validateDrafts: 'configuration.publish', publishDrafts: 'configuration.publish', restoreVersion: 'configuration.publish',
  getInstance: 'configuration.view', confirmInstance: 'configuration.edit', listSources: 'configuration.view', getSource: 'configuration.view', runSource: 'scenarios.run', pauseSource: 'configuration.edit', resumeSource: 'configuration.edit', resetSource: 'configuration.edit',
  listFiles: 'records.view', readFile: 'records.view', listFileVersions: 'records.view', addFiles: 'records.edit', replaceFile: 'records.edit', deleteFile: 'records.edit', restoreFile: 'records.edit',
  listBackups: 'backups.view', makeBackup: 'backups.edit', cancelBackup: 'backups.edit', downloadBackup: 'backups.edit', deleteBackup: 'backups.edit',
  getMe: null, listAudit: 'audit.view', exportAudit: 'audit.view',
  listAccounts: 'accounts.view', getAccount: 'accounts.view', listTokens: 'accounts.view', listKeys: 'accounts.view',
  createAccount: 'accounts.edit', changeAccount: 'accounts.edit', createToken: 'accounts.edit', revokeToken: 'accounts.edit', createKey: 'accounts.edit', changeKey: 'accounts.edit', revokeKey: 'accounts.edit',
  listRoles: 'roles.view', getRole: 'roles.view', listGroups: 'roles.view',
  putRole: 'roles.edit', cloneRole: 'roles.edit', mergeRoles: 'roles.edit', deleteRole: 'roles.edit', restoreRole: 'roles.edit', putGroup: 'roles.edit', deleteGroup: 'roles.edit',
};

interface Actor {
  name: string;
  may: ReadonlySet<Permission>;
  token: string;
}

let api: ApiCaller;
let actors: readonly Actor[];

beforeAll(async () => {
  api = await startApi();
  const grants = [
    ...builtInRoles.map((role) => ({ name: role.name, roles: [role.name], permissions: [] as Permission[], may: withBrought(role.permissions) })),
    ...permissions.map((permission) => ({ name: `only ${permission}`, roles: [] as string[], permissions: ['api.call' as const, permission], may: withBrought(['api.call', permission]) })),
    { name: 'all but api.call', roles: [], permissions: permissions.filter((one) => one !== 'api.call'), may: withBrought(permissions.filter((one) => one !== 'api.call')) },
  ];
  actors = await Promise.all(
    grants.map(async ({ name, roles, permissions: own, may }) => {
      const account = name.replace(/\W/g, '_');
      await api.call('POST', '/api/v1/accounts', { body: { name: account, password: 'a long enough password', roles, permissions: own } });
      const { token } = (await api.call('POST', `/api/v1/accounts/${account}/tokens`, { body: { name: 't', scopes: [...may] } })).json;
      return { name, may, token };
    }),
  );
});
afterAll(() => api.close());

const at = (path: string): string => path.replace(/\{id\}/g, '0193a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b').replace(/\{\w+\}/g, 'nothing');

/** Only the status counts; a stream is left at once. */
async function statusOf(method: string, path: string, body: boolean, token: string | null): Promise<{ status: number; permission: unknown }> {
  const leave = new AbortController();
  const headers = { ...(body ? { 'content-type': 'application/json' } : {}), ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
  const response = await fetch(`${api.url}${path}`, { method, headers, ...(body ? { body: '{}' } : {}), signal: leave.signal });
  const { status } = response;
  if (status !== 403) {
    leave.abort();
    return { status, permission: null };
  }
  return { status, permission: ((await response.json()) as { parameters: { permission?: string } }).parameters.permission };
}

describe('the matrix', () => {
  it('has a row for every operation, and no other', () => {
    expect(Object.keys(matrix).sort()).toEqual(operationList.map(({ id }) => id).sort());
  });

  it.each(operationList.map((operation) => [operation.id, operation] as const))('%s is open to those who have its permission, and to nobody else', async (id, { method, path, body }) => {
    const needed = matrix[id] ?? null;
    if (needed === 'open') {
      expect((await statusOf(method, at(path), body !== undefined, null)).status).toBe(422);
      return;
    }
    const asked = { method, path: at(path), body: body !== undefined };
    expect((await statusOf(asked.method, asked.path, asked.body, null)).status).toBe(401);
    const found = await Promise.all(actors.map(async ({ name, token }) => [name, (await statusOf(asked.method, asked.path, asked.body, token)).status === 403] as const));
    const expected = actors.map(({ name, may }) => [name, !(may.has('api.call') && (needed === null || may.has(needed)))] as const);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
  });
});
