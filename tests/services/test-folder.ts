/** Where running test servers keep their data: short (socket paths are limited), private, and reachable by a server that runs as another account. */
import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectFolder = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** One folder a checkout and account; ZVENO_TEST_FOLDER names another base. */
export function testFolder(): string {
  const uid = process.getuid?.() ?? 0;
  const mark = createHash('sha256').update(projectFolder).digest('hex').slice(0, 8);
  const folder = join(process.env['ZVENO_TEST_FOLDER'] || tmpdir(), `zveno-tests-${uid}-${mark}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== uid) throw new Error(`${folder} belongs to somebody else: remove it or set ZVENO_TEST_FOLDER`);
  chmodSync(folder, uid === 0 ? 0o711 : 0o700);
  return folder;
}
