"""Counts for the statistics: from the cubes as far as they are built, and from the journal's roll-ups beyond."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from gateway.core.statistics import Count, Slice
from gateway.records.cubes import FACTS, bounds, built_until, opened

_EPOCH = date(1970, 1, 1)
_OFFSET_HOURS = 8
_TIME = {
    "hour": "hour",
    "day": f"CAST((hour + {_OFFSET_HOURS}) / 24 AS INTEGER)",
    "month": f"strftime('%Y-%m', (hour + {_OFFSET_HOURS}) * 3600, 'unixepoch')",
}
_MONTH_OF_DAY = "strftime('%Y-%m', day * 86400, 'unixepoch')"


def read_counts(path: Path, journal: Path, wanted: Slice) -> list[Count]:
    """The counts of a slice.  Raises SettingsFault without a journal, StateUnavailable if a file cannot be read.

    Without the cubes' file all is read from the journal, which takes longer.
    """
    with opened(path, journal, create=False) as connection:
        return list(counts(connection, wanted))


def counts(connection: sqlite3.Connection, wanted: Slice) -> Iterator[Count]:
    """As `read_counts`, over an open connection."""
    connection.execute("BEGIN")
    try:
        built = built_until(connection)
        for statement, values in _statements(wanted, built):
            for row in connection.execute(statement, values):
                yield Count(tuple(row[:-2]), row[-2], row[-1])
    finally:
        connection.execute("ROLLBACK")


def _statements(wanted: Slice, built: int) -> Iterator[tuple[str, dict[str, str | int]]]:
    start_hour, end_hour = (day * 24 - _OFFSET_HOURS for day in (wanted.start_day, wanted.end_day))
    where, values = _conditions(wanted)
    within, places = _places(wanted)
    values |= places
    grain = next((grain for grain in ("hour", "day") if grain in wanted.columns), "month")
    subject = _subject(wanted)
    raw_from = start_hour if grain == "hour" and subject != "total" else max(start_hour, built)
    if raw_from < end_hour:
        columns = "".join(f"{_TIME.get(column, column)}, " for column in wanted.columns)
        raw = _grouped(columns, f"({FACTS})", f"{where}{within}", len(wanted.columns))
        yield raw, values | bounds(raw_from, end_hour)
    if raw_from == start_hour:
        return
    if subject == "broad":
        where += f" AND province IN ({_listed('province', wanted.areas, values)})"
    if grain == "hour":
        span = "hour >= :from AND hour < :to"
        yield _of_cube("total_hour", wanted, span, where), values | {"from": start_hour, "to": end_hour}
        return
    days = [(wanted.start_day, wanted.end_day)]
    if grain == "month":
        first, last, days = full_months(wanted.start_day, wanted.end_day)
        if first <= last:
            span = "month >= :from AND month <= :to"
            yield _of_cube(f"{subject}_month", wanted, span, where), values | {"from": first, "to": last}
    for start, end in days:
        span = "day >= :from AND day < :to"
        yield _of_cube(f"{subject}_day", wanted, span, where), values | {"from": start, "to": end}


def _subject(wanted: Slice) -> str:
    area = "area" in wanted.columns or bool(wanted.areas)
    product = "resource_code" in wanted.columns or wanted.products is not None
    if area and product:
        whole = "area" not in wanted.columns and all(place.endswith("0000") for place in wanted.areas)
        return "broad" if whole else "both"
    return "area" if area else "product" if product else "total"


def _of_cube(cube: str, wanted: Slice, span: str, where: str) -> str:
    columns = "".join(
        f"{_MONTH_OF_DAY if column == 'month' and cube.endswith('_day') else column}, " for column in wanted.columns
    )
    return _grouped(columns, cube, f"{where} AND {span}{_heads(cube, wanted)}", len(wanted.columns))


def _heads(cube: str, wanted: Slice) -> str:
    """Conditions that are always true, by which SQLite steps over the heads of keys to the span that is wanted.

    Not over the products of each area in whole months, which nearly all are wanted: reading on is quicker.
    """
    subject, grain = cube.split("_")
    within, _ = _places(wanted)
    heads = ""
    if subject in ("area", "both"):
        heads += f" AND area IN (SELECT area FROM known_areas WHERE true{within})"  # noqa: S608 - own words
    if wanted.products is None and (subject == "product" or (subject in ("both", "broad") and grain == "day")):
        heads += " AND resource_code IN (SELECT resource_code FROM known_products)"
    return heads


def _grouped(columns: str, source: str, where: str, keys: int) -> str:
    numbers = ", ".join(str(number + 1) for number in range(keys + 1))
    return f"SELECT {columns}measure, sum(n) FROM {source} WHERE {where} GROUP BY {numbers}"  # noqa: S608 - own words


def _conditions(wanted: Slice) -> tuple[str, dict[str, str | int]]:
    """The filters but for areas, their values as parameters."""
    conditions, values = ["true"], dict[str, str | int]()
    chosen = {"channel": wanted.channels, "carrier": wanted.carriers}
    for column, allowed in chosen.items():
        if allowed:
            conditions.append(f"{column} IN ({_listed(column, allowed, values)})")
    if wanted.products is not None:
        conditions.append(f"resource_code IN ({_listed('product', wanted.products, values)})")
    return " AND ".join(conditions), values


def _places(wanted: Slice) -> tuple[str, dict[str, str | int]]:
    """The filter of areas, as a further condition."""
    values, ranges = dict[str, str | int](), list[str]()
    for number, area in enumerate(wanted.areas):
        low, high = area_range(area)
        values |= {f"low{number}": low, f"high{number}": high}
        ranges.append(f"area BETWEEN :low{number} AND :high{number}")
    return f" AND ({' OR '.join(ranges)})" if ranges else "", values


def _listed(name: str, allowed: tuple[str, ...], values: dict[str, str | int]) -> str:
    for number, value in enumerate(allowed):
        values[f"{name}{number}"] = value
    return ", ".join(f":{name}{number}" for number in range(len(allowed)))


def area_range(area: str) -> tuple[str, str]:
    """The least and greatest code of what lies in an area."""
    stem = area[:2] if area.endswith("0000") else area[:4] if area.endswith("00") else area
    return stem.ljust(6, "0"), stem.ljust(6, "9")


def full_months(start_day: int, end_day: int) -> tuple[str, str, list[tuple[int, int]]]:
    """The first and last whole month between two days ("9", "0" if there is none), and the days before and after."""
    start, end = (_EPOCH + timedelta(days=day) for day in (start_day, end_day))
    first = start if start.day == 1 else (start.replace(day=1) + timedelta(days=32)).replace(day=1)
    after = end.replace(day=1)
    if first >= after:
        return "9", "0", [(start_day, end_day)]
    edges = [(start_day, (first - _EPOCH).days), ((after - _EPOCH).days, end_day)]
    last = after - timedelta(days=1)
    return f"{first:%Y-%m}", f"{last:%Y-%m}", [edge for edge in edges if edge[0] < edge[1]]
