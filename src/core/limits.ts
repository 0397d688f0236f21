/**
 * Every bound of the platform, in one place. Units are in the name's last word.
 * `docs/reference/limits.md` is generated from here; each limit names the failure code raised when it is passed.
 */
export interface Limit {
  value: number;
  unit: 'bytes' | 'ms' | 'count' | 'depth' | 'characters' | 'days';
  code: string;
  about: string;
}

const limit = (value: number, unit: Limit['unit'], code: string, about: string): Limit => ({ value, unit, code, about });

const KiB = 1024;
const MiB = 1024 * KiB;

export const limits = {
  messageBodyBytes: limit(10 * MiB, 'bytes', 'message.tooLarge', 'What is parsed of one message'),
  inlinePayloadBytes: limit(64 * KiB, 'bytes', 'message.tooLarge', 'A body larger than this lives in the blob store and travels by reference'),
  jsonDepth: limit(64, 'depth', 'message.tooDeep', 'Nesting of objects and lists in a message'),
  inFlightBytes: limit(64 * MiB, 'bytes', 'message.busy', 'Bytes of requests being handled by one node'),
  inFlightRequests: limit(2_000, 'count', 'message.busy', 'Requests being handled by one node'),
  orderKeyQueue: limit(1_000, 'count', 'order.queueFull', 'Messages waiting under one order key'),
  orderKeyCharacters: limit(256, 'characters', 'store.keyTooLong', 'Length of one order key'),
  idempotencyKeyCharacters: limit(256, 'characters', 'store.keyTooLong', 'Length of one idempotency key'),
  businessKeyCharacters: limit(512, 'characters', 'store.keyTooLong', 'Length of the value of one business key'),
  timerKindCharacters: limit(128, 'characters', 'store.keyTooLong', 'Length of the id or kind of one timer'),
  commitLanes: limit(8, 'count', 'store.unavailable', 'Connections of one node that commit'),
  queueLanes: limit(2, 'count', 'store.unavailable', 'Connections of one node that claim and renew'),
  commitsWaiting: limit(4_000, 'count', 'store.busy', 'Effect sets of one node that wait for a commit connection'),
  commitRetries: limit(3, 'count', 'store.contended', 'Repeats of one commit that lost a deadlock or a serialisation'),
  commitLockMs: limit(5_000, 'ms', 'store.contended', 'Wait of one commit for one lock'),
  commitStatementMs: limit(15_000, 'ms', 'store.unavailable', 'One statement of a commit'),
  commitRedialMs: limit(1_000, 'ms', 'store.unavailable', 'Longest pause between attempts to find out what came of a lost commit'),
  wakePauseMs: limit(5, 'ms', 'store.unavailable', 'Pause between two notifications of one node to the others'),
  databaseConnectMs: limit(10_000, 'ms', 'store.unavailable', 'One attempt to connect to the database'),
  databaseReaders: limit(8, 'count', 'store.unavailable', 'Connections of one node that read'),
  readStatementMs: limit(30_000, 'ms', 'store.unavailable', 'One reading statement'),
  partitionLockMs: limit(2_000, 'ms', 'store.contended', 'Wait of housekeeping for the lock of a partition'),
  partitionDaysAhead: limit(3, 'days', 'store.unavailable', 'Days for which partitions are made ahead'),
  migrationWaitMs: limit(120_000, 'ms', 'store.migrationBusy', 'Wait of one node for the migrations of another'),
  blobUnreferencedHours: limit(24, 'count', 'store.blobMissing', 'Hours after which a body that no message names is removed'),
  orderKeyIdleDays: limit(30, 'days', 'store.unavailable', 'Days after which the counter of an idle order key is forgotten'),
  housekeepingRows: limit(5_000, 'count', 'store.unavailable', 'Rows removed by one statement of housekeeping'),
  relatedRows: limit(1_000, 'count', 'query.page', 'Children, calls or changes shown with one message'),
  replyDeadlineMs: limit(30_000, 'ms', 'run.deadline', 'A synchronous caller is answered at the latest after this'),
  runDeadlineMs: limit(300_000, 'ms', 'run.deadline', 'One run, all attempts of one execution'),
  iterations: limit(10_000, 'count', 'run.iterations', 'Iterations of all loops of one run'),
  stepDepth: limit(64, 'depth', 'run.stepDepth', 'Nesting of steps'),
  chainDepth: limit(16, 'depth', 'run.chainDepth', 'Runs started by runs'),
  triggerRuns: limit(1_000, 'count', 'run.triggerRuns', 'Trigger runs caused by one commit'),
  writesCount: limit(10_000, 'count', 'run.writes', 'Record writes of one run'),
  writesBytes: limit(32 * MiB, 'bytes', 'run.writes', 'Bytes of record writes of one run'),
  recomputations: limit(5, 'count', 'run.contended', 'Recomputations of a run whose records changed meanwhile'),
  expressionSteps: limit(1_000_000, 'count', 'expression.steps', 'Evaluation steps of one expression'),
  expressionDepth: limit(256, 'depth', 'expression.depth', 'Call depth of one expression'),
  expressionTextCharacters: limit(32 * KiB, 'characters', 'expression.tooLong', 'Length of one expression'),
  expressionResultBytes: limit(10 * MiB, 'bytes', 'expression.resultSize', 'Size of what an expression builds'),
  attributesPerTemplate: limit(300, 'count', 'template.attributes', 'Attributes of one template'),
  linksPerTemplate: limit(64, 'count', 'template.links', 'Link attributes of one template'),
  uniquePerTemplate: limit(16, 'count', 'template.unique', 'Unique attributes of one template'),
  textCharacters: limit(1_000_000, 'characters', 'record.textTooLong', 'Length of one text value'),
  pageRows: limit(1_000, 'count', 'query.page', 'Rows of one page of a query'),
  remoteResponseBytes: limit(10 * MiB, 'bytes', 'connection.responseTooLarge', 'What is parsed of one answer of a remote system'),
  remoteTimeoutMs: limit(30_000, 'ms', 'connection.timeout', 'One remote call unless the connection says otherwise'),
  redirects: limit(5, 'count', 'connection.redirects', 'Redirects followed by one remote call'),
  configurationFileBytes: limit(1 * MiB, 'bytes', 'config.tooLarge', 'One configuration document'),
  systemNameCharacters: limit(64, 'characters', 'config.systemName', 'Length of a system name'),
  embeddedStartMs: limit(300_000, 'ms', 'store.startSlow', 'The embedded database server becomes ready, recovery after a crash included'),
  embeddedStopMs: limit(10_000, 'ms', 'store.serverStuck', 'Each stage of stopping the embedded database server: fast, immediate, forced'),
  embeddedLeftoverMs: limit(5_000, 'ms', 'store.serverStuck', 'Children of a killed database server end by themselves, then by force'),
  embeddedRestartMs: limit(10_000, 'ms', 'store.startFailed', 'Longest pause between two attempts to restart the embedded database server'),
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof limits;
