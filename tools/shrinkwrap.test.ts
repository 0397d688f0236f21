import { expect, test } from 'vitest';
import { shrinkwrapOf } from './shrinkwrap.ts';

test('a shrinkwrap keeps what runs, as it is locked, and leaves out what developers need', () => {
  const root = { name: 'zveno', dependencies: { one: '1.0.0' } };
  const lock = { lockfileVersion: 3, packages: { '': { ...root, devDependencies: { two: '2.0.0' } }, 'node_modules/one': { version: '1.0.0', integrity: 'sha512-one' }, 'node_modules/two': { version: '2.0.0', dev: true } } };
  expect(JSON.parse(shrinkwrapOf(JSON.stringify(lock)))).toEqual({ lockfileVersion: 3, packages: { '': root, 'node_modules/one': { version: '1.0.0', integrity: 'sha512-one' } } });
});

test('a lock file of another form is refused', () => {
  expect(() => shrinkwrapOf('{"lockfileVersion":1,"dependencies":{}}')).toThrow('package-lock.json');
});
