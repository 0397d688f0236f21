/** Intervals and widths of one engine. Tests and simulations use shorter ones; nothing in the engine waits by a literal. */
export interface EngineSettings {
  /** How long a claimed row belongs to its worker without renewal. */
  leaseMs: number;
  renewEveryMs: number;
  /** How long an idle worker sleeps when no wake-up comes. */
  pollMs: number;
  inboxConcurrency: number;
  outboxConcurrency: number;
  /** Jobs that one node works on at a time. */
  jobConcurrency: number;
  /** Row sources that one node reads at a time. */
  sourceConcurrency: number;
  /** How often a node looks whether every source is planned. */
  sourcePlanMs: number;
  /** How long a job may make no progress before it says what it waits for. */
  jobStallMs: number;
  /** Pause between two steps of a job, for the sake of what else the database does. */
  jobPauseMs: number;
  /** How long a call that publishes waits for the job that converts the values. */
  publicationWaitMs: number;
  /** First pause before a job is tried again; doubled each time. */
  jobRetryMs: number;
  /** How often a waiting caller looks whether another node finished its message. */
  replyPollMs: number;
  replyDeadlineMs: number;
  /** How often deadlines of runs are looked at. */
  deadlineTickMs: number;
  /** How long a repeat waits for the first request of its key before it is told to come later. */
  repeatWaitMs: number;
  runDeadlineMs: number;
  /** First pause before a recomputation; doubled each time, with jitter. */
  recomputePauseMs: number;
  /** Consecutive transport failures after which a connection rests, and for how long. */
  breakerFailures: number;
  breakerRestMs: number;
  /** How long what waits for an open route or for room in a queue is left alone. */
  patienceMs: number;
  /** How often the queues are counted. */
  levelsMs: number;
  /** How long a shutdown waits for what is under way. */
  drainMs: number;
}

export const defaultSettings: EngineSettings = {
  leaseMs: 30_000,
  renewEveryMs: 10_000,
  pollMs: 1_000,
  inboxConcurrency: 16,
  outboxConcurrency: 16,
  jobConcurrency: 2,
  sourceConcurrency: 4,
  sourcePlanMs: 30_000,
  jobStallMs: 60_000,
  jobPauseMs: 0,
  publicationWaitMs: 5_000,
  jobRetryMs: 5_000,
  replyPollMs: 200,
  replyDeadlineMs: 30_000,
  deadlineTickMs: 100,
  repeatWaitMs: 5_000,
  runDeadlineMs: 300_000,
  recomputePauseMs: 5,
  breakerFailures: 5,
  breakerRestMs: 5_000,
  patienceMs: 2_000,
  levelsMs: 1_000,
  drainMs: 20_000,
};
