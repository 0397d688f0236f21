/** How far row sources have come. */
import type { SourceWrite } from '../../../core/source.ts';
import type { Statement } from '../statement.ts';
import { valueText } from '../value-text.ts';

export function sourceStatement(write: SourceWrite): Statement {
  switch (write.op) {
    case 'page':
      return page(write);
    case 'confirmed':
      return { name: 'source.confirmed', text: 'UPDATE zveno.row_source SET unconfirmed = false WHERE route = $1 AND epoch = $2', values: [write.route, write.epoch] };
    case 'failed':
      return {
        name: 'source.failed',
        text: `INSERT INTO zveno.row_source AS s (route, epoch, attempts, failure) VALUES ($1, $2, $3, $4::json)
          ON CONFLICT (route) DO UPDATE SET attempts = excluded.attempts, failure = excluded.failure WHERE s.epoch = excluded.epoch`,
        values: [write.route, write.epoch, write.attempts, JSON.stringify(write.failure)],
      };
    case 'pause':
      return {
        name: 'source.pause',
        text: 'INSERT INTO zveno.row_source (route, paused) VALUES ($1, $2) ON CONFLICT (route) DO UPDATE SET paused = excluded.paused',
        values: [write.route, write.paused],
      };
    case 'reset':
      return {
        name: 'source.reset',
        text: `INSERT INTO zveno.row_source AS s (route, cursor, cursor_at, epoch) VALUES ($1, $2, clock_timestamp(), 1)
          ON CONFLICT (route) DO UPDATE SET cursor = excluded.cursor, cursor_at = excluded.cursor_at, epoch = s.epoch + 1, unconfirmed = false, attempts = 0, failure = NULL`,
        values: [write.route, valueText(write.cursor)],
      };
    default:
      return write satisfies never;
  }
}

/** A source that somebody paused or reset meanwhile takes no page of its former cursor. */
const page = (write: SourceWrite & { op: 'page' }): Statement => ({
  name: 'source.page',
  text: `INSERT INTO zveno.row_source AS s (route, cursor, cursor_at, epoch, unconfirmed, read_at, last_pages, pages, messages)
    VALUES ($1, $2, clock_timestamp(), $3, $4, CASE WHEN $5::boolean THEN clock_timestamp() END, 1, 1, $6::bigint)
    ON CONFLICT (route) DO UPDATE SET cursor = excluded.cursor, cursor_at = excluded.cursor_at, unconfirmed = excluded.unconfirmed, read_at = coalesce(excluded.read_at, s.read_at),
      last_pages = CASE WHEN $7::boolean THEN 1 ELSE s.last_pages + 1 END, pages = s.pages + 1, messages = s.messages + excluded.messages, attempts = 0, failure = NULL
    WHERE s.epoch = excluded.epoch AND NOT s.paused RETURNING 1`,
  values: [write.route, valueText(write.cursor), write.epoch, write.unconfirmed, write.last, write.messages, write.first],
  expect: { rows: 1, otherwise: { kind: 'fenced' } },
});
