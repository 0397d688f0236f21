-- People who are signed in with a browser. Of the token in the cookie only its SHA-256 is kept.
CREATE TABLE zveno.session (
  id uuid PRIMARY KEY,
  account uuid NOT NULL REFERENCES zveno.account (id) ON DELETE CASCADE,
  hash bytea NOT NULL UNIQUE,
  address text NOT NULL,
  agent text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_used_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- It ends at the earlier of the two: the first moves with its use, the second does not.
  idle_until timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX session_account ON zveno.session (account, created_at);
CREATE INDEX session_end ON zveno.session (least(idle_until, expires_at));

-- A password that somebody else has chosen: its owner may do nothing but change it.
ALTER TABLE zveno.account ADD COLUMN must_change_password boolean NOT NULL DEFAULT false;
