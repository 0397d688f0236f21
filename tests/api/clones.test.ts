/** A clone of a whole disk: the same database at the same place, on another machine. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { HostMarks } from '../../src/core/instance.ts';
import { confirmInstance, openInstanceGate } from '../../src/store/postgres/instance.ts';
import { migrate } from '../../src/store/postgres/migrate.ts';
import { openReaders, type Readers } from '../../src/store/postgres/pool.ts';
import { withPlatformDatabase, type PlatformDatabase } from '../services/platform-database.ts';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
let database: PlatformDatabase;
let readers: Readers;

beforeAll(async () => {
  database = await withPlatformDatabase({ migrate: (url) => migrate({ connectionString: url }, quiet) });
  readers = openReaders({ connectionString: database.url }, quiet);
});
afterAll(async () => {
  await readers.close();
  await database.drop();
});

const started = async (hardware: string | null, machine: string | null, place: string | null = 'here'): Promise<string | null> => (await openInstanceGate(readers, { place, host: { hardware, machine } })).state().pause?.why ?? null;
const known: HostMarks = { hardware: 'h1', machine: 'm1' };

beforeEach(async () => {
  await readers.query({ text: "UPDATE zveno.instance SET place = NULL, hardware = NULL, machine = NULL, paused_at = NULL, paused_why = NULL", values: [] });
  await started(known.hardware, known.machine);
});

it.each([
  ['a restart', 'h1', 'm1'],
  ['an operating system that was installed anew', 'h1', 'm2'],
  ['a user who may not ask the hardware', null, 'm1'],
  ['a container', null, null],
])('%s is no clone', async (_what, hardware, machine) => {
  expect(await started(hardware, machine)).toBeNull();
  expect(await started(known.hardware, machine)).toBeNull();
});

it.each([
  ['other hardware, the system and all files the same', 'h2', 'm1'],
  ['other hardware and another system', 'h2', 'm2'],
  ['hardware that is not told, and another system', null, 'm2'],
])('%s: it stands still until a person confirms it, over restarts, and then is at home there', async (_what, hardware, machine) => {
  expect(await started(hardware, machine)).toBe('copied');
  expect(await started(hardware, machine)).toBe('copied');
  expect(await confirmInstance(readers, 'a person')).toBe(true);
  expect(await started(hardware, machine)).toBeNull();
});

it('what is not told for a while is remembered: a clone is known after a start that could not ask', async () => {
  expect(await started(null, null, null)).toBeNull();
  expect(await started('h2', 'm1', null)).toBe('copied');
});

it('one from before these marks learns them at its first start and goes on', async () => {
  await readers.query({ text: 'UPDATE zveno.instance SET hardware = NULL, machine = NULL', values: [] });
  expect(await started('h9', 'm9')).toBeNull();
  expect(await started('h8', 'm9')).toBe('copied');
});

it('another place of the database stands still as before', async () => {
  expect(await started('h1', 'm1', 'elsewhere')).toBe('copied');
});
