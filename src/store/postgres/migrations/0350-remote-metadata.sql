-- What remote systems said about themselves: their documents, packed, by the id of the connection.
CREATE TABLE zveno.remote_metadata (
  connection uuid NOT NULL,
  hash text NOT NULL,
  address text NOT NULL,
  bytes integer NOT NULL,
  document bytea NOT NULL,
  -- The present one has the greatest.
  place bigint GENERATED ALWAYS AS IDENTITY,
  since timestamptz NOT NULL DEFAULT clock_timestamp(),
  checked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (connection, place)
);
-- Packed already.
ALTER TABLE zveno.remote_metadata ALTER COLUMN document SET STORAGE EXTERNAL;
