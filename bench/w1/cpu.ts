/** CPU and memory of process trees, from /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks of /proc; the same on every Linux that Node runs on. */
const ticksPerSecond = 100;

interface Process {
  parent: number;
  /** Seconds of the process itself. */
  own: number;
  /** Seconds of its children that have ended. */
  ended: number;
  rssBytes: number;
}

/** CPU seconds that the process, all below it and all of its children that have ended have used so far. */
export function cpuSecondsOf(root: number): number {
  const processes = readProcesses();
  return treeOf(root, processes).reduce((sum, { own, ended }) => sum + own + ended, 0);
}

/** CPU seconds of the process alone. */
export const ownCpuSecondsOf = (pid: number): number => readProcesses().get(pid)?.own ?? 0;

/** Resident memory of the process alone. */
export const residentBytesOf = (pid: number): number => readProcesses().get(pid)?.rssBytes ?? 0;

function treeOf(root: number, processes: ReadonlyMap<number, Process>): Process[] {
  const self = processes.get(root);
  if (self === undefined) return [];
  const below = [...processes].filter(([, { parent }]) => parent === root).flatMap(([pid]) => treeOf(pid, processes));
  return [self, ...below];
}

function readProcesses(): Map<number, Process> {
  const found = new Map<number, Process>();
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isSafeInteger(pid)) continue;
    try {
      const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const facts = text.slice(text.lastIndexOf(') ') + 2).split(' ').map(Number);
      const [, parent = 0] = facts;
      const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = facts.slice(11, 15);
      found.set(pid, { parent, own: (user + system) / ticksPerSecond, ended: (endedUser + endedSystem) / ticksPerSecond, rssBytes: (facts[21] ?? 0) * 4_096 });
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}
