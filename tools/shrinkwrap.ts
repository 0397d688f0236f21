/**
 * The lock file as it travels with the package: npm installs a package's dependencies by its own choice unless
 * the package brings `npm-shrinkwrap.json`. What only developers need is left out.
 */

interface LockFile {
  packages: Record<string, { dev?: boolean; devDependencies?: unknown }>;
}

export function shrinkwrapOf(lockFile: string): string {
  const lock: unknown = JSON.parse(lockFile);
  if (!isLockFile(lock)) throw new Error('package-lock.json is not of the form that npm 7 and newer write');
  const kept = Object.entries(lock.packages).filter(([, one]) => one.dev !== true);
  const packages = Object.fromEntries(kept.map(([path, one]) => [path, { ...one, devDependencies: undefined }]));
  return `${JSON.stringify({ ...lock, packages }, null, 2)}\n`;
}

const isLockFile = (value: unknown): value is LockFile => typeof value === 'object' && value !== null && 'packages' in value && typeof value.packages === 'object' && value.packages !== null;
