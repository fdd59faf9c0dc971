-- What the shared query log does not have yet: made by the writer's connection where queries are shipped.  `version`
-- rises when a row that waits is changed, so that what was read before the change is not taken for the whole.

CREATE TABLE IF NOT EXISTS main.unshipped(uid INTEGER PRIMARY KEY, version INTEGER NOT NULL DEFAULT 1);

-- One row once all that was logged before had been noted: then what is logged without these triggers is missing here.
CREATE TABLE IF NOT EXISTS main.shipping(began INTEGER PRIMARY KEY);
BEGIN;
INSERT OR IGNORE INTO unshipped(uid) SELECT uid FROM main.query_log WHERE NOT EXISTS (SELECT 1 FROM main.shipping);
INSERT OR IGNORE INTO main.shipping VALUES (1);
COMMIT;

CREATE TEMP TRIGGER ship_new AFTER INSERT ON main.query_log BEGIN
    INSERT OR IGNORE INTO unshipped(uid) VALUES (NEW.uid);
END;

CREATE TEMP TRIGGER ship_changed AFTER UPDATE OF redeliveries ON main.query_log BEGIN
    INSERT INTO unshipped(uid) VALUES (NEW.uid) ON CONFLICT DO UPDATE SET version = version + 1;
END;

-- A row of the intake: step 50, uid, version.
CREATE TEMP TRIGGER on_SHIPPED INSTEAD OF INSERT ON intake WHEN NEW.step = 50 BEGIN
    DELETE FROM unshipped WHERE uid = NEW.uid AND version = json_extract(NEW.row, '$[2]');
END;
