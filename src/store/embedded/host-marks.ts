/**
 * What a machine says of itself and a clone of its disk does not share. Nothing within a container: there it is the host's
 * business, and an ordinary restart elsewhere must not look like a clone.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { HostMarks } from '../../core/instance.ts';

/** The text of a file, or null when there is none that may be read. */
export type ReadMark = (path: string) => Promise<string | null>;

const containerFiles = ['/.dockerenv', '/run/.containerenv', '/run/systemd/container'];
/** Names of what containers belong to, in the path of the first process; with a view of its own it is at the root. */
const containerPath = /^0::\/\s*$|docker|kubepods|containerd|libpod|lxc|garden|buildkit/;
/** What makers write who do not number their boards. */
const bogus = /^[0f-]*$|^03000200-0400-0500-0006-000700080009$|^not |^to be filled/i;

export async function hostMarks(environment: Readonly<Record<string, string | undefined>>, read: ReadMark = readMark): Promise<HostMarks> {
  if (environment['KUBERNETES_SERVICE_HOST'] !== undefined || environment['container'] !== undefined) return { hardware: null, machine: null };
  for (const file of containerFiles) if ((await read(file)) !== null) return { hardware: null, machine: null };
  if (containerPath.test((await read('/proc/1/cgroup')) ?? '')) return { hardware: null, machine: null };
  return { hardware: digest(await read('/sys/class/dmi/id/product_uuid')), machine: digest(await read('/etc/machine-id')) };
}

/** These numbers are not to be shown to others, so only digests are kept. */
function digest(text: string | null): string | null {
  const value = (text ?? '').trim().toLowerCase();
  return bogus.test(value) ? null : createHash('sha256').update(`zveno ${value}`).digest('hex').slice(0, 32);
}

const readMark: ReadMark = (path) => readFile(path, 'utf8').catch(() => null);
