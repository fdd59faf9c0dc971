-- The writer's view and triggers, temporary to its connection: see intake.py for why.  A row is a JSON array: step,
-- uid, then the fields from $[2] on, in the order that rows.py gives them.  28800: days are China's (UTC+8).

CREATE TEMP VIEW intake(step, uid, row) AS SELECT 0, 0, '';

-- Every row asks each of its view's triggers whether it is meant: the rare steps share one, to spare the common ones.
CREATE TEMP VIEW rare_intake(step, uid, row) AS SELECT 0, 0, '';
CREATE TEMP TRIGGER on_RARE INSTEAD OF INSERT ON intake WHEN NEW.step > 4 BEGIN
    INSERT INTO rare_intake VALUES (NEW.step, NEW.uid, NEW.row);
END;

CREATE TEMP TRIGGER on_ACCEPT INSTEAD OF INSERT ON intake WHEN NEW.step = 1 BEGIN
    INSERT OR IGNORE INTO journal(uid, query) VALUES (NEW.uid, NEW.row);
END;

CREATE TEMP TRIGGER on_ANSWER INSTEAD OF INSERT ON intake WHEN NEW.step = 2 BEGIN
    UPDATE journal SET answer = NEW.row, sending_link = json_extract(NEW.row, '$[2]') WHERE uid = NEW.uid;
END;

CREATE TEMP TRIGGER on_SENDING INSTEAD OF INSERT ON rare_intake WHEN NEW.step = 5 BEGIN
    UPDATE journal SET sending_link = json_extract(NEW.row, '$[2]') WHERE uid = NEW.uid;
END;

-- Only what the journal still holds becomes a row of the log: repeating it changes nothing.
CREATE TEMP TRIGGER on_FINISH INSTEAD OF INSERT ON intake WHEN NEW.step = 3 BEGIN
    INSERT OR IGNORE INTO query_log SELECT NEW.uid, json_extract(NEW.row, '$[2]'), json_extract(NEW.row, '$[3]'),
        json_extract(NEW.row, '$[4]'), json_extract(NEW.row, '$[5]'), json_extract(NEW.row, '$[6]'),
        json_extract(NEW.row, '$[7]'), json_extract(NEW.row, '$[8]'), json_extract(NEW.row, '$[9]'),
        json_extract(NEW.row, '$[10]'), json_extract(NEW.row, '$[11]'), json_extract(NEW.row, '$[12]'),
        json_extract(NEW.row, '$[13]'), json_extract(NEW.row, '$[14]'), json_extract(NEW.row, '$[15]'),
        json_extract(NEW.row, '$[16]'), json_extract(NEW.row, '$[17]'), json_extract(NEW.row, '$[18]'),
        json_extract(NEW.row, '$[19]'), json_extract(NEW.row, '$[20]'), json_extract(NEW.row, '$[21]'),
        json_extract(NEW.row, '$[22]'), json_extract(NEW.row, '$[23]'), parts, redeliveries, NULL, NULL, NULL
        FROM journal WHERE uid = NEW.uid;
    DELETE FROM journal WHERE uid = NEW.uid;
END;

CREATE TEMP TRIGGER on_LOOKUP INSTEAD OF INSERT ON intake WHEN NEW.step = 4 BEGIN
    INSERT OR IGNORE INTO lookups VALUES (NEW.uid, json_extract(NEW.row, '$[2]'), json_extract(NEW.row, '$[3]'),
        json_extract(NEW.row, '$[4]'), json_extract(NEW.row, '$[5]'), json_extract(NEW.row, '$[6]'),
        json_extract(NEW.row, '$[7]'), json_extract(NEW.row, '$[8]'), json_extract(NEW.row, '$[9]'),
        json_extract(NEW.row, '$[10]'), json_extract(NEW.row, '$[11]'), json_extract(NEW.row, '$[12]'),
        json_extract(NEW.row, '$[13]'));
END;

CREATE TEMP TRIGGER on_REPORT INSTEAD OF INSERT ON rare_intake WHEN NEW.step = 6 BEGIN
    INSERT OR IGNORE INTO reports VALUES (NEW.uid, json_extract(NEW.row, '$[2]'), json_extract(NEW.row, '$[3]'),
        json_extract(NEW.row, '$[4]'), json_extract(NEW.row, '$[5]'), json_extract(NEW.row, '$[6]'),
        json_extract(NEW.row, '$[7]'), json_extract(NEW.row, '$[8]'));
END;

-- The latest warning wins, whatever the order of commits.
CREATE TEMP TRIGGER on_CONTEXT INSTEAD OF INSERT ON rare_intake WHEN NEW.step = 7 BEGIN
    INSERT INTO contexts(uid, caller, code, opened_at) VALUES (NEW.uid, json_extract(NEW.row, '$[2]'),
        json_extract(NEW.row, '$[3]'), json_extract(NEW.row, '$[4]')) ON CONFLICT DO UPDATE SET uid = excluded.uid,
        code = excluded.code, opened_at = excluded.opened_at WHERE excluded.uid > uid;
END;

CREATE TEMP TRIGGER on_ROLLUP INSTEAD OF INSERT ON rare_intake WHEN NEW.step = 8 BEGIN
    INSERT INTO rollups VALUES (json_extract(NEW.row, '$[2]'), json_extract(NEW.row, '$[3]'), json_extract(NEW.row, '$[4]')
       , json_extract(NEW.row, '$[5]'), json_extract(NEW.row, '$[6]'), json_extract(NEW.row, '$[7]'),
        json_extract(NEW.row, '$[8]'), json_extract(NEW.row, '$[9]')) ON CONFLICT DO UPDATE SET queries = queries +
        excluded.queries, lookups = lookups + excluded.lookups;
END;

CREATE TEMP TRIGGER on_LINK_DAY INSTEAD OF INSERT ON rare_intake WHEN NEW.step = 9 BEGIN
    INSERT INTO booking VALUES (json_extract(NEW.row, '$[2]'), json_extract(NEW.row, '$[3]'),
        json_extract(NEW.row, '$[4]'), json_extract(NEW.row, '$[5]'), json_extract(NEW.row, '$[6]'),
        json_extract(NEW.row, '$[7]'), json_extract(NEW.row, '$[8]'), json_extract(NEW.row, '$[9]'));
END;

CREATE TEMP TRIGGER on_PART INSTEAD OF INSERT ON rare_intake WHEN NEW.step = 10 BEGIN
    INSERT OR IGNORE INTO parts VALUES (json_extract(NEW.row, '$[2]'), json_extract(NEW.row, '$[3]'),
        json_extract(NEW.row, '$[4]'), json_extract(NEW.row, '$[5]'), json_extract(NEW.row, '$[6]'),
        json_extract(NEW.row, '$[7]'), json_extract(NEW.row, '$[8]'));
END;

-- The parts that the message was made of: as many as came, each a PDU of its own.
CREATE TEMP TRIGGER on_WHOLE INSTEAD OF INSERT ON rare_intake WHEN NEW.step = 11 BEGIN
    UPDATE journal SET parts = max(1, (SELECT count(*) FROM parts WHERE key = json_extract(NEW.row, '$[2]')))
        WHERE uid = NEW.uid;
    DELETE FROM parts WHERE key = json_extract(NEW.row, '$[2]');
END;

-- Of an open query counted in the journal (after_log takes it over), of a logged one at once.
CREATE TEMP TRIGGER on_REDELIVERED INSTEAD OF INSERT ON rare_intake WHEN NEW.step = 12 BEGIN
    UPDATE journal SET redeliveries = redeliveries + 1 WHERE uid = NEW.uid;
    UPDATE query_log SET redeliveries = redeliveries + 1 WHERE uid = NEW.uid;
    INSERT INTO booking SELECT CAST((arrived_at + 28800) / 86400 AS INTEGER), CAST((finished_at + 28800) / 86400
        AS INTEGER), carrier, link, 'mo_redelivered', 0, 0, 1 FROM query_log WHERE uid = NEW.uid AND link <> '';
END;

CREATE TEMP TRIGGER on_PRUNE INSTEAD OF INSERT ON rare_intake WHEN NEW.step = 13 BEGIN
    DELETE FROM contexts WHERE opened_at < json_extract(NEW.row, '$[2]');
    DELETE FROM parts WHERE arrived_at < json_extract(NEW.row, '$[2]');
END;
