import { expect, it } from 'vitest';
import { limits } from '../../core/limits.ts';
import { assertRoom } from './backup-room.ts';

const reserve = limits.backupReserveBytes.value;

it('a disk without room for the backup and its reserve is named with what is needed and what is free', async () => {
  await expect(assertRoom({ file: '/data/backups/a.zveno', free: async () => 1_000 + reserve }, 1_000)).resolves.toBeUndefined();
  await expect(assertRoom({ file: '/data/backups/a.zveno', free: async () => 999 + reserve }, 1_000)).rejects.toMatchObject({ code: 'backup.noSpace', parameters: { folder: '/data/backups', needed: 1_000 + reserve, free: 999 + reserve } });
});

it('while it is written the reserve alone has to stay free, and who does not ask is not kept', async () => {
  await expect(assertRoom({ file: '/data/a.zveno', free: async () => reserve - 1 }, 0)).rejects.toMatchObject({ code: 'backup.noSpace' });
  await expect(assertRoom({ file: '/data/a.zveno' }, Number.MAX_SAFE_INTEGER)).resolves.toBeUndefined();
});
