-- The environment that the nodes of this database were last started for.
CREATE TABLE zveno.active_environment (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  environment text
);

INSERT INTO zveno.active_environment DEFAULT VALUES;
