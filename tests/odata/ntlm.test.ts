/** A base behind the sign-in of Windows, judged by an acceptor of NTLM that others have written. */
import { afterAll, describe, expect, it } from 'vitest';
import definition from '../../src/connectors/odata/index.ts';
import { Secret, type CheckStage } from '../../src/sdk/index.ts';
import { callOf, contextOf, sendOnce } from '../../src/sdk/testing/context.ts';
import { testCertificate, testKey } from '../../src/sdk/testing/tls-certificate.ts';
import { describeWith } from '../services/describe-with.ts';
import { serviceOrSkip } from '../services/start-service.ts';

const users = 'FIRM:exchange:p@ss слово\nFIRM:other:second\n';
const plain = await serviceOrSkip('ntlm', { settings: { users } });
const negotiating = await serviceOrSkip('ntlm', { settings: { users, scheme: 'Negotiate' } });
const encrypted = await serviceOrSkip('ntlm', { settings: { users, certificate: `${testCertificate}\n${testKey}\n` } });
afterAll(async () => {
  for (const { service } of [plain, negotiating, encrypted]) await service?.stop();
});

interface Account { username?: string; password?: string; more?: Readonly<Record<string, unknown>> }

const contextFor = (url: string, { username = 'FIRM\\exchange', password = 'p@ss слово', more = {} }: Account = {}) =>
  contextOf(definition, { url: `${url}/base/odata/standard.odata`, auth: 'ntlm', username, password: new Secret(password), ...more }, { name: 'base' });

async function rows(url: string, account: Account = {}, count = 1): Promise<string[][]> {
  const open = definition.open(contextFor(url, account));
  try {
    const receipts = await Promise.all(Array.from({ length: count }, () => sendOnce(open, callOf({ operation: 'query', properties: { set: 'Catalog_A' }, request: {} }))));
    return receipts.map(({ response }) => (response as { rows: { Code: string }[] }).rows.map(({ Code }) => Code));
  } finally {
    await open.close();
  }
}

async function lastStage(url: string, account: Account = {}): Promise<CheckStage | undefined> {
  const stages: CheckStage[] = [];
  for await (const stage of definition.check(contextFor(url, account), new AbortController().signal)) stages.push(stage);
  return stages.find(({ state }) => state === 'failed') ?? stages.at(-1);
}

describeWith('the sign-in of Windows', plain, ({ url }) => {
  it('is the connection\'s: many requests go over one that was signed in once, as the user who is named', async () => {
    const answered = await rows(url, { more: { poolSize: 1 } }, 6);
    expect(answered.every(([user]) => user === 'FIRM/exchange')).toBe(true);
    expect(new Set(answered.map(([, port]) => port)).size).toBe(1);
  });

  it('never shares a connection between two accounts of one address', async () => {
    const [one, other] = await Promise.all([rows(url, {}, 4), rows(url, { username: 'FIRM\\other', password: 'second' }, 4)]);
    expect([new Set(one.map(([user]) => user)), new Set(other.map(([user]) => user))]).toEqual([new Set(['FIRM/exchange']), new Set(['FIRM/other'])]);
    const ports = (answered: string[][]): (string | undefined)[] => answered.map(([, port]) => port);
    expect(ports(one).filter((port) => ports(other).includes(port))).toEqual([]);
  });

  it('takes the name in any case, and carries a body once it is signed in', async () => {
    expect(await rows(url, { username: 'FIRM\\EXCHANGE' })).toHaveLength(1);
    const open = definition.open(contextFor(url));
    const made = await sendOnce(open, callOf({ operation: 'create', properties: { set: 'Catalog_A', references: 'trust' }, request: { Code: 'новый' } }));
    await open.close();
    expect(made).toMatchObject({ kind: 'ok', response: { row: { Code: 'новый' } } });
  });

  it('passes the check, and tells a wrong password with what the server offers, the password nowhere', async () => {
    expect(await lastStage(url)).toMatchObject({ stage: 'version', state: 'ok' });
    const failed = await lastStage(url, { password: 'не-тот-пароль' });
    expect(failed).toMatchObject({ stage: 'authentication', failure: { code: 'odata.signInRefused', parameters: { user: 'FIRM\\exchange', schemes: 'NTLM' } } });
    expect(JSON.stringify(failed)).not.toContain('не-тот-пароль');
  });

  it('is named by the check as the way to sign in where another was set', async () => {
    expect(await lastStage(url, { more: { auth: 'basic' } })).toMatchObject({ stage: 'authentication', failure: { code: 'odata.signInRefused', parameters: { schemes: 'NTLM (auth: ntlm)' } } });
  });
});

describeWith('a server that offers Negotiate alone', negotiating, ({ url }) => {
  it('is given the same messages in its words', async () => {
    expect(await rows(url, {}, 2)).toHaveLength(2);
  });
});

describeWith('a server that wants to know the connection', encrypted, ({ url }) => {
  it('is given the bindings of its certificate', async () => {
    expect((await rows(url, { more: { ca: testCertificate } }, 2)).every(([user]) => user === 'FIRM/exchange')).toBe(true);
  });
});

describe('a connection by NTLM', () => {
  it('needs a name', () => {
    expect(() => contextOf(definition, { url: 'http://1c.example/odata/standard.odata', auth: 'ntlm' })).toThrow(expect.objectContaining({ code: 'spec.refused' }));
  });
});
