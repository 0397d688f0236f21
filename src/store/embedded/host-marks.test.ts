import { expect, it } from 'vitest';
import { hostMarks, type ReadMark } from './host-marks.ts';

const machine: Readonly<Record<string, string>> = { '/sys/class/dmi/id/product_uuid': '4C4C4544-0050-4810-8056-B4C04F4E3732\n', '/etc/machine-id': '0f1e2d3c4b5a69788796a5b4c3d2e1f0\n', '/proc/1/cgroup': '0::/init.scope\n' };
const reading = (files: Readonly<Record<string, string>>): ReadMark => async (path) => files[path] ?? null;
const none = { hardware: null, machine: null };

it('tells two machines apart, says the same of one whatever its case and name, and shows neither number', async () => {
  const here = await hostMarks({}, reading(machine));
  expect(here).toEqual(await hostMarks({ HOSTNAME: 'renamed' }, reading({ ...machine, '/sys/class/dmi/id/product_uuid': '4c4c4544-0050-4810-8056-b4c04f4e3732' })));
  expect((await hostMarks({}, reading({ ...machine, '/sys/class/dmi/id/product_uuid': '4c4c4544-0050-4810-8056-b4c04f4e3733' }))).hardware).not.toBe(here.hardware);
  expect(JSON.stringify(here)).not.toMatch(/4c4c4544|0f1e2d3c/i);
});

it.each([
  ['a container of Docker', {}, { '/.dockerenv': '' }],
  ['one of Podman', {}, { '/run/.containerenv': 'engine="podman"' }],
  ['one by its path', {}, { '/proc/1/cgroup': '12:pids:/kubepods/burstable/pod1/2\n' }],
  ['one with a view of its own', {}, { '/proc/1/cgroup': '0::/\n' }],
  ['a pod', { KUBERNETES_SERVICE_HOST: '10.0.0.1' }, {}],
])('says nothing within %s', async (_what, environment, files) => {
  expect(await hostMarks(environment, reading({ ...machine, ...files }))).toEqual(none);
});

it('says nothing for what is not there, may not be read, or was never numbered', async () => {
  expect(await hostMarks({}, reading({}))).toEqual(none);
  for (const unnumbered of ['00000000-0000-0000-0000-000000000000', 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF', '03000200-0400-0500-0006-000700080009', 'Not Settable', '']) {
    expect((await hostMarks({}, reading({ '/sys/class/dmi/id/product_uuid': unnumbered }))).hardware).toBeNull();
  }
});
