"""The tables of the journal and the query log, and how their file is opened.

Whatever is kept for ever is keyed by uid, so rows are appended and a range of time is a range of keys.  Needs SQLite
3.37 (`json_extract`, upsert): Debian 12 has 3.40, Ubuntu 22.04 has 3.37 and Ubuntu 24.04 has 3.45.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from gateway.core.errors import SettingsFault

VERSION = 3
_FROM = {
    1: ("from_version_1.sql", "day_tables.sql", "to_version_2.sql", "to_version_3.sql"),
    2: ("to_version_3.sql",),
}
MINIMUM_SQLITE = (3, 37, 0)
DAY_OFFSET_SECONDS = 8 * 3600  # days are China's (UTC+8, no summer time): carriers reconcile by them


def china_day(at: float) -> int:
    """The day of China that holds `at` (Unix time, seconds), as days since 1970-01-01."""
    return int((at + DAY_OFFSET_SECONDS) // 86_400)


def day_begins_at(day: int) -> float:
    """Unix time in seconds of the midnight in China at which `day` (since 1970-01-01) begins."""
    return day * 86_400.0 - DAY_OFFSET_SECONDS


def open_for_writing(path: Path, prepare: Callable[[sqlite3.Connection], None]) -> sqlite3.Connection:
    """The one writing connection; creates the tables in a new file, brings those of an earlier version to this one,
    then runs `prepare` on it.

    Raises SettingsFault for an SQLite that is too old, and for a file of a later version or of another program.
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
            _change(connection, "tables.sql", "day_tables.sql")
        elif (version := check_version(connection, path, earlier=True)) != VERSION:
            connection.execute("PRAGMA busy_timeout = 60000")  # readers of the tables as they were
            _change(connection, *_FROM[version])
        check_version(connection, path)
        prepare(connection)
        connection.execute("PRAGMA busy_timeout = 100")  # of readers in the way of emptying the log, not of commits
    except BaseException:
        connection.close()
        raise
    return connection


def _change(connection: sqlite3.Connection, *scripts: str) -> None:
    """Run scripts of this folder in one transaction, after which the file is of this version."""
    folder = Path(__file__).parent
    statements = "".join(folder.joinpath(name).read_text(encoding="utf-8") for name in scripts)
    connection.executescript(f"BEGIN IMMEDIATE; {statements} PRAGMA user_version = {VERSION}; COMMIT;")


def open_for_reading(path: Path, *, earlier: bool = False) -> sqlite3.Connection:
    """A connection that cannot write.  Raises SettingsFault as `check_version`, and if there is no such file."""
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
        )
    except sqlite3.OperationalError as exc:
        raise SettingsFault(f"{path}: no journal to read ({exc}): start the gateway once, or mend the path") from exc
    try:
        check_version(connection, path, earlier=earlier)
    except SettingsFault:
        connection.close()
        raise
    return connection


def check_version(connection: sqlite3.Connection, path: Path, *, earlier: bool = False) -> int:
    """The version of the journal.  Raises SettingsFault unless it is this one, or with `earlier` one that is brought
    to this one when the gateway starts."""
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.DatabaseError as exc:
        raise SettingsFault(f"{path}: not a journal ({exc}): name another file, or restore it from a backup") from exc
    if version == VERSION or (earlier and 1 <= version < VERSION):
        return int(version)
    remedy = (
        "start the gateway once, it brings the file to its own version"
        if 1 <= version < VERSION
        else "let the program that wrote it finish its queries and export it, then start with a new file"
    )
    raise SettingsFault(f"{path}: the journal has version {version}, this program writes version {VERSION}: {remedy}")
