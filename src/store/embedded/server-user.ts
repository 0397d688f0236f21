/** PostgreSQL refuses to run as root, so root hands its server to an account that owns nothing else. */
import { readFileSync, statSync } from 'node:fs';

export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** The kernel's overflow account: it exists on every Linux, with or without a row in the account file. */
const NOBODY = 65_534;

/**
 * The account that runs the server, or undefined when it is the current one. The owner of an existing cluster stays:
 * an account that was installed meanwhile could not read it.
 */
export function chooseServerUser(clusterFolder: string, uid: number | undefined = process.getuid?.(), accounts = readAccounts()): ServerUser | undefined {
  if (uid !== 0) return undefined;
  return ownerOf(clusterFolder) ?? accountNamed('postgres', accounts) ?? accountNamed('nobody', accounts) ?? { uid: NOBODY, gid: NOBODY };
}

function ownerOf(folder: string): ServerUser | undefined {
  const found = statSync(folder, { throwIfNoEntry: false });
  return found === undefined || found.uid === 0 ? undefined : { uid: found.uid, gid: found.gid };
}

function accountNamed(name: string, accounts: string): ServerUser | undefined {
  for (const line of accounts.split('\n')) {
    const [account, , uid, gid] = line.split(':');
    if (account === name && Number(uid) > 0 && Number(gid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}

function readAccounts(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    return ''; // A container without accounts still has the overflow account.
  }
}
