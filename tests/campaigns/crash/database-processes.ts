/** The processes of the platform's database, so that they can be killed like the platform itself. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Choices } from '../../../src/sdk/testing/crash/choices.ts';
import { signalProcess } from '../../../src/store/embedded/process-list.ts';

/** Null while no server has the data folder. */
export function postmasterOf(dataFolder: string): number | null {
  try {
    const pid = Number(readFileSync(join(dataFolder, 'postgresql', 'postmaster.pid'), 'utf8').split('\n')[0]);
    return Number.isSafeInteger(pid) && pid > 1 && parentOf(pid) !== null ? pid : null;
  } catch {
    return null;
  }
}

export function childrenOf(parent: number): number[] {
  return readdirSync('/proc').flatMap((entry) => {
    const pid = Number(entry);
    return Number.isSafeInteger(pid) && parentOf(pid) === parent ? [pid] : [];
  });
}

/** False when there was nothing to kill at this moment. */
export function killDatabase(dataFolder: string, what: 'postmaster' | 'backend', choices: Choices): boolean {
  const postmaster = postmasterOf(dataFolder);
  if (postmaster === null) return false;
  const victims = what === 'postmaster' ? [postmaster] : childrenOf(postmaster);
  if (victims.length === 0) return false;
  signalProcess(choices.one(victims), 'SIGKILL');
  return true;
}

function parentOf(pid: number): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(text.slice(text.lastIndexOf(') ') + 2).split(' ')[1]);
  } catch {
    return null;
  }
}
