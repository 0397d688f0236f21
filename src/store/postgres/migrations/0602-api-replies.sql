-- Replies of the REST API by the caller's Idempotency-Key, so that a repeat of a write answers and does nothing.
CREATE TABLE zveno.api_reply (
  key text COLLATE "C" NOT NULL,
  caller text COLLATE "C" NOT NULL,
  -- Tells the same request from another one; slow to guess from where the request holds secrets.
  digest text NOT NULL,
  -- Who carries it out, as long as there is no status.
  owner text NOT NULL,
  -- null: under way, or nobody knows what came of it; 0: it was done, but the reply is not kept.
  status integer,
  headers json,
  body bytea,
  begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (key, caller)
);

CREATE INDEX api_reply_expires ON zveno.api_reply (expires_at);
