-- Published versions of record templates, and the schema that holds their tables.
CREATE SCHEMA zveno_data;

CREATE TABLE zveno.template (
  id text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  name text COLLATE "C" NOT NULL,
  -- The configuration revision that brings this version.
  revision bigint NOT NULL,
  -- The tables have been brought to this version.
  ready boolean NOT NULL DEFAULT false,
  body jsonb NOT NULL,
  published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (id, version)
);

CREATE INDEX template_revision ON zveno.template (revision);
