-- The revision that a message was accepted or a run queued under; its run finishes on it. Null: on the newest.
ALTER TABLE zveno.message ADD COLUMN revision bigint;
