import { expect, test } from 'vitest';
import { StagedProject } from './staged-project.ts';

/** The one test that talks to the package registry: what npm really does is not for a fake to say. */
test('with the real npm an older Node gets a Node 24 that runs TypeScript, within the project', async (context) => {
  using project = new StagedProject();
  project.write('package.json', JSON.stringify({ name: 'staged', type: 'module' }));
  project.write('package-lock.json', JSON.stringify({ name: 'staged', lockfileVersion: 3, requires: true, packages: { '': { name: 'staged' } } }));
  const options = { realNpm: true, pretend: { node: '20.19.2' } };
  const first = await project.start(['start'], options);
  if (first.err.includes('registry cannot be reached')) context.skip('the package registry cannot be reached from here');
  expect(first).toMatchObject({ code: 0, err: expect.stringContaining('getting Node 24.21.0') });
  expect(JSON.parse(first.out)).toMatchObject({ node: expect.stringContaining('/.zveno/node/24.21.0/'), words: ['start'] });
  expect(project.homeIsEmpty()).toBe(true);
  expect(await project.start(['start'], options)).toMatchObject({ code: 0, err: '' });
});
