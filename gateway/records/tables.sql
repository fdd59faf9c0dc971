-- Times are Unix time in seconds unless said otherwise.  The order of columns is that of rows.py.

-- Accepted and not finished.  The only place of clear numbers: `query` and `answer` are the rows of rows.py.
CREATE TABLE journal(
    uid INTEGER PRIMARY KEY, query TEXT NOT NULL, answer TEXT, sending_link TEXT NOT NULL DEFAULT '',
    parts INTEGER NOT NULL DEFAULT 1, redeliveries INTEGER NOT NULL DEFAULT 0);

-- Parts of long messages that are not whole yet; `content` is in hexadecimal.
CREATE TABLE parts(
    key TEXT, number INTEGER, total INTEGER, content TEXT, envelope TEXT, arrived_at REAL, fingerprint TEXT,
    PRIMARY KEY (key, number)) WITHOUT ROWID;

-- One row per accepted query, for ever.  `body` is scrubbed, `caller` a pseudonym; `parts` counts the MO's segments,
-- `redeliveries` its further deliveries; times are Unix time in seconds; finished_at - arrived_at is the reply latency.
-- `receipts`: segments by state of their receipts, as JSON; `receipt_state` is the whole reply's: see settling.sql.
CREATE TABLE query_log(
    uid INTEGER PRIMARY KEY, channel TEXT, arrived_at REAL, caller TEXT, area TEXT, certainty TEXT, body TEXT,
    intent TEXT, error TEXT, language TEXT, verdict TEXT, note TEXT, ending TEXT, finished_at REAL,
    command_status INTEGER, message_ids TEXT, segments INTEGER, resent INTEGER, stale INTEGER, carrier TEXT, link TEXT,
    reply_link TEXT, fingerprint TEXT, parts INTEGER, redeliveries INTEGER, receipts TEXT, receipt_state TEXT,
    receipt_at REAL);

-- One row per code of a finished query.  Keyed by time, so that it grows at its end; the index answers "who asked?".
CREATE TABLE lookups(
    uid INTEGER, code TEXT, caller TEXT, arrived_at REAL, answered_at REAL, verdict TEXT, resource_code TEXT,
    batch TEXT, region TEXT, category TEXT, area TEXT, stale INTEGER, counted INTEGER,
    PRIMARY KEY (uid, code)) WITHOUT ROWID;
CREATE INDEX lookups_by_code ON lookups(code, uid);

-- Reports and complaints, and what was texted after a warning.  Their deadlines stand in the case book.
CREATE TABLE reports(
    uid INTEGER PRIMARY KEY, kind TEXT, code TEXT, text TEXT, about_uid INTEGER, caller TEXT, area TEXT,
    arrived_at REAL);
CREATE INDEX reports_by_code ON reports(code, uid);

-- The latest warning of each caller.
CREATE TABLE contexts(caller TEXT PRIMARY KEY, uid INTEGER, code TEXT, opened_at REAL) WITHOUT ROWID;

-- Per hour (Unix time / 3600): `queries` counts rows of query_log under their first code's product, `lookups` codes.
CREATE TABLE rollups(
    hour INTEGER, area TEXT, resource_code TEXT, verdict TEXT, channel TEXT, carrier TEXT,
    queries INTEGER NOT NULL, lookups INTEGER NOT NULL,
    PRIMARY KEY (hour, area, resource_code, verdict, channel, carrier)) WITHOUT ROWID;
