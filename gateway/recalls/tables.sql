-- Who asked to be told.  Times are Unix time in seconds.  `caller` is a keyed hash of the number, `route` number and
-- route sealed under the key `key_id`; it is NULL as soon as nothing will be sent any more.  `state`: waiting ->
-- sending -> told.  `recall` tells one recall from another, once it is known.
CREATE TABLE subscriptions(
    id INTEGER PRIMARY KEY, caller TEXT NOT NULL, key_id TEXT NOT NULL, code TEXT NOT NULL,
    resource_code TEXT NOT NULL, batch TEXT NOT NULL, uid INTEGER NOT NULL, language TEXT NOT NULL,
    expires_at REAL NOT NULL, route BLOB, state TEXT NOT NULL DEFAULT 'waiting', recall TEXT NOT NULL DEFAULT '',
    told_at REAL, UNIQUE (caller, code));
CREATE INDEX subscriptions_waiting ON subscriptions(resource_code, id) WHERE state = 'waiting';
CREATE INDEX subscriptions_told ON subscriptions(caller, recall) WHERE recall <> '';
CREATE INDEX subscriptions_expiring ON subscriptions(expires_at);
