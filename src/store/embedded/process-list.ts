/** Facts about processes from /proc that need no privilege: neither the folder nor the executable of another account's process can be read in a plain container. */
import { readdirSync, readFileSync } from 'node:fs';

/** The arguments of a live process; undefined when it has ended or is a zombie. */
export function commandLineOf(pid: number): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return text === '' ? undefined : text.split('\0');
  } catch {
    return undefined;
  }
}

/** Every live process for which `test` holds, by its arguments. */
export function findProcesses(test: (commandLine: readonly string[]) => boolean): number[] {
  const found: number[] = [];
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isSafeInteger(pid)) continue;
    const commandLine = commandLineOf(pid);
    if (commandLine !== undefined && test(commandLine)) found.push(pid);
  }
  return found;
}

/** Sends a signal; a process that ended meanwhile is what the caller wanted anyway. */
export function signalProcess(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ESRCH')) throw cause;
  }
}
