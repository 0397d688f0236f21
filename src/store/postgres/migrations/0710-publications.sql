-- A publication that a job carries out: what the job writes once all values are converted.
CREATE TABLE zveno.publication (
  job uuid PRIMARY KEY REFERENCES zveno.job (id) ON DELETE CASCADE,
  body json NOT NULL,
  -- The template versions that come with it.
  templates json NOT NULL
);

-- The job that brings this version; nobody else may finish it.
ALTER TABLE zveno.template ADD COLUMN job uuid;
