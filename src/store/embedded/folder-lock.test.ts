import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from './folder-lock.ts';

describe('the lock of a folder', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'zv-lock-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is held by one, who is named to the next, and is free after a release', () => {
    const first = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(expect.objectContaining({ code: 'store.inUse', parameters: { folder, pid: String(process.pid) } }));
    first.release();
    expect(readdirSync(folder).sort()).toEqual(['holder', 'lock']);
    lockFolder(folder).release();
  });

  it('is not lost by somebody who failed to get it', () => {
    const first = lockFolder(folder);
    for (let attempt = 0; attempt < 3; attempt++) expect(() => lockFolder(folder)).toThrow(expect.objectContaining({ code: 'store.inUse' }));
    first.release();
  });

  it('says that the holder is unknown when its note is missing', () => {
    const first = lockFolder(folder);
    rmSync(join(folder, 'holder'));
    expect(() => lockFolder(folder)).toThrow(expect.objectContaining({ parameters: { folder, pid: '?' } }));
    first.release();
  });
});
