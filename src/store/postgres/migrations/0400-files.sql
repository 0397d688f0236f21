-- Every version that a file of a record has had. The record's row holds which of them it shows.
CREATE TABLE zveno.file_version (
  file uuid NOT NULL,
  version integer NOT NULL,
  template text COLLATE "C" NOT NULL,
  record uuid NOT NULL,
  attribute text COLLATE "C" NOT NULL,
  name text NOT NULL,
  size bigint NOT NULL,
  type text COLLATE "C" NOT NULL,
  hash bytea NOT NULL,
  stored_at timestamptz NOT NULL,
  stored_by text COLLATE "C",
  PRIMARY KEY (file, version)
);
CREATE INDEX file_version_record ON zveno.file_version (record, attribute);
CREATE INDEX file_version_hash ON zveno.file_version (hash);
