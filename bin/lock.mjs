/**
 * One preparation at a time. The lock names its owner and the npm that works for it, by process id and start time,
 * so that a lock left by a killed owner is recognised, and taken over only when its npm is gone as well.
 */
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';

const lookAgainMs = 200;
const beatMs = 5_000;
/** On another machine, or in another container, processes can't be looked at; a lock that stopped beating is left over. */
const silentMs = 60_000;

/** Runs `work` alone; `work` gets a function that records the child process working for it. `onWait` is told once whom we wait for. */
export async function alone(path, work, onWait) {
  mkdirSync(dirname(path), { recursive: true });
  const self = { host: hostname(), processes: [markOf(process.pid)] };
  for (let waited = false; !take(path, self); waited = true) {
    if (!waited) onWait(readOwner(path)?.processes?.[0]?.pid);
    await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
  }
  const beating = setInterval(() => beat(path), beatMs);
  beating.unref();
  try {
    return await work((pid) => {
      self.processes = [markOf(process.pid), markOf(pid)];
      writeFileSync(path, JSON.stringify(self));
    });
  } finally {
    clearInterval(beating);
    rmSync(path, { force: true });
  }
}

/** A lock file that is gone beats no more; whoever removed it took the work over. */
function beat(path) {
  try {
    utimesSync(path, new Date(), new Date());
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

function take(path, self) {
  try {
    const file = openSync(path, 'wx');
    writeSync(file, JSON.stringify(self));
    closeSync(file);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (leftOver(path)) removeLeftOver(path);
    return false;
  }
}

function leftOver(path) {
  const owner = readOwner(path);
  if (owner === undefined || owner.host !== hostname()) return silentFor(path) > silentMs;
  return !owner.processes.some(alive);
}

function readOwner(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined; // gone, or its owner has just made it and not yet written its name
  }
}

function silentFor(path) {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

/** Only one of several waiters wins the rename; one that moved a fresh lock away by bad luck puts it back. */
function removeLeftOver(path) {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  if (leftOver(aside)) rmSync(aside, { force: true });
  else renameSync(aside, path);
}

const markOf = (pid) => ({ pid, start: startOf(pid) });

function alive(mark) {
  try {
    process.kill(mark.pid, 0);
  } catch (error) {
    if (error.code === 'ESRCH') return false;
  }
  return mark.start === startOf(mark.pid);
}

/** The start time that the kernel keeps of a process: a process id is used again, the pair is not. Empty where there is no /proc. */
function startOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
