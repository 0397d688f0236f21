/** One row of the error catalogue. */
export interface ErrorEntry {
  /** Whose doing it is: the configuration, the message, the other system, or the platform. */
  fault: 'setup' | 'message' | 'remote' | 'us';
  /** HTTP status when this failure answers a request. */
  status: number;
  /** What the engine does unless the thrower says otherwise; `fail` when absent. */
  next?: 'fail' | 'retry' | 'reconnect' | 'park';
  /** What happened, to which named thing, and the next step. `{name}` is replaced by a parameter. */
  ru: string;
  en: string;
}
