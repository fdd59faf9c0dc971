-- What is counted by days of links, and receipts: views and triggers of the writer's, temporary as those of intake.sql.
-- receipt_ranks (state, rank) is filled by intake.py.

-- Whatever is counted goes through here.  A day that is closed takes nothing more: what is known of it only now stands
-- in the account of the day on which it became known (or, were that closed too, of the first that is not).
CREATE TEMP VIEW booking(day, known_on, carrier, link, measure, command_status, messages, pdus) AS
    SELECT 0, 0, '', '', '', 0, 0, 0;
CREATE TEMP TRIGGER on_booking INSTEAD OF INSERT ON booking BEGIN
    INSERT INTO link_days SELECT
        CASE WHEN NEW.day > closed.through THEN NEW.day ELSE max(NEW.known_on, closed.through + 1) END,
        NEW.day, NEW.carrier, NEW.link, NEW.measure, NEW.command_status, NEW.messages, NEW.pdus
        FROM (SELECT coalesce(max(day), -1) AS through FROM closed_days) AS closed WHERE true
        ON CONFLICT DO UPDATE SET messages = messages + excluded.messages, pdus = pdus + excluded.pdus;
END;

-- Rare, so not counted in Python: further segments and deliveries of one MO.
CREATE TEMP TRIGGER after_log AFTER INSERT ON main.query_log
WHEN (NEW.parts > 1 OR NEW.redeliveries > 0) AND NEW.link <> '' BEGIN
    INSERT INTO booking SELECT CAST((NEW.arrived_at + 28800) / 86400 AS INTEGER),
        CAST((NEW.finished_at + 28800) / 86400 AS INTEGER),
        NEW.carrier, NEW.link, 'mo_parts', 0, 0, NEW.parts - 1 WHERE NEW.parts > 1;
    INSERT INTO booking SELECT CAST((NEW.arrived_at + 28800) / 86400 AS INTEGER),
        CAST((NEW.finished_at + 28800) / 86400 AS INTEGER),
        NEW.carrier, NEW.link, 'mo_redelivered', 0, 0, NEW.redeliveries WHERE NEW.redeliveries > 0;
END;

-- A segment was taken under a message id.  A receipt that came first is its; ids that an SMSC uses again are the new
-- one's.
CREATE TEMP TRIGGER on_AWAIT INSTEAD OF INSERT ON rare_intake WHEN NEW.step = 14 BEGIN
    DELETE FROM receipts WHERE carrier = json_extract(NEW.row, '$[2]') AND message_id = json_extract(NEW.row, '$[3]')
        AND (uid <> NEW.uid OR uid IS NULL AND at < json_extract(NEW.row, '$[6]') - 3600);
    INSERT INTO receipts(uid, carrier, message_id, segment, link, at) VALUES (NEW.uid, json_extract(NEW.row, '$[2]'),
        json_extract(NEW.row, '$[3]'), json_extract(NEW.row, '$[4]'), json_extract(NEW.row, '$[5]'),
        json_extract(NEW.row, '$[6]')) ON CONFLICT DO UPDATE SET uid = excluded.uid, segment = excluded.segment,
        link = excluded.link, at = excluded.at WHERE uid IS NULL;
END;

-- Receipts come repeatedly and out of order: none takes a state back, and the first final state stays.
CREATE TEMP TRIGGER on_RECEIPT INSTEAD OF INSERT ON rare_intake WHEN NEW.step = 15 BEGIN
    INSERT INTO receipts(carrier, message_id, link, at, state, stated_at) VALUES (json_extract(NEW.row, '$[2]'),
        json_extract(NEW.row, '$[3]'), json_extract(NEW.row, '$[4]'), json_extract(NEW.row, '$[6]'),
        json_extract(NEW.row, '$[5]'), json_extract(NEW.row, '$[6]')) ON CONFLICT DO UPDATE SET
        state = excluded.state, stated_at = excluded.stated_at
        WHERE (SELECT rank FROM receipt_ranks AS r WHERE r.state = excluded.state)
            > coalesce((SELECT rank FROM receipt_ranks AS r WHERE r.state = receipts.state), -1);
END;

-- Nobody's yet: counted as such, until the segment is known that it is of.
CREATE TEMP TRIGGER receipt_unmatched AFTER INSERT ON main.receipts WHEN NEW.uid IS NULL BEGIN
    INSERT INTO booking VALUES (CAST((NEW.at + 28800) / 86400 AS INTEGER), CAST((NEW.at + 28800) / 86400 AS INTEGER),
        NEW.carrier,
        NEW.link, 'receipt_unmatched', 0, 0, 1);
END;
CREATE TEMP TRIGGER receipt_matched AFTER UPDATE OF uid ON main.receipts WHEN OLD.uid IS NULL AND NEW.uid IS NOT NULL
BEGIN
    INSERT INTO booking VALUES (CAST((OLD.at + 28800) / 86400 AS INTEGER), CAST((NEW.at + 28800) / 86400 AS INTEGER),
        NEW.carrier,
        OLD.link, 'receipt_unmatched', 0, 0, -1);
END;

-- The reply's state: a final one other than DELIVRD as soon as one segment has it, else the least of all its segments'.
CREATE TEMP TRIGGER receipt_kept AFTER UPDATE ON main.receipts WHEN NEW.uid IS NOT NULL AND NEW.state IS NOT NULL BEGIN
    UPDATE query_log SET
        receipts = (SELECT json_group_object(state, n) FROM (SELECT state, count(*) AS n FROM receipts
            WHERE uid = NEW.uid AND state IS NOT NULL GROUP BY state)),
        receipt_state = coalesce(
            (SELECT r.state FROM receipt_ranks AS r WHERE r.state = query_log.receipt_state AND r.rank = 4),
            (SELECT s.state FROM receipts AS s JOIN receipt_ranks AS r USING (state) WHERE s.uid = NEW.uid
                AND r.rank = 4 AND s.state <> 'DELIVRD' ORDER BY s.stated_at, s.segment LIMIT 1),
            CASE WHEN segments <= (SELECT count(*) FROM receipts WHERE uid = NEW.uid AND state IS NOT NULL) THEN
                (SELECT s.state FROM receipts AS s JOIN receipt_ranks AS r USING (state) WHERE s.uid = NEW.uid
                    ORDER BY r.rank, s.segment LIMIT 1) END),
        receipt_at = max(coalesce(receipt_at, 0), NEW.stated_at)
        WHERE uid = NEW.uid;
END;

-- Segments by state, and replies by state, on the day and link of the reply.
CREATE TEMP TRIGGER receipt_counted AFTER UPDATE OF receipts ON main.query_log BEGIN
    INSERT INTO booking SELECT CAST((NEW.finished_at + 28800) / 86400 AS INTEGER),
        CAST((NEW.receipt_at + 28800) / 86400 AS INTEGER),
        NEW.carrier, NEW.reply_link, 'receipt_' || key, 0, 0, sum(n)
        FROM (SELECT key, -value AS n FROM json_each(OLD.receipts) UNION ALL
            SELECT key, value FROM json_each(NEW.receipts)) GROUP BY key HAVING sum(n) <> 0;
    INSERT INTO booking SELECT CAST((NEW.finished_at + 28800) / 86400 AS INTEGER),
        CAST((NEW.receipt_at + 28800) / 86400 AS INTEGER),
        NEW.carrier, NEW.reply_link, 'receipt_' || state, 0, n, 0
        FROM (SELECT OLD.receipt_state AS state, -1 AS n UNION ALL SELECT NEW.receipt_state, 1)
        WHERE OLD.receipt_state IS NOT NEW.receipt_state AND state IS NOT NULL;
END;

CREATE TEMP TRIGGER on_OTHER INSTEAD OF INSERT ON rare_intake WHEN NEW.step = 16 BEGIN
    INSERT INTO other_messages VALUES (NEW.uid, json_extract(NEW.row, '$[2]'), json_extract(NEW.row, '$[3]'),
        json_extract(NEW.row, '$[4]'), json_extract(NEW.row, '$[5]'), json_extract(NEW.row, '$[6]'),
        json_extract(NEW.row, '$[7]'), json_extract(NEW.row, '$[8]'), json_extract(NEW.row, '$[9]'));
    INSERT INTO booking SELECT CAST((json_extract(NEW.row, '$[3]') + 28800) / 86400 AS INTEGER),
        CAST((json_extract(NEW.row, '$[3]') + 28800) / 86400 AS INTEGER), json_extract(NEW.row, '$[4]'),
        json_extract(NEW.row, '$[5]'), 'other_' || json_extract(NEW.row, '$[6]'), json_extract(NEW.row, '$[7]'),
        1, json_extract(NEW.row, '$[9]');
END;

-- Closed twice, a day stays as it was.
CREATE TEMP TRIGGER on_CLOSE INSTEAD OF INSERT ON rare_intake WHEN NEW.step = 17 BEGIN
    INSERT INTO closed_days SELECT json_extract(NEW.row, '$[2]'), json_extract(NEW.row, '$[3]'),
        (SELECT count(*) FROM journal WHERE uid < json_extract(NEW.row, '$[4]')), NULL
        WHERE json_extract(NEW.row, '$[2]') > (SELECT coalesce(max(day), -1) FROM closed_days);
END;
CREATE TEMP TRIGGER on_SEAL INSTEAD OF INSERT ON rare_intake WHEN NEW.step = 18 BEGIN
    UPDATE closed_days SET digest = json_extract(NEW.row, '$[3]') WHERE day = json_extract(NEW.row, '$[2]')
        AND digest IS NULL;
END;

-- A few at a time, so that no commit is long.
CREATE TEMP TRIGGER on_FORGET INSTEAD OF INSERT ON rare_intake WHEN NEW.step = 19 BEGIN
    DELETE FROM receipts WHERE (carrier, message_id) IN
        (SELECT carrier, message_id FROM receipts WHERE at < json_extract(NEW.row, '$[2]') LIMIT 5000);
END;
