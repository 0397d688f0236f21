-- What logged attributes held before a change and hold after it, and the other side of a logged link.
ALTER TABLE zveno.record_change ADD COLUMN changes jsonb, ADD COLUMN linked uuid;

CREATE INDEX record_change_linked ON zveno.record_change (linked, seq) WHERE linked IS NOT NULL;
-- Rows lie in the order of time, so that a small index tells which blocks have aged.
CREATE INDEX record_change_at ON zveno.record_change USING brin (at);
