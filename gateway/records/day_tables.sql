-- What carriers are reconciled by.  Days are China's (UTC+8), counted from 1970-01-01.

-- Per day, carrier and link.  `day` is the day that a thing belongs to, `booked_on` the day in whose account it stands:
-- the same day, or, where that was closed when it became known, a later one.  `measure`: mo (messages by arrival, one
-- PDU each), mo_parts (their further segments), mo_redelivered, mo_unacknowledged (those of the former three whose
-- acknowledgement could not be sent: the SMSC was told command_status, or nothing if it is 0), mo_refused; mt_<ending> (replies by finish, with their accepted segments),
-- mt_resent (those among them that may have been sent twice); other_<ending> (see below); receipt_<state> (replies and
-- segments by their state, on the reply's day and link), receipt_unmatched.
CREATE TABLE link_days(
    booked_on INTEGER, day INTEGER, carrier TEXT, link TEXT, measure TEXT, command_status INTEGER,
    messages INTEGER NOT NULL, pdus INTEGER NOT NULL,
    PRIMARY KEY (booked_on, day, carrier, link, measure, command_status)) WITHOUT ROWID;

-- Closed days, in order and without gaps.  `open_queries`: how many had no end yet; `digest` is of accounts.py.
CREATE TABLE closed_days(
    day INTEGER PRIMARY KEY, closed_at REAL NOT NULL, open_queries INTEGER NOT NULL, digest TEXT);

CREATE TRIGGER closed_day_takes_no_row BEFORE INSERT ON link_days
WHEN NEW.booked_on <= (SELECT max(day) FROM closed_days) BEGIN SELECT raise(ABORT, 'this day is closed'); END;
CREATE TRIGGER closed_day_is_not_changed BEFORE UPDATE ON link_days
WHEN min(OLD.booked_on, NEW.booked_on) <= (SELECT max(day) FROM closed_days) BEGIN
    SELECT raise(ABORT, 'this day is closed');
END;
CREATE TRIGGER closed_day_loses_no_row BEFORE DELETE ON link_days
WHEN OLD.booked_on <= (SELECT max(day) FROM closed_days) BEGIN SELECT raise(ABORT, 'this day is closed'); END;
CREATE TRIGGER days_are_closed_in_order BEFORE INSERT ON closed_days
WHEN NEW.day <= (SELECT max(day) FROM closed_days) BEGIN SELECT raise(ABORT, 'days are closed in order'); END;
CREATE TRIGGER closed_day_stays_closed BEFORE DELETE ON closed_days BEGIN
    SELECT raise(ABORT, 'a closed day stays closed');
END;
CREATE TRIGGER digest_is_written_once BEFORE UPDATE ON closed_days
WHEN OLD.digest IS NOT NULL OR NEW.digest IS NULL OR NEW.day <> OLD.day OR NEW.closed_at <> OLD.closed_at
    OR NEW.open_queries <> OLD.open_queries BEGIN
    SELECT raise(ABORT, 'a closed day stays as it is');
END;

-- Segments whose receipts are awaited, and receipts (uid NULL) that no segment is known for, yet or ever.  `message_id`
-- as receipts have it; `link` and `at`: which reply it was and when, of an unmatched receipt how and when it came.
CREATE TABLE receipts(
    carrier TEXT, message_id TEXT, uid INTEGER, segment INTEGER, link TEXT, at REAL, state TEXT, stated_at REAL,
    PRIMARY KEY (carrier, message_id)) WITHOUT ROWID;
CREATE INDEX receipts_by_uid ON receipts(uid) WHERE uid IS NOT NULL;
CREATE INDEX receipts_by_time ON receipts(at);

-- Messages that are no query's reply: `kind` notice ("the answer follows") or text (a call's result).
CREATE TABLE other_messages(
    uid INTEGER, kind TEXT, at REAL, carrier TEXT, link TEXT, ending TEXT, command_status INTEGER, message_ids TEXT,
    segments INTEGER);
