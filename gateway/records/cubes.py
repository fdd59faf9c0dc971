"""Sums of the roll-ups that answer a year at once: by hour, day and month, by area, by product, by both, and by
province and product.

They stand in a file of their own, so that no query waits for them.  An hour is added once, when it is over and the
journal holds no open query of it, which makes it final; what came later is read from the roll-ups themselves.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from gateway.core.errors import SettingsFault, StateUnavailable
from gateway.core.uid import arrival_bound
from gateway.records.schema import open_for_reading

VERSION = 2
SETTLING_SECONDS = 120  # after an hour's end: whatever had arrived by then is in the journal
MOST_HOURS = 24  # in one transaction
_OFFSET_HOURS = 8  # days are China's
_DAY = f"CAST((hour + {_OFFSET_HOURS}) / 24 AS INTEGER)"
_MONTH = f"strftime('%Y-%m', (hour + {_OFFSET_HOURS}) * 3600, 'unixepoch')"
_PROVINCE = "CASE area WHEN '' THEN '' ELSE substr(area, 1, 2) || '0000' END"
_TABLES = resources.files("gateway.records").joinpath("cubes.sql")
_HEADS = {"total": (), "area": ("area",), "product": ("resource_code",), "both": ("area", "resource_code"),
          "broad": ("province", "resource_code")}  # fmt: skip
CUBES = ("total_hour", "total_day", "total_month", "area_day", "area_month", "product_day", "product_month",
         "both_day", "both_month", "broad_day", "broad_month")  # fmt: skip

# The journal's own counts of hours [:start_hour, :end_hour), in the columns of the cubes.  A miss is confirmed by the
# first look-up of its code that was read back (voice), came from a second caller, or a minute after the same caller's.
_CONFIRMS = """a.verdict = 'unknown' AND (q.channel = 'voice' OR EXISTS (
    SELECT 1 FROM log.lookups AS b WHERE b.code = a.code AND b.uid < a.uid AND b.verdict = 'unknown'
    AND (b.caller <> a.caller OR b.arrived_at <= a.arrived_at - 60)))"""
_CODE_PRODUCT = "CASE WHEN length(code) = 20 THEN substr(code, 1, 7) ELSE '' END"
FACTS = f"""
SELECT hour, area, resource_code, channel, carrier, verdict AS measure, CASE verdict WHEN 'malformed' THEN queries
    ELSE lookups END AS n FROM log.rollups WHERE hour >= :start_hour AND hour < :end_hour AND verdict <> ''
    AND (lookups > 0 OR verdict = 'malformed')
UNION ALL SELECT hour, area, resource_code, channel, carrier, 'queries', queries FROM log.rollups
    WHERE hour >= :start_hour AND hour < :end_hour AND queries > 0
UNION ALL SELECT CAST(arrived_at / 3600 AS INTEGER), area, {_CODE_PRODUCT}, channel, carrier, 'confirmed_miss', 1 FROM (
    SELECT a.*, q.channel, q.carrier FROM log.lookups AS a JOIN log.query_log AS q ON q.uid = a.uid
    WHERE a.uid >= :start_uid AND a.uid < :end_uid AND {_CONFIRMS} AND NOT EXISTS (
        SELECT 1 FROM log.lookups AS c JOIN log.query_log AS d ON d.uid = c.uid WHERE c.code = a.code AND c.uid < a.uid
        AND c.verdict = 'unknown' AND (d.channel = 'voice' OR EXISTS (SELECT 1 FROM log.lookups AS e
            WHERE e.code = c.code AND e.uid < c.uid AND e.verdict = 'unknown'
            AND (e.caller <> c.caller OR e.arrived_at <= c.arrived_at - 60)))))
UNION ALL SELECT CAST(r.arrived_at / 3600 AS INTEGER), r.area, {_CODE_PRODUCT}, q.channel, q.carrier, r.kind, 1
    FROM log.reports AS r JOIN log.query_log AS q ON q.uid = r.uid
    WHERE r.uid >= :start_uid AND r.uid < :end_uid AND r.kind IN ('report', 'complaint')
"""  # noqa: S608 - made of this module's own words


def bounds(start_hour: int, end_hour: int) -> dict[str, str | int]:
    """The parameters of FACTS for the hours from `start_hour` to before `end_hour` (Unix time / 3600)."""
    return {
        "start_hour": start_hour,
        "end_hour": end_hour,
        "start_uid": arrival_bound(start_hour * 3600),
        "end_uid": arrival_bound(end_hour * 3600),
    }


@contextmanager
def opened(path: Path, journal: Path, *, create: bool = False) -> Iterator[sqlite3.Connection]:
    """The cubes' file with the journal attached as `log`, which cannot be written.

    Raises SettingsFault if there is no such file (unless `create`) or it is of another version or program.
    """
    open_for_reading(journal).close()  # its own faults first
    mode = "rwc" if create else "ro"
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None)
    except sqlite3.OperationalError as exc:
        raise SettingsFault(f"{path}: the statistics cannot be opened ({exc}): mend the path or rights") from exc
    try:
        if create:
            connection.execute("PRAGMA journal_mode = WAL")
            if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:
                tables = _TABLES.read_text(encoding="utf-8")
                connection.executescript(f"BEGIN; {tables} PRAGMA user_version = {VERSION}; COMMIT;")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version != VERSION:
            raise SettingsFault(f"{path}: no statistics of version {VERSION}: remove the file, it is made again")
        connection.execute("ATTACH ? AS log", (f"{journal.absolute().as_uri()}?mode=ro",))
        yield connection
    except sqlite3.DatabaseError as exc:
        raise StateUnavailable(f"{path}: the statistics cannot be read or made ({exc})") from exc
    finally:
        connection.close()


def built_until(connection: sqlite3.Connection) -> int:
    """The first hour that is not in the cubes; 0 if there is none in them."""
    row = connection.execute("SELECT hour FROM built").fetchone()
    return int(row[0]) if row else 0


def refresh(path: Path, journal: Path, now: float) -> int:
    """Add every hour that is final at `now` (Unix time, seconds); returns how many.  Raises as `opened`."""
    added = 0
    with opened(path, journal, create=True) as connection:
        while hours := _add(connection, now):
            added += hours
    return added


def _add(connection: sqlite3.Connection, now: float) -> int:
    connection.execute("BEGIN IMMEDIATE")
    try:
        final = _final_hour(connection, now)
        start = built_until(connection) or _first_hour(connection, final)
        end = min(final, start + MOST_HOURS)
        if end <= start:
            connection.execute("ROLLBACK")
            return 0
        connection.execute(f"CREATE TEMP TABLE fact AS {FACTS}", bounds(start, end))
        connection.execute("INSERT OR IGNORE INTO known_areas SELECT DISTINCT area FROM fact")
        connection.execute("INSERT OR IGNORE INTO known_products SELECT DISTINCT resource_code FROM fact")
        for cube in CUBES:
            _add_to(connection, cube)
        connection.execute("DROP TABLE temp.fact")
        connection.execute("INSERT INTO built VALUES (1, ?) ON CONFLICT DO UPDATE SET hour = excluded.hour", (end,))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return end - start


def _final_hour(connection: sqlite3.Connection, now: float) -> int:
    """The first hour that may still change."""
    over = int((now - SETTLING_SECONDS) // 3600)
    (oldest,) = connection.execute("SELECT min(json_extract(query, '$[3]')) FROM log.journal").fetchone()
    return over if oldest is None else min(over, int(oldest // 3600))


def _first_hour(connection: sqlite3.Connection, final: int) -> int:
    (first,) = connection.execute("SELECT min(hour) FROM log.rollups").fetchone()
    return final if first is None else int(first)


def columns_of(cube: str) -> tuple[str, ...]:
    """The columns of a cube's key, without its measure."""
    subject, grain = cube.split("_")
    return (*_HEADS[subject], grain, "channel", "carrier")


def _add_to(connection: sqlite3.Connection, cube: str) -> None:
    keys = columns_of(cube)
    words = {"day": _DAY, "month": _MONTH, "province": _PROVINCE}
    values = ", ".join(f"{words[key]} AS {key}" if key in words else key for key in keys)
    numbers = ", ".join(str(number + 1) for number in range(len(keys) + 1))
    connection.execute(
        f"INSERT INTO {cube}({', '.join(keys)}, measure, n) SELECT {values}, measure, sum(n) FROM fact "  # noqa: S608
        f"WHERE true GROUP BY {numbers} ORDER BY {numbers} ON CONFLICT DO UPDATE SET n = n + excluded.n"
    )
