-- What full text search indexes of a text: small letters, ё as е, words only. Each word is there as its Russian or English stem
-- and once more as it is written, with letters that look alike made one, for codes and for words that are still being typed.
-- Only the first 60,000 characters count: a longer text would not fit into one row of the index.
-- Indexes hold what these give: a change of them would be functions of other names.
CREATE FUNCTION zveno.search_text(given text) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN translate(lower(left(given, 60000) COLLATE "C"),
  'АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯёІЇЄҐЎ' || '-/\._@№#:,;()[]{}+*=|&%!?~`<>$^"«»„“”—–…' || chr(39) || chr(160),
  'абвгдеежзийклмнопрстуфхцчшщъыьэюяеіїєґў' || repeat(' ', 42));

CREATE FUNCTION zveno.search_vector(given text) RETURNS tsvector IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN to_tsvector('pg_catalog.russian', zveno.search_text(given)) || to_tsvector('pg_catalog.simple', translate(zveno.search_text(given), 'авекмнорстух', 'abekmhopctyx'));

-- Files stand in a column as a list of what is known of each.
CREATE FUNCTION zveno.file_names(files text) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN COALESCE(jsonb_path_query_array(files::jsonb, '$[*].name')::text, '');
