-- Keys that sign requests. The secret has to be at hand to check a signature, so it is sealed and not hashed.
CREATE TABLE zveno.signing_key (
  id uuid PRIMARY KEY,
  account uuid NOT NULL REFERENCES zveno.account (id) ON DELETE CASCADE,
  name text NOT NULL,
  credential text COLLATE "C" NOT NULL UNIQUE,
  sealed bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  last_used_at timestamptz
);
CREATE INDEX signing_key_account ON zveno.signing_key (account);

-- Signatures of the last minutes whose repeat would do something; the hash stands for the signature.
CREATE TABLE zveno.signature_use (
  signature bytea PRIMARY KEY,
  purpose text COLLATE "C" NOT NULL,
  used_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX signature_use_at ON zveno.signature_use (used_at);

ALTER TABLE zveno.api_token ADD COLUMN last_used_at timestamptz;
