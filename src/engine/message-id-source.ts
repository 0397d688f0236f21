/** Fresh message ids: UUIDv7 whose low bits name the retention class. */
import { messageId } from '../core/message-id.ts';
import type { Clock, Random } from '../core/ports.ts';
import type { RetentionDays } from '../core/effect-set.ts';

export const freshMessageId = (parts: { clock: Clock; random: Random }, retentionDays: RetentionDays): string =>
  messageId(parts.clock.wallMs(), parts.random.bytes(10), retentionDays);
