"""The account of a day: what every link of a carrier took and gave, from the days of links.

A closed account has a digest: SHA-256 (FIPS 180-4) over the digest of the day before, the closing and the rows, so that
one day cannot be changed without all that follow.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from typing import Self

_EPOCH = date(1970, 1, 1)
_ROWS = """
SELECT booked_on, day, carrier, link, measure, command_status, messages, pdus FROM link_days
WHERE booked_on BETWEEN ? AND ? AND (messages <> 0 OR pdus <> 0) {carrier} ORDER BY 1, 2, 3, 4, 5, 6
"""


def iso_day(day: int) -> str:
    """A day since 1970-01-01 as 2026-05-01."""
    return (_EPOCH + timedelta(days=day)).isoformat()


def day_of(moment: date) -> int:
    """The reverse of `iso_day`."""
    return (moment - _EPOCH).days


@dataclass(frozen=True, slots=True)
class Count:
    """Messages, and the PDUs that they took."""

    messages: int = 0
    pdus: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.messages + other.messages, self.pdus + other.pdus)


@dataclass(frozen=True, slots=True)
class LinkDay:
    """One link's account of one day.  `day` is before `booked_on` in what became known after that day was closed.

    `link` is "" in what found no link, and "*" in a sum.  `counts` by measure and command_status: see day_tables.sql.
    """

    booked_on: int
    day: int
    carrier: str
    link: str
    counts: dict[tuple[str, int], Count] = field(default_factory=dict)

    @property
    def late(self) -> bool:
        """Whether it belongs to an earlier, closed day."""
        return self.day < self.booked_on

    def count(self, *measures: str) -> Count:
        """The sum over some measures, whatever their command_status."""
        return sum((count for (measure, _), count in self.counts.items() if measure in measures), Count())

    def by_status(self, *measures: str) -> dict[int, Count]:
        """The sum over some measures by command_status, ESME_ROK among them."""
        found: dict[int, Count] = {}
        for (measure, status), count in sorted(self.counts.items()):
            if measure in measures:
                found[status] = found.get(status, Count()) + count
        return found

    def by_state(self) -> dict[str, Count]:
        """Replies and their segments by the state of their receipts."""
        return {
            measure.removeprefix("receipt_"): count
            for (measure, _), count in sorted(self.counts.items())
            if measure.startswith("receipt_") and measure != "receipt_unmatched"
        }


def sum_of(lines: list[LinkDay], *, booked_on: int, day: int) -> LinkDay:
    """Links of one carrier taken together."""
    total: dict[tuple[str, int], Count] = {}
    for line in lines:
        for key, count in line.counts.items():
            total[key] = total.get(key, Count()) + count
    return LinkDay(booked_on, day, lines[0].carrier if lines else "", "*", total)


@dataclass(frozen=True, slots=True)
class Closing:
    """How a day was closed: when (Unix time), with how many queries still open, under which digest ("": not yet)."""

    day: int
    closed_at: float
    open_queries: int
    digest: str


@dataclass(frozen=True, slots=True)
class Account:
    """Accounts of some days in a row, of one carrier or (`carrier` "") of all."""

    carrier: str
    first_day: int
    last_day: int
    lines: tuple[LinkDay, ...]
    closings: tuple[Closing, ...]

    @classmethod
    def read(cls, connection: sqlite3.Connection, carrier: str, first_day: int, last_day: int) -> Self:
        """From a connection to the journal; in a transaction of its own, if none is open."""
        rows = _rows(connection, first_day, last_day, carrier)
        closings = connection.execute(
            "SELECT day, closed_at, open_queries, coalesce(digest, '') FROM closed_days WHERE day BETWEEN ? AND ?"
            " ORDER BY day",
            (first_day, last_day),
        )
        return cls(carrier, first_day, last_day, tuple(_lines(rows)), tuple(Closing(*row) for row in closings))

    def days(self) -> list[LinkDay]:
        """The sum of all links by day, what was booked late apart, of one carrier each."""
        groups: dict[tuple[int, int, str], list[LinkDay]] = {}
        for line in self.lines:
            groups.setdefault((line.booked_on, line.day, line.carrier), []).append(line)
        return [sum_of(lines, booked_on=booked_on, day=day) for (booked_on, day, _), lines in groups.items()]

    def total(self) -> LinkDay:
        """The sum of everything."""
        return sum_of(list(self.lines), booked_on=self.last_day, day=self.last_day)


def digest_of(connection: sqlite3.Connection, day: int, closed_at: float, open_queries: int, before: str) -> str:
    """The digest of a closed day, in hexadecimal; `before` is that of the day before, "" for the first."""
    digest = sha256(json.dumps([before, day, closed_at, open_queries]).encode())
    for row in _rows(connection, day, day, ""):
        digest.update(json.dumps(row, ensure_ascii=False).encode())
    return digest.hexdigest()


def _rows(connection: sqlite3.Connection, first_day: int, last_day: int, carrier: str) -> list[tuple[object, ...]]:
    statement = _ROWS.format(carrier="AND carrier = ?" if carrier else "")
    return connection.execute(statement, (first_day, last_day, *([carrier] if carrier else []))).fetchall()


def _lines(rows: list[tuple[object, ...]]) -> Iterator[LinkDay]:
    lines: dict[tuple[object, ...], LinkDay] = {}
    for booked_on, day, carrier, link, measure, status, messages, pdus in rows:
        key = (booked_on, day, carrier, link)
        if key not in lines:
            lines[key] = LinkDay(*key)  # type: ignore[arg-type]  # SQL's columns are what the table declares
        lines[key].counts[str(measure), int(str(status))] = Count(int(str(messages)), int(str(pdus)))
    yield from lines.values()
