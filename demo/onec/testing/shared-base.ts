/** One base for the tests of a file or a group; every quirk stands again as usual after each of them. */
import { afterAll, afterEach, beforeAll } from 'vitest';
import { quirkNames, quirkTable } from '../quirks.ts';
import type { Onec, OnecOptions } from '../server.ts';
import { Client, startQuick } from './client.ts';

export interface SharedBase {
  onec: Omit<Onec, 'close' | 'port'>;
  /** Asks for JSON. */
  client: Client;
  /** Asks for nothing in particular, and so gets Atom. */
  atom: Client;
}

/** What it gives may be named at once and used once tests run. */
export function sharedBase(options: Partial<OnecOptions> = {}): SharedBase {
  let started: Onec | undefined;
  const running = (): Onec => {
    if (started === undefined) throw new Error('the base is there once tests run');
    return started;
  };
  const onec: SharedBase['onec'] = {
    get url() { return running().url; },
    get base() { return running().base; },
    turn: (switches) => running().turn(switches),
    counts: () => running().counts(),
  };
  beforeAll(async () => void (started = await startQuick(options)));
  afterAll(() => started?.close());
  afterEach(() => void onec.turn(quirkNames.map((name) => `${name}=${quirkTable[name].on ? 'on' : 'off'}`)));
  return { onec, client: new Client(onec), atom: new Client(onec, {}) };
}
