/** What the parts of one engine share. Everything from outside comes through ports. */
import type { RecordAccess } from '../core/access/record-access.ts';
import type { RecordVerb } from '../core/access/role.ts';
import type { ConfigurationSource } from '../core/configuration/published.ts';
import type { InstanceState } from '../core/instance.ts';
import type { Clock, CrashPoints, Log, Random } from '../core/ports.ts';
import type { Machine, UnknownRole } from '../core/scenario/machine-port.ts';
import type { Store } from '../core/store-port.ts';
import type { BeganWith } from './began-with.ts';
import type { Deadlines } from './deadlines.ts';
import type { Feed } from './feed.ts';
import type { Remote } from './remote.ts';
import type { Room } from './room.ts';
import type { RouteFaces } from './route-face.ts';
import type { EngineSettings } from './settings.ts';

/** Answers questions about rights; the engine never knows passwords or roles. */
export interface Access {
  /** Which records of a template, by its system name; null for none. */
  recordAccess(account: string, template: string, verb: RecordVerb): Promise<RecordAccess>;
  /** Name of the account with this id, for people; null when there is none. */
  nameOf(account: string): Promise<string | null>;
  /** Id of an enabled account, or null. */
  accountNamed(name: string): Promise<string | null>;
  /** Id of an account with this name or id, disabled ones included, or null. */
  knownAccount(nameOrId: string): Promise<string | null>;
  /** Those of the names that are no role now. */
  unknownRoles(names: readonly string[]): Promise<readonly UnknownRole[]>;
}

/** Bugs that a test may switch on to see that a campaign finds them; all off otherwise. */
export interface PlantedBugs {
  /** Answer before the commit. */
  ackBeforeCommit: boolean;
  /** Send a request without recording the intent first. */
  noIntent: boolean;
  /** Commit the checkpoint of a job after its effects instead of with them. */
  checkpointApart: boolean;
}

export interface EngineParts {
  store: Store;
  machine: Machine;
  configuration: ConfigurationSource;
  began: BeganWith;
  remote: Remote;
  access: Access;
  /** Why this installation stands still; null: it works. */
  pause(): InstanceState['pause'];
  routes: RouteFaces;
  feed: Feed;
  clock: Clock;
  deadlines: Deadlines;
  room: Room;
  random: Random;
  crashPoints: CrashPoints;
  log: Log;
  settings: EngineSettings;
  bugs: PlantedBugs;
  /** Node id and boot id, joined by a slash. */
  owner: string;
}
