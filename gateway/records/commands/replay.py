"""The open queries of a gateway that is gone for ever, moved into the journal of another.

Moved, not copied: each is open in one journal at any moment that matters, and replaying twice changes nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.core.errors import SettingsFault
from gateway.records.journal.damage import keep_broken_log, refuse_damaged
from gateway.records.journal.sqlite_journal import hold
from gateway.records.schema import check_version

_TAKE = """
INSERT OR IGNORE INTO main.journal SELECT * FROM dead.journal
    WHERE uid NOT IN (SELECT uid FROM main.query_log) AND uid NOT IN (SELECT uid FROM dead.query_log);
INSERT OR IGNORE INTO main.parts SELECT * FROM dead.parts;
INSERT OR IGNORE INTO main.contexts SELECT * FROM dead.contexts;
"""


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many open queries, and parts of long messages, changed hands."""

    queries: int
    parts: int


def replay(dead: Path, own: Path) -> Replayed:
    """Move what the journal `dead` holds open into `own`; the gateway of `own` answers it when it starts.

    Raises SettingsFault if either is no journal of this version, is damaged, or is held by a gateway that runs.
    """
    for path in (dead, own):
        if not path.exists():
            raise SettingsFault(f"{path}: no such journal: name the file, or start its gateway once")
    with hold(dead), hold(own):
        for path in (dead, own):
            keep_broken_log(path)
            refuse_damaged(path)
        with closing(sqlite3.connect(own, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")
            check_version(connection, own)
            connection.execute("ATTACH ? AS dead", (str(dead),))
            if (
                connection.execute("PRAGMA dead.user_version").fetchone()
                != connection.execute("PRAGMA user_version").fetchone()
            ):
                raise SettingsFault(f"{dead}: the journals have different versions: start its gateway once, unbound")
            return _move(connection)


def _move(connection: sqlite3.Connection) -> Replayed:
    with _transaction(connection):  # our own file's: committed before anything is taken from the other
        before = _open(connection)
        for statement in _TAKE.split(";")[:-1]:
            connection.execute(statement)
        after = _open(connection)
    with _transaction(connection):
        connection.execute("DELETE FROM dead.journal")
        connection.execute("DELETE FROM dead.parts")
    connection.execute("PRAGMA dead.wal_checkpoint(TRUNCATE)").fetchall()  # clear numbers stay in no file of the dead
    return Replayed(after[0] - before[0], after[1] - before[1])


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _open(connection: sqlite3.Connection) -> tuple[int, int]:
    queries, parts = connection.execute(
        "SELECT (SELECT count(*) FROM main.journal), (SELECT count(*) FROM main.parts)"
    ).fetchone()
    return int(queries), int(parts)
