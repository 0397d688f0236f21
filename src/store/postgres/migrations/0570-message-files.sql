-- Which bytes the files of a message are, so that they stay as long as it does. What they are called stands in its payload.
CREATE TABLE zveno.message_file (
  class smallint NOT NULL CHECK (class BETWEEN 0 AND 3),
  message uuid NOT NULL,
  file uuid NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (class, message, file)
);
CREATE INDEX message_file_hash ON zveno.message_file (hash);
