import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Acknowledgements } from './acknowledgements.ts';
import { Choices } from './choices.ts';
import { Load } from './load.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zveno-load-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('an order is posted until it is acknowledged, and that is on disk before its client sends the next', async () => {
  const file = join(folder, 'acknowledged.log');
  const acknowledgements = await Acknowledgements.open(file);
  const answers = new Map<string, (number | null)[]>([['c0-1', [null, 503, 409, 201]]]);
  const onDisk: string[] = [];
  const seen = Promise.withResolvers<void>();
  const load = new Load({
    clients: 1,
    choices: new Choices(1),
    acknowledgements,
    pauseMs: 1,
    make: (client, n) => ({ number: `c${client}-${n}` }),
    post: async ({ number }) => {
      if (number === 'c0-2') onDisk.push(await readFile(file, 'utf8'));
      if (number === 'c0-3') seen.resolve();
      const left = answers.get(number) ?? [];
      return left.length === 0 ? 200 : (left.shift() ?? null);
    },
  });
  await seen.promise;
  await load.end();
  await acknowledgements.close();
  expect(onDisk).toEqual(['c0-1 201\n']);
  expect(load.counts).toMatchObject({ silent: 1, refused: new Map([[503, 1], [409, 1]]), acknowledged: load.sent.size });
  expect(await Acknowledgements.read(file)).toEqual(new Set(load.sent.keys()));
});

test('one seed makes the same choices every time, and a fork does not disturb them', () => {
  const draw = (choices: Choices): number[] => Array.from({ length: 5 }, () => choices.below(1_000));
  const [one, other] = [new Choices(5), new Choices(5)];
  const forks = [one.fork(), other.fork()] as const;
  draw(forks[0]);
  expect(draw(one)).toEqual(draw(other));
  expect(draw(new Choices(5))).not.toEqual(draw(new Choices(6)));
});
