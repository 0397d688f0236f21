-- Wrong sign-ins, so that neither a restart nor another node forgets them. Keys are hashes: people type passwords where names belong.
CREATE TABLE zveno.sign_in_failure (
  -- pair: one name from one address; name: from anywhere; address: under any name.
  kind text COLLATE "C" NOT NULL,
  key bytea NOT NULL,
  -- Of the name, to forget all of it at once; null for an address.
  name bytea,
  failures integer NOT NULL,
  last_at timestamptz NOT NULL,
  -- Nothing is tried before.
  until timestamptz NOT NULL,
  PRIMARY KEY (kind, key)
);
CREATE INDEX sign_in_failure_name ON zveno.sign_in_failure (name);
CREATE INDEX sign_in_failure_at ON zveno.sign_in_failure (last_at);

-- From where somebody has signed in: what others do elsewhere does not shut him out there.
CREATE TABLE zveno.sign_in_place (
  key bytea PRIMARY KEY,
  name bytea NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX sign_in_place_at ON zveno.sign_in_place (seen_at);
