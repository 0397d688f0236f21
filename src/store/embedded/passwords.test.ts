import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readOrDrawPasswords } from './passwords.ts';

describe("the database's passwords", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'zv-passwords-'));
    file = join(folder, 'passwords.json');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are drawn once, differ from each other, and lie in a file for their owner alone', async () => {
    writeFileSync(`${file}.new`, 'left by a crash', { mode: 0o666 });
    const drawn = await readOrDrawPasswords(folder, false);
    expect(drawn.app).not.toBe(drawn.superuser);
    expect(drawn.app.length).toBeGreaterThanOrEqual(32);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await readOrDrawPasswords(folder, true)).toEqual(drawn);
  });

  it('are never drawn anew for a database that exists', async () => {
    await expect(readOrDrawPasswords(folder, true)).rejects.toMatchObject({ code: 'store.passwordsLost', parameters: { file } });
  });

  it.each(['', '{', 'null', '[]', '{"app":"a"}', '{"app":1,"superuser":2}', `{"app":"${'a'.repeat(20)}","superuser":"${"'".repeat(20)}"}`])('that are damaged (%s) are refused without being quoted', async (text) => {
    writeFileSync(file, text);
    const refused = await readOrDrawPasswords(folder, false).catch((cause: unknown) => cause);
    expect(refused).toMatchObject({ code: 'store.passwordsLost' });
    expect(refused instanceof Error && refused.cause).toBeUndefined();
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});
