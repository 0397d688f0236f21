-- The configuration as documents: what is published now, every version that ever was, and one counter over all of it.
-- Documents are json and not jsonb: the order of keys is the author's and is kept.

CREATE TABLE zveno.configuration_revision (
  revision bigint PRIMARY KEY,
  published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  published_by text NOT NULL,
  note text NOT NULL
);

INSERT INTO zveno.configuration_revision (revision, published_by, note) VALUES (0, 'system', 'empty');

-- One row, locked by whoever publishes.
CREATE TABLE zveno.configuration_head (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  revision bigint NOT NULL REFERENCES zveno.configuration_revision
);

INSERT INTO zveno.configuration_head (revision) VALUES (0);

CREATE TABLE zveno.configuration_object (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  kind text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  document json NOT NULL,
  source text,
  CONSTRAINT configuration_object_name UNIQUE (kind, name)
);

-- A deleted object ends with a version without a document.
CREATE TABLE zveno.configuration_version (
  id uuid NOT NULL,
  version integer NOT NULL,
  kind text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  document json,
  source text,
  revision bigint NOT NULL REFERENCES zveno.configuration_revision,
  PRIMARY KEY (id, version)
);

CREATE INDEX configuration_version_revision ON zveno.configuration_version (revision);

-- Hosts, ports and base URLs of this installation, for ${address:name}. No secrets.
CREATE TABLE zveno.configuration_address (
  name text COLLATE "C" PRIMARY KEY,
  value json NOT NULL
);

-- Each secret has a data key of its own, wrapped by the master key whose id the sealed bytes begin with.
CREATE TABLE zveno.secret (
  name text COLLATE "C" PRIMARY KEY,
  version integer NOT NULL,
  sealed bytea NOT NULL,
  set_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  set_by text NOT NULL
);
