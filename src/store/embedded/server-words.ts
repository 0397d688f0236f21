/** Reads meaning from PostgreSQL's own messages; they are English, because the server is started so. */

/** A write that the disk cut short names no error of the operating system, only how little was written. */
export const speaksOfFullDisk = (text: string): boolean => /No space left on device|Disk quota exceeded|wrote only \d+ of \d+ bytes/.test(text);

export const speaksOfTakenPort = (text: string): boolean => /could not bind|could not create any TCP\/IP sockets/.test(text);

/** The process that a lock file names as the user of a folder. */
export const lockHolder = (text: string): string | undefined => /lock file "[^"]*" already exists[^]*?PID (\d+)/.exec(text)?.[1];

/** The sentence that says why, without time and process number; the last line when none does. */
export function reasonIn(text: string): string {
  const lines = text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const fatal = lines.findLast((line) => /FATAL|PANIC/.test(line)) ?? lines.findLast((line) => /error:|could not/.test(line)) ?? lines.at(-1);
  return fatal?.replace(/^.*?(FATAL|PANIC|error):\s*/, '') ?? '?';
}
