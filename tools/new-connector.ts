/** `npm run new connector NAME`: a folder that passes the contract suite at once, to be changed from there. */
import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { registryText } from './reference/registry.ts';

const template = 'connector-template';
const namePattern = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/** Makes `src/connectors/NAME` below `root` and enters it in the registry; gives the folder. Throws an Error in words. */
export async function newConnector(name: string, root: string): Promise<string> {
  if (!namePattern.test(name) || name.length > 40) throw new Error(`"${name}" cannot be a connector's name: small Latin letters, digits and single dashes, like "http-out", at most 40.`);
  const folder = join(root, 'src/connectors', name);
  if (existsSync(folder)) throw new Error(`src/connectors/${name} exists already.`);
  const draft = join(root, 'src', `.new-${name}`);
  try {
    await cp(join(import.meta.dirname, template), draft, { recursive: true });
    for (const path of await readdir(draft, { recursive: true })) {
      if (/\.(?:ts|md)$/.test(path)) await fill(join(draft, path), name);
    }
    await rename(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  await enter(root);
  return folder;
}

/** The template lies beside the tools, so that it is checked and tested like everything else; a connector lies in `src`. */
async function fill(path: string, name: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replaceAll('../src/sdk/', '../sdk/').replaceAll(template, name));
}

async function enter(root: string): Promise<void> {
  const folder = join(root, 'src/connectors');
  const names = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort();
  await writeFile(join(folder, 'registry.ts'), registryText(names));
}

if (import.meta.main) {
  const [name] = process.argv.slice(2);
  if (name === undefined) {
    console.error('Usage: npm run new connector NAME');
    process.exitCode = 2;
  } else {
    try {
      await newConnector(name, join(import.meta.dirname, '..'));
      console.log(`src/connectors/${name} is made and passes the contract suite: npm test -- src/connectors\nBegin with spec.ts; README.md says what each file is for. Then: npm run reference`);
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 1;
    }
  }
}
