/** The server inherits nothing: the platform's own environment holds its master key. */
import type { Binaries } from './binaries.ts';
import type { DataFolder } from './data-folder.ts';

export function serverEnvironment(folder: DataFolder, binaries: Binaries): Record<string, string> {
  return { HOME: folder.path, LD_LIBRARY_PATH: binaries.libraries, LC_ALL: 'C', PATH: '/usr/bin:/bin' };
}
