-- Routes that read by themselves, and how far they came. A row is written in the commit of the page's messages.
CREATE TABLE zveno.row_source (
  route text COLLATE "C" PRIMARY KEY,
  cursor text NOT NULL DEFAULT 'null',
  cursor_at timestamptz,
  epoch bigint NOT NULL DEFAULT 0,
  paused boolean NOT NULL DEFAULT false,
  unconfirmed boolean NOT NULL DEFAULT false,
  read_at timestamptz,
  last_pages bigint NOT NULL DEFAULT 0,
  pages bigint NOT NULL DEFAULT 0,
  messages bigint NOT NULL DEFAULT 0,
  attempts integer NOT NULL DEFAULT 0,
  failure json
) WITH (fillfactor = 70);
