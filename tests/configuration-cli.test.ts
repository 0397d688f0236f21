import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { exitCodes } from '../src/cli/command.ts';
import { runCommandLine } from '../src/cli/command-line.ts';
import { commands } from '../src/cli/commands.ts';
import { warningsTo } from '../src/cli/process-ports.ts';
import { setEnvironment } from '../src/store/postgres/configuration/environment.ts';
import { openReaders } from '../src/store/postgres/pool.ts';
import { withPlatformDatabase, type PlatformDatabase } from './services/platform-database.ts';

const demo = fileURLToPath(new URL('../demo/configuration', import.meta.url));
const masterKey = Buffer.alloc(32, 9).toString('base64');

let database: PlatformDatabase;
let work = '';

beforeAll(async () => {
  database = await withPlatformDatabase();
  work = await mkdtemp(join(tmpdir(), 'zveno-cli-'));
}, 60_000);

afterAll(async () => {
  await database.drop();
  await rm(work, { recursive: true });
});

interface Outcome {
  code: number;
  out: string;
  err: string;
}

async function zveno(words: readonly string[], options: { input?: string; lang?: 'ru' | 'en'; environment?: Record<string, string>; tty?: boolean } = {}): Promise<Outcome> {
  const texts = { out: '', err: '' };
  const input: Readable & { isTTY?: boolean } = Readable.from(options.input === undefined ? [] : [options.input]);
  if (options.tty === true) input.isTTY = true;
  const code = await runCommandLine(
    words,
    commands,
    {
      environment: { DATABASE_URL: database.url, ZVENO_MASTER_KEY: masterKey, ...options.environment },
      input,
      print: (text) => void (texts.out += text),
      tell: (text) => void (texts.err += text),
      lang: options.lang ?? 'en',
      signal: new AbortController().signal,
    },
    async () => '0',
  );
  return { code, ...texts };
}

async function folder(files: Readonly<Record<string, string>>): Promise<string> {
  const path = await mkdtemp(join(work, 'conf-'));
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, file)), { recursive: true });
    await writeFile(join(path, file), text);
  }
  return path;
}

async function filesOf(path: string): Promise<Record<string, string>> {
  const names = (await readdir(path, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1));
  return Object.fromEntries(await Promise.all(names.sort().map(async (name) => [name, await readFile(join(path, name), 'utf8')] as const)));
}

const small = {
  'connections/shop.yaml': 'kind: Connection\nname: shop\ntype: http-in\nproperties: {path: shop, auth: none}\n',
  'routes/orders.yaml': 'kind: Route\nname: orders\nconnection: shop\noperation: receive\nproperties: {path: orders}\nretry: {attempts: 8} # enough\nrequest: {orderId: {type: string, required: true}, total: decimal}\n',
  'templates/Order.yaml': 'kind: Template\nname: Order\nattributes:\n  number: {type: text, unique: true}\n  note: text\n',
};

const empty = async (): Promise<void> => {
  const nothing = await folder({ 'connections/nothing.yaml': 'kind: Connection\nname: nothing\ntype: loopback\n' });
  const { code, err } = await zveno(['apply', nothing, '--prune', '--hide-records', '--yes']);
  expect([code, err]).toEqual([exitCodes.done, '']);
};

describe('apply', () => {
  afterEach(empty);

  test('prints the plan in words, publishes it, and has nothing to do the second time', async () => {
    const path = await folder(small);
    const first = await zveno(['apply', path, '--yes']);
    expect(first).toMatchObject({ code: exitCodes.done, err: '' });
    expect(first.out).toMatch(/\+ create Template Order\n\+ create Connection shop\n\+ create Route orders\n/);
    expect(first.out).toMatch(/Published as configuration revision \d+\.\n$/);
    expect((await zveno(['apply', path])).out).toMatch(/^No changes\./);
  });

  test('says field by field what changes, in both languages, and only when confirmed does it', async () => {
    await zveno(['apply', await folder(small), '--yes']);
    const changed = await folder({ ...small, 'routes/orders.yaml': small['routes/orders.yaml'].replace('attempts: 8', 'attempts: 5').replace('total: decimal', 'sum: decimal') });
    const asked = await zveno(['apply', changed], { tty: true, input: 'no\n' });
    expect(asked.code).toBe(exitCodes.notConfirmed);
    expect(asked.out).toContain('~ change Route orders\n    retry.attempts: 8 → 5\n    request.total: removed "decimal"\n    request.sum: added "decimal"\n');
    expect((await zveno(['apply', changed])).code).toBe(exitCodes.notConfirmed);
    expect((await zveno(['apply', changed, '--dry-run'])).code).toBe(exitCodes.done);
    expect((await zveno(['diff', changed], { lang: 'ru' })).out).toContain('~ изменить Route orders');
    expect((await zveno(['apply', changed], { tty: true, input: 'yes\n' })).out).toContain('Published');
    expect((await zveno(['diff', changed])).code).toBe(exitCodes.done);
  });

  test('lists all mistakes of all files at once, with line, column and the nearest right name, and changes nothing', async () => {
    await zveno(['apply', await folder(small), '--yes']);
    const broken = await folder({
      ...small,
      'routes/orders.yaml': 'kind: Route\nname: orders\nconnection: shopp\noperation: receive\nproperties: {path: orders}\nretri: {attempts: 8}\nrequest:\n  orderId: {type: strin}\n',
      'routes/second.yaml': 'kind: Route\nname: second\nconnection: shop\noperation: recieve\nkeys: {order: customer}\n',
      'templates/Order.yaml': 'kind: Template\nname: Order\nattributes:\n  number: {type: text, uniqe: true}\n',
      'scenarios/s.yaml': 'kind: Scenario\nname: s\non: {message: order}\nsteps: []\n',
    });
    const { code, err } = await zveno(['apply', broken, '--yes']);
    expect(code).toBe(exitCodes.failed);
    const lines = err.trim().split('\n');
    expect(lines[0]).toMatch(/^routes\/orders\.yaml:3:1: Connection "shopp" does not exist .*The nearest name is "shop"/);
    expect(lines[1]).toMatch(/^routes\/orders\.yaml:6:1: Unknown key "retri".*"retry"/);
    expect(lines[2]).toMatch(/^routes\/orders\.yaml:8:13: .*"strin".*"string"/);
    expect(lines[3]).toMatch(/^routes\/second\.yaml:4:1: Operation "recieve" does not exist .*"receive"/);
    expect(lines[4]).toMatch(/^routes\/second\.yaml:5:8: .*an expression is needed/);
    expect(lines[5]).toMatch(/^scenarios\/s\.yaml:3:6: Route "order" .*"orders"/);
    expect(lines[6]).toMatch(/^templates\/Order\.yaml:4:2\d: Unknown key "uniqe".*"unique"/);
    expect(lines.at(-1)).toContain('Errors found: 7');
    expect((await zveno(['diff', await folder(small)])).code).toBe(exitCodes.done);
  });

  test('keeps what is not in the folder, and deletes it with --prune unless others name it', async () => {
    await zveno(['apply', await folder(small), '--yes']);
    const { 'connections/shop.yaml': shop, ...rest } = small;
    expect((await zveno(['apply', await folder(rest)])).out).toContain('Not in the folder, stays as it is (--prune deletes): Connection');
    const { code, err } = await zveno(['apply', await folder(rest), '--prune', '--yes']);
    expect([code, err]).toEqual([exitCodes.failed, expect.stringContaining('Connection "shop" does not exist')]);
    const alone = await zveno(['apply', await folder({ 'connections/shop.yaml': shop }), '--prune', '--yes']);
    expect(alone.out).toContain('- delete Route orders\n- delete Connection nothing\n- delete Template Order\n! Data: Template Order is hidden; its values are kept (records: 0)\n');
    expect(alone.code).toBe(exitCodes.done);
  });

  test('says which data an attribute that goes takes out of sight', async () => {
    await zveno(['apply', await folder(small), '--yes']);
    const { out } = await zveno(['diff', await folder({ ...small, 'templates/Order.yaml': 'kind: Template\nname: Order\nattributes:\n  number: {type: text, unique: true}\n' })]);
    expect(out).toContain('~ change Template Order\n    attributes.note: removed "text"\n');
    expect(out).toContain('! Data: Template Order, note is hidden; its values are kept');
  });

  test('refuses a link in place of an attribute with its place, since no value can become one', async () => {
    await zveno(['apply', await folder(small), '--yes']);
    const { code, err } = await zveno(['apply', await folder({ ...small, 'templates/Order.yaml': small['templates/Order.yaml'].replace('note: text', 'note: {type: record, template: Order}') }), '--yes']);
    expect([code, err]).toEqual([exitCodes.failed, expect.stringMatching(/^templates\/Order\.yaml:5:3: The type of attribute "note"/)]);
  });

  test('refuses a second route at the same address', async () => {
    const second = small['routes/orders.yaml'].replace('name: orders', 'name: second').replace('{attempts: 8}', '{attempts: 2}');
    const { err } = await zveno(['apply', await folder({ ...small, 'routes/second.yaml': second }), '--yes']);
    expect(err).toContain('routes/second.yaml:5:1: The address POST /api/public/adapter/shop/orders belongs to route "orders" already');
  });

  test('refuses a rename with the uses of the old name', async () => {
    await zveno(['apply', await folder(small), '--yes']);
    const { 'connections/shop.yaml': shop, ...rest } = small;
    const { err } = await zveno(['apply', await folder({ ...rest, 'connections/store.yaml': shop.replace('name: shop', 'name: store') }), '--yes']);
    expect(err).toMatch(/connections\/store\.yaml:2:1: Connection "shop" cannot be renamed to "store".*\(Route orders\)/);
  });

  test('refuses an unknown secret with the command that sets it, and takes it once it is set', async () => {
    const path = await folder({ 'connections/p.yaml': 'kind: Connection\nname: p\ntype: http-out\nproperties: {url: "http://example.com", auth: bearer, token: "${secret:partner-key}"}\n' });
    expect((await zveno(['apply', path, '--yes'])).err).toContain('connections/p.yaml:4:55: The secret "partner-key" is not set. Run: zveno secrets set partner-key');
    expect((await zveno(['secrets', 'set', 'partner-key'], { input: 'hunter2-canary\n' })).code).toBe(exitCodes.done);
    const applied = await zveno(['apply', path, '--yes']);
    expect(applied.code).toBe(exitCodes.done);
    const listed = await zveno(['secrets', 'list']);
    expect(listed.out).toMatch(/^partner-key\tv1\t/);
    const exported = await folder({});
    await zveno(['export', exported, '--force']);
    expect(JSON.stringify([applied, listed, await filesOf(exported)])).not.toContain('hunter2');
  });

  test('refuses a secret written into the document, without repeating it in the message', async () => {
    const path = await folder({ 'connections/p.yaml': 'kind: Connection\nname: p\ntype: http-out\nproperties: {url: "http://example.com", auth: bearer, token: hunter2}\n' });
    const { code, err } = await zveno(['apply', path, '--yes']);
    expect([code, err]).toEqual([exitCodes.failed, expect.stringMatching(/^connections\/p\.yaml:4:55: /)]);
    expect(err).not.toContain('hunter2');
  });
});

describe('export', () => {
  test('gives back the files that were applied, comments included, and applying them changes nothing', async () => {
    await zveno(['apply', await folder(small), '--yes', '--prune', '--hide-records']);
    const exported = await folder({});
    expect((await zveno(['export', exported])).code).toBe(exitCodes.done);
    expect(await filesOf(exported)).toEqual(small);
    expect((await zveno(['diff', exported])).code).toBe(exitCodes.done);
    expect((await zveno(['export', exported, '--revision', '0'])).code).toBe(exitCodes.failed);
    expect((await zveno(['export', exported, '--revision', '0', '--force'])).code).toBe(exitCodes.done);
    expect(await filesOf(exported)).toEqual({});
    expect((await zveno(['export', exported, '--revision', '99999'])).err).toContain('There is no configuration revision 99999');
    await empty();
  });
});

describe('the demo', () => {
  test('passes a check without a database', async () => {
    expect(await zveno(['check', demo], { environment: { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' } })).toMatchObject({ code: exitCodes.done, err: '' });
  });

  test('is applied once its addresses and secrets are there, and removed again', async () => {
    const missing = await zveno(['demo', 'apply', '--yes']);
    expect(missing.err).toContain('Address "demoPartner" does not exist');
    for (const [name, value] of [['demoPartner', 'http://127.0.0.1:9001'], ['demoWarehousePort', '5433'], ['demoWarehouseDatabase', 'zveno'], ['demoWarehouseUser', 'zveno']]) await zveno(['addresses', 'set', name ?? '', value ?? '']);
    for (const name of ['demoPartner', 'demoWarehouse']) await zveno(['secrets', 'set', name], { input: 'x' });
    expect(await zveno(['demo', 'apply', '--yes'])).toMatchObject({ code: exitCodes.done, err: '' });
    expect((await zveno(['demo', 'apply', '--yes'])).out).toMatch(/^No changes/);
    const removed = await zveno(['demo', 'remove', '--yes']);
    expect(removed).toMatchObject({ code: exitCodes.done, err: '' });
    expect(removed.out).toContain('- delete Scenario acceptOrder');
    expect(removed.out).not.toContain('nothing');
    expect((await zveno(['demo', 'remove', '--yes'])).out).toMatch(/^No changes/);
  });
});

describe('accounts and tokens', () => {
  test('secrets are sealed anew under a new master key, and one that ends soon is pointed out', async () => {
    const soon = new Date(Date.now() + 3 * 86_400_000).toISOString();
    expect((await zveno(['secrets', 'set', 'ending', '--expires', soon], { input: 'x' })).code).toBe(exitCodes.done);
    expect((await zveno(['secrets', 'list'])).err).toContain('The secret "ending" is good until');
    expect((await zveno(['secrets', 'set', 'ending', '--expires', 'soon'], { input: 'x' })).err).toContain('account.expiry');
    expect(await zveno(['secrets', 'rotate'])).toMatchObject({ code: exitCodes.failed, err: expect.stringContaining('secret.rotateGiven') });
    const fresh = Buffer.alloc(32, 8).toString('base64');
    const under = async (keys: string, ...words: string[]) => await zveno(words, { input: 'x', environment: { ZVENO_MASTER_KEY: keys } });
    expect((await under(`${fresh},${masterKey}`, 'secrets', 'rotate')).err).toContain('Sealed under the new key');
    expect((await zveno(['secrets', 'set', 'another'], { input: 'x' })).err).toContain('secret.otherKey');
    expect((await under(fresh, 'secrets', 'set', 'another')).code).toBe(exitCodes.done);
    expect((await under(`${masterKey} ${fresh}`, 'secrets', 'rotate')).code).toBe(exitCodes.done);
    expect((await zveno(['secrets', 'set', 'another'], { input: 'x' })).code).toBe(exitCodes.done);
  });

  test('are made, shown without their secrets, disabled and revoked', async () => {
    const made = await zveno(['account', 'create', 'caller']);
    expect(made).toMatchObject({ code: exitCodes.done, out: expect.stringMatching(/^\S{20}\n$/) });
    expect((await zveno(['account', 'create', 'caller'])).err).toContain('exists already');
    expect((await zveno(['account', 'create', 'robot', '--permissions', 'api.call,records.view', '--password-stdin'], { input: 'a good password\n' })).out).toBe('');
    const token = await zveno(['token', 'create', 'robot', 'for tests', '--scopes', 'api.call', '--days', '30']);
    expect(token.out).toMatch(/^zvn_\S{43}\n$/);
    const listed = (await zveno(['token', 'list', 'robot'])).out;
    expect(listed).toMatch(/^[0-9a-f-]{36}\tfor tests\t2\S+Z\tapi\.call\t-\n$/);
    expect(listed).not.toContain(token.out.trim());
    expect((await zveno(['token', 'revoke', listed.slice(0, 36)])).code).toBe(exitCodes.done);
    expect((await zveno(['token', 'revoke', listed.slice(0, 36)])).code).toBe(exitCodes.failed);
    expect((await zveno(['token', 'list'])).out).toContain('\trevoked\t');
    await zveno(['account', 'disable', 'robot']);
    expect((await zveno(['account', 'list'])).out).toBe('caller\tenabled\tapiClients\t\t\nrobot\tdisabled\t\t\tapi.call,records.view\n');
    expect((await zveno(['account', 'password', 'robot'])).out).toMatch(/^\S{20}\n$/);
    expect((await zveno(['account', 'list'])).out).toContain('robot\tenabled');
  });

  test.each([
    [['account', 'create', 'two words'], 'account.name'],
    [['account', 'create', 'x', '--permissions', 'api.cal'], 'account.permission'],
    [['account', 'disable', 'caler'], 'The nearest name is "caller"'],
    [['token', 'create', 'caller', 'x', '--days', '0'], 'token.days'],
    [['token', 'create', 'caller', 'x', '--expires', '2020-01-01T00:00:00Z'], 'account.expiry'],
    [['token', 'create', 'caller', 'x', '--scopes', 'messages:sned:x'], 'messages:send'],
    [['token', 'create', 'caller', 'x', '--scopes', 'audit:read'], 'account.scopeTooWide'],
    [['token', 'revoke', "1' OR 1=1"], 'token.unknown'],
  ])('%j is refused', async (words, expected) => {
    const { code, err } = await zveno(words);
    expect([code, err]).toEqual([exitCodes.failed, expect.stringContaining(expected)]);
  });

  test('roles are shown, given and taken one at a time, and the last system administrator keeps his', async () => {
    expect((await zveno(['role', 'show', 'messageOperators'])).out).toBe('permission\tapi.call\npermission\tmessages.edit\n');
    expect((await zveno(['role', 'grant', 'messageOperators', 'caller'])).code).toBe(exitCodes.done);
    expect((await zveno(['role', 'grant', 'messageOperators', 'caller'])).code).toBe(exitCodes.done);
    expect((await zveno(['role', 'show', 'messageOperators'])).out).toContain('account\tcaller\n');
    expect((await zveno(['role', 'revoke', 'messageOperators', 'caller'])).code).toBe(exitCodes.done);
    expect((await zveno(['role', 'show', 'messageOperators'])).out).not.toContain('caller');
    expect((await zveno(['role', 'grant', 'messageOperator', 'caller'])).err).toContain('messageOperators');
    expect((await zveno(['role', 'revoke', 'messageOperator', 'caller'])).err).toContain('messageOperators');
    expect((await zveno(['group', 'add', 'nobodyKnows', 'caller'])).err).toContain('group.unknown');
    expect(await zveno(['group', 'list'])).toMatchObject({ code: exitCodes.done, out: '' });
  });

  test('roles are cloned, merged, deleted and brought back, each after its plan, who would lose what, and a word', async () => {
    const path = await folder({ 'roles/north.yaml': 'kind: Role\nname: north\ndescription: Of the north\npermissions: [audit.view]\n', 'groups/team.yaml': 'kind: Group\nname: team\nroles: [operators]\n', 'roles/operators.yaml': 'kind: Role\nname: operators\npermissions: [api.call, messages.view]\n' });
    expect((await zveno(['apply', path, '--yes'])).code).toBe(exitCodes.done);
    for (const name of ['inTeam', 'byItself']) await zveno(['account', 'create', name]);
    await zveno(['group', 'add', 'team', 'inTeam']);
    await zveno(['role', 'grant', 'operators', 'byItself']);
    expect((await zveno(['group', 'show', 'team'])).out).toBe('role\toperators\npermission\tapi.call\npermission\tmessages.view\naccount\tinTeam\n');

    expect(await zveno(['role', 'clone', 'north', 'south'])).toMatchObject({ code: exitCodes.notConfirmed, out: '+ create Role south\n' });
    expect((await zveno(['role', 'show', 'south'])).err).toContain('role.unknown');
    expect((await zveno(['role', 'clone', 'north', 'south'], { tty: true, input: 'yes\n' })).code).toBe(exitCodes.done);
    expect((await zveno(['role', 'clone', 'messageOperators', 'likeOperators', '--yes'])).code).toBe(exitCodes.done);
    expect((await zveno(['version', 'list', 'role/south'])).out).toContain('zveno role clone');
    expect((await zveno(['role', 'show', 'likeOperators'])).out).toBe('permission\tapi.call\npermission\tmessages.edit\n');

    const refusedMerge = await zveno(['role', 'merge', 'south', 'operators']);
    expect(refusedMerge).toMatchObject({ code: exitCodes.notConfirmed, out: expect.stringContaining('- delete Role operators') });
    expect((await zveno(['role', 'show', 'operators'])).out).toContain('account\tbyItself');
    await writeFile(join(path, 'approval.yaml'), 'kind: Template\nname: Approval\nattributes: {approver: role}\n');
    expect((await zveno(['apply', path, '--only', 'template/Approval', '--yes'])).code).toBe(exitCodes.done);
    expect(await zveno(['role', 'merge', 'south', 'operators', '--yes'])).toMatchObject({ code: exitCodes.done, out: expect.stringMatching(/\n[0-9a-f-]{36}\n$/) });
    expect((await zveno(['role', 'show', 'south'])).out).toBe('permission\tapi.call\npermission\tmessages.view\npermission\taudit.view\ngroup\tteam\naccount\tbyItself\n');
    expect((await zveno(['role', 'show', 'operators'])).err).toContain('role.unknown');

    const looked = await zveno(['role', 'delete', 'south']);
    expect(looked).toMatchObject({ code: exitCodes.notConfirmed, out: expect.stringContaining('! inTeam would lose: messages.view, audit.view') });
    expect((await zveno(['role', 'delete', 'south', '--yes'])).code).toBe(exitCodes.done);
    expect((await zveno(['role', 'restore', 'south', '--yes'])).code).toBe(exitCodes.done);
    expect((await zveno(['role', 'show', 'south'])).out).toContain('account\tbyItself');
    expect((await zveno(['group', 'delete', 'team', '--yes'])).code).toBe(exitCodes.done);
    expect((await zveno(['group', 'show', 'team'])).err).toContain('group.unknown');
    const exported = join(work, 'roles-out');
    await zveno(['export', exported]);
    expect((await filesOf(exported))['roles/south.yaml']).toContain('Of the north');
  });

  test.each([
    [['role', 'clone', 'nort', 'x', '--yes'], 'role.unknown'],
    [['role', 'clone', 'apiClients', 'messageOperators', '--yes'], 'role.exists'],
    [['role', 'clone', 'apiClients', '../x', '--yes'], 'is not allowed'],
    [['role', 'merge', 'apiClients', 'messageOperators', '--yes'], 'role.builtIn'],
    [['role', 'merge', 'likeOperators', 'messageOperators', '--yes'], 'role.builtIn'],
    [['role', 'delete', 'systemAdministrators', '--yes'], 'role.builtIn'],
    [['role', 'restore', 'neverWas', '--yes'], 'role.neverWas'],
    [['role', 'restore', 'likeOperators', '--yes'], 'role.exists'],
    [['group', 'delete', 'nobody', '--yes'], 'group.unknown'],
  ])('%j is refused and publishes nothing', async (words, expected) => {
    const { code, out, err } = await zveno(words);
    expect([code, out, err]).toEqual([exitCodes.failed, expect.not.stringContaining('Published'), expect.stringContaining(expected)]);
  });

  test('check without a folder names the secrets and tokens that have ended or end soon, with the next step', async () => {
    expect((await zveno(['secrets', 'set', 'ending'], { input: 'x' })).code).toBe(exitCodes.done);
    expect(await zveno(['check'])).toMatchObject({ code: exitCodes.done, err: '', out: expect.stringContaining('No secret and no API token') });
    await zveno(['secrets', 'set', 'bank', '--expires', new Date(Date.now() + 3 * 86_400_000).toISOString()], { input: 'x' });
    await zveno(['token', 'create', 'robot', 'till', '--days', '2']);
    const soon = await zveno(['check']);
    expect(soon).toMatchObject({ code: exitCodes.done, err: expect.stringContaining('zveno secrets set bank') });
    expect(soon.err).toContain('The API token "till" of the account robot is valid until');
    const readers = openReaders({ connectionString: database.url }, warningsTo(() => undefined));
    await readers.query({ text: "UPDATE zveno.secret SET expires_at = clock_timestamp() - interval '1 day' WHERE name = 'bank'", values: [] });
    await readers.close();
    const ended = await zveno(['check'], { lang: 'ru' });
    expect(ended).toMatchObject({ code: exitCodes.failed, err: expect.stringContaining('Срок секрета «bank» вышел') });
    expect(ended.err).not.toContain('x\n');
  });

  test('a short password is refused without being repeated', async () => {
    const { err } = await zveno(['account', 'create', 'y', '--password-stdin'], { input: 'hunter2' });
    expect(err).toContain('account.passwordLength');
    expect(err).not.toContain('hunter2');
  });
});

test('a database that does not answer is named without its password', async () => {
  const { code, err } = await zveno(['diff', demo], { environment: { DATABASE_URL: 'postgresql://zveno:hunter2@127.0.0.1:1/none' } });
  expect(code).toBe(exitCodes.failed);
  expect(err).toContain('127.0.0.1:1/none');
  expect(err).not.toContain('hunter2');
});

describe('drafts and versions', () => {
  afterEach(empty);

  test('are saved, checked and published by name; an older version comes back as a draft', async () => {
    const path = await folder(small);
    await zveno(['apply', path, '--yes']);
    await writeFile(join(path, 'routes/orders.yaml'), small['routes/orders.yaml'].replace('attempts: 8', 'attempts: 5'));
    expect(await zveno(['draft', 'save', join(path, 'routes/orders.yaml')])).toMatchObject({ code: exitCodes.done, out: 'Route orders\t1\n' });
    expect((await zveno(['draft', 'list'])).out).toMatch(/^Route orders\tcli\t2\S+Z\tv\d+\n$/);
    const checked = await zveno(['draft', 'check', 'route/orders']);
    expect(checked).toMatchObject({ code: exitCodes.differs, out: expect.stringContaining('retry.attempts: 8 → 5') });
    expect((await zveno(['draft', 'publish'])).code).toBe(exitCodes.notConfirmed);
    expect((await zveno(['draft', 'publish', '--yes', '--note', 'fewer'])).code).toBe(exitCodes.done);
    expect((await zveno(['draft', 'list'])).out).toBe('');
    const [newest = '', older = ''] = (await zveno(['version', 'list', 'routes/orders'])).out.split('\n');
    expect(newest).toContain('fewer');
    const version = /^v(\d+)/.exec(older)?.[1] ?? '';
    expect((await zveno(['version', 'compare', 'route/orders', version])).out).toBe('retry.attempts: 8 → 5\n');
    expect((await zveno(['version', 'restore', 'route/orders', version])).code).toBe(exitCodes.done);
    expect((await zveno(['draft', 'publish', 'route/orders', '--yes'])).code).toBe(exitCodes.done);
    expect((await zveno(['diff', await folder(small)])).code).toBe(exitCodes.done);
  });

  test('refuse names that are none, files that are no documents, and what is not there', async () => {
    expect((await zveno(['draft', 'discard', 'rute/orders'])).err).toContain('route');
    expect((await zveno(['draft', 'discard', 'route/../x'])).err).toContain('[cli.objectName]');
    expect((await zveno(['draft', 'discard', 'route/orders'])).err).toContain('[draft.none]');
    expect((await zveno(['draft', 'save', join(work, 'nowhere.yaml')])).err).toContain('[config.folder]');
    expect((await zveno(['draft', 'save', join(await folder({ 'a.yaml': 'kind: Rout\nname: a\n' }), 'a.yaml')])).err).toContain('Route');
    expect((await zveno(['version', 'restore', 'route/orders', 'x'])).err).toContain('[config.unknownVersion]');
  });
});

/** What a node says of itself when it starts. */
async function startedFor(environment: string | null): Promise<void> {
  const log = warningsTo(() => undefined);
  const readers = openReaders({ connectionString: database.url }, log);
  await setEnvironment(readers, environment);
  await readers.close();
}

describe('an environment', () => {
  afterAll(async () => {
    await startedFor(null);
    await empty();
  });

  test('that is a production is named by whoever changes it, and shown with the plan', async () => {
    await startedFor('production');
    const path = await folder(small);
    const unnamed = await zveno(['apply', path, '--yes']);
    expect(unnamed).toMatchObject({ code: exitCodes.failed, out: expect.stringContaining('Environment: production\n'), err: expect.stringContaining('[config.nameEnvironment]') });
    expect((await zveno(['apply', path, '--yes', '--environment', 'test'])).err).toContain('[config.otherEnvironment]');
    expect((await zveno(['diff', path], { environment: { ZVENO_ENVIRONMENT: 'test' } })).err).toContain('[config.otherEnvironment]');
    expect((await zveno(['diff', path])).code).toBe(exitCodes.differs);
    expect((await zveno(['apply', path, '--yes', '--environment', 'production'])).code).toBe(exitCodes.done);
  });
});

describe('apply of some objects', () => {
  afterEach(empty);

  test('leaves all others as they are, and takes no name that nobody knows', async () => {
    const path = await folder(small);
    await zveno(['apply', path, '--yes']);
    await writeFile(join(path, 'routes/orders.yaml'), small['routes/orders.yaml'].replace('attempts: 8', 'attempts: 5'));
    await writeFile(join(path, 'templates/Order.yaml'), small['templates/Order.yaml'].replace('note: text', 'remark: text'));
    const some = await zveno(['apply', path, '--yes', '--only', 'route/orders']);
    expect(some.out).toContain('~ change Route orders');
    expect(some.out).not.toContain('Template');
    expect((await zveno(['diff', path])).out).toContain('~ change Template Order');
    expect((await zveno(['apply', path, '--yes', '--only', 'route/ordrs'])).err).toContain('The nearest name is "orders"');
    await rm(join(path, 'routes/orders.yaml'));
    await zveno(['apply', path, '--yes', '--only', 'route/orders', '--prune']);
    expect((await zveno(['export', join(path, 'out'), '--force'])).code).toBe(exitCodes.done);
    expect(Object.keys(await filesOf(join(path, 'out')))).toEqual(expect.arrayContaining(['templates/Order.yaml', 'connections/shop.yaml']));
    expect(Object.keys(await filesOf(join(path, 'out')))).not.toContain('routes/orders.yaml');
  });
});

test('a link within the folder is followed, one out of it is refused by apply and export alike', async () => {
  const path = await folder({ 'templates/Order.yaml': small['templates/Order.yaml'] });
  await symlink('Order.yaml', join(path, 'templates/Same.yaml'));
  expect((await zveno(['check', path])).err).toContain('Template "Order" is also described in templates/Order.yaml');
  const elsewhere = await folder({ 'secret.yaml': 'kind: Template\nname: Secret\nattributes: {a: text}\n' });
  const outside = await folder({ 'a.yaml': small['templates/Order.yaml'] });
  await symlink(join(elsewhere, 'secret.yaml'), join(outside, 'b.yaml'));
  expect((await zveno(['check', outside])).err).toContain('[config.linkOutside]');
  const target = await folder({});
  await symlink(elsewhere, join(target, 'templates'));
  expect((await zveno(['export', target, '--force'])).err).toContain('[config.linkOutside]');
  expect(Object.keys(await filesOf(elsewhere))).toEqual(['secret.yaml']);
});
