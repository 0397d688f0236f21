/** A rehearsal as the API shows it. */
import type { Lang } from '../../core/failure.ts';
import type { ReplySlot } from '../../core/scenario/machine-port.ts';
import type { ValueObject } from '../../core/value.ts';
import type { Rehearsal } from '../../engine/engine.ts';
import { failureJson } from './failure-json.ts';
import { traceJson } from './message-json.ts';
import { plainJson } from './plain-json.ts';

export const rehearsalJson = ({ replies, failure: failed, records, sends, trace }: Rehearsal, lang: Lang): ValueObject => ({
  response: slotJson(replies.response),
  errorResponse: slotJson(replies.errorResponse),
  failure: failed === null ? null : failureJson(failed.toData(), lang),
  records: plainJson(records),
  sends: sends.map(({ path, route, message, key }) => ({ path, route, message, key })),
  trace: trace.map((entry) => traceJson(entry, lang)),
});

const slotJson = (slot: ReplySlot | null): ValueObject | null => (slot === null ? null : { status: slot.status, body: slot.body });
