-- What remote systems were seen to do, fact by fact, by the id of the connection; a fact counts for the address it was learnt at.
CREATE TABLE zveno.remote_capabilities (
  connection uuid NOT NULL,
  name text NOT NULL,
  -- Null: it was asked, and could not be told.
  value jsonb NOT NULL,
  learned text NOT NULL,
  address text NOT NULL,
  -- Of the metadata that it was learnt with.
  metadata_hash text NOT NULL,
  learned_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (connection, name)
);
-- With it a service is asked whether its document has changed without sending it again.
ALTER TABLE zveno.remote_metadata ADD COLUMN etag text;
