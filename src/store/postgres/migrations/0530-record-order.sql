-- Texts as people sort them: without regard to capitals, е and ё together, otherwise by the alphabet. It depends neither on the
-- locale of the server nor on the version of its libraries, so an index over it stays right when either changes.
-- Indexes hold what it gives: a change of it would be a function of another name.
CREATE FUNCTION zveno.text_order(given text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
RETURN translate(lower(left(given, 200) COLLATE "C"), 'АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯёІЇЄҐЎ', 'абвгдеежзийклмнопрстуфхцчшщъыьэюяеіїєґў') COLLATE "C";

-- Every record table is listed by when its records were made or changed.
DO $$
DECLARE
  found record;
BEGIN
  FOR found IN SELECT relname::text AS name, substr(relname, 3) AS id FROM pg_class WHERE relnamespace = to_regnamespace('zveno_data') AND relkind = 'r' AND relname ~ '^r_[0-9a-f]{8}$' LOOP
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON zveno_data.%I (archived, created_at, id)', 'c_' || found.id, found.name);
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON zveno_data.%I (archived, changed_at, id)', 'm_' || found.id, found.name);
  END LOOP;
END
$$;
