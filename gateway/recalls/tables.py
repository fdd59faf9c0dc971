"""The subscriptions' file as SQLite has it: opened, made if missing, and sealed under the key of now."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from gateway.core.errors import SettingsFault
from gateway.core.query import Caller
from gateway.recalls.sealing import NotSealedHere, Seal

VERSION = 1
_SEAL_ANEW = "UPDATE OR REPLACE subscriptions SET caller = ?, key_id = ?, route = ? WHERE id = ?"


def open_tables(path: Path) -> sqlite3.Connection:
    """A connection for one thread at a time.  Raises SettingsFault for a file of another program or version."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")  # routes are overwritten, not only unlinked
        connection.execute("PRAGMA temp_store = MEMORY")
        if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:
            script = Path(__file__).with_name("tables.sql").read_text(encoding="utf-8")
            connection.executescript(f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {VERSION}; COMMIT;")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version != VERSION:
            raise SettingsFault(f"{path}: these subscriptions have version {version}, this program writes {VERSION}")
    except BaseException:
        connection.close()
        raise
    return connection


def seal_anew(connection: sqlite3.Connection, seal: Seal, former: Seal | None) -> int:
    """Bring what is under the former key under this one.  How many routes are under neither."""
    if former is not None and former.key_id != seal.key_id:
        found = connection.execute(
            "SELECT id, code, route FROM subscriptions WHERE key_id = ? AND route IS NOT NULL", (former.key_id,)
        ).fetchall()
        connection.execute("BEGIN IMMEDIATE")
        for row, code, sealed in found:
            try:
                number, route = former.open(sealed, code)
            except NotSealedHere:
                continue
            caller = Caller(number, "")
            connection.execute(_SEAL_ANEW, (seal.mark(caller), seal.key_id, seal.seal(caller, route, code), row))
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    (lost,) = connection.execute(
        "SELECT count(*) FROM subscriptions WHERE key_id <> ? AND route IS NOT NULL", (seal.key_id,)
    ).fetchone()
    return int(lost)
