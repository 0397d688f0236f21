-- Who may call, and with what. Password hashes are argon2id; of a token only its SHA-256 is kept.
CREATE TABLE zveno.account (
  id uuid PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE,
  password_hash text NOT NULL,
  permissions text[] NOT NULL,
  enabled boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE zveno.api_token (
  id uuid PRIMARY KEY,
  account uuid NOT NULL REFERENCES zveno.account (id) ON DELETE CASCADE,
  name text NOT NULL,
  hash bytea NOT NULL UNIQUE,
  scopes text[] NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz,
  revoked_at timestamptz
);
CREATE INDEX api_token_account ON zveno.api_token (account);
