"""The tables of the journal and the query log, and how their file is opened.

Whatever is kept for ever is keyed by uid, so rows are appended and a range of time is a range of keys.  Needs SQLite
3.37 (`json_extract`, upsert): Debian 12 has 3.40, Ubuntu 22.04 has 3.37 and Ubuntu 24.04 has 3.45.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from gateway.core.errors import SettingsFault

VERSION = 1
MINIMUM_SQLITE = (3, 37, 0)
DAY_OFFSET_SECONDS = 8 * 3600  # days are China's (UTC+8, no summer time): carriers reconcile by them

_TABLES = Path(__file__).with_name("tables.sql")


def china_day(at: float) -> int:
    """The day of China that holds `at` (Unix time, seconds), as days since 1970-01-01."""
    return int((at + DAY_OFFSET_SECONDS) // 86_400)


def open_for_writing(path: Path, prepare: Callable[[sqlite3.Connection], None]) -> sqlite3.Connection:
    """The one writing connection; creates the tables in a new file, then runs `prepare` on it.

    Raises SettingsFault for an SQLite that is too old, and for a file of another version or of another program.
    """
    if sqlite3.sqlite_version_info < MINIMUM_SQLITE:
        raise SettingsFault(f"SQLite {sqlite3.sqlite_version} is too old: the journal needs 3.37 or later")
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")  # clear numbers are overwritten, not only unlinked
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA cache_size = -16000")
        connection.execute("PRAGMA wal_autocheckpoint = 2000")
        if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:
            connection.executescript(
                f"BEGIN; {_TABLES.read_text(encoding='utf-8')} PRAGMA user_version = {VERSION}; COMMIT;"
            )
        check_version(connection, path)
        prepare(connection)
        connection.execute("PRAGMA busy_timeout = 100")  # of readers in the way of emptying the log, not of commits
    except BaseException:
        connection.close()
        raise
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """A connection that cannot write.  Raises SettingsFault as `open_for_writing`, and if there is no such file."""
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
        )
    except sqlite3.OperationalError as exc:
        raise SettingsFault(f"{path}: no journal to read ({exc}): start the gateway once, or mend the path") from exc
    check_version(connection, path)
    return connection


def check_version(connection: sqlite3.Connection, path: Path) -> None:
    """Raises SettingsFault unless the file is a journal of this version."""
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.DatabaseError as exc:
        raise SettingsFault(f"{path}: not a journal ({exc}): name another file, or restore it from a backup") from exc
    if version != VERSION:
        raise SettingsFault(
            f"{path}: the journal has version {version}, this program writes version {VERSION}: "
            "let the program that wrote it finish its queries and export it, then start with a new file"
        )
