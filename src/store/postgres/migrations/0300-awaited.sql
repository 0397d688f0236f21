-- Whether somebody waits for the end of a queued message and repeats it by himself, and since when it is in the queue.
-- Once he was told "accepted", or when nobody ever waited, the message is the platform's to bring to its end.
ALTER TABLE zveno.inbox_queue
  ADD COLUMN awaited boolean NOT NULL DEFAULT false,
  ADD COLUMN queued_at timestamptz NOT NULL DEFAULT clock_timestamp();
ALTER TABLE zveno.outbox_queue
  ADD COLUMN awaited boolean NOT NULL DEFAULT false,
  ADD COLUMN queued_at timestamptz NOT NULL DEFAULT clock_timestamp();
