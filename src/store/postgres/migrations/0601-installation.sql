-- What this database is: one installation with an id of its own, and the environment that its nodes were last started for.
CREATE TABLE zveno.installation (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  environment text
);

INSERT INTO zveno.installation DEFAULT VALUES;
