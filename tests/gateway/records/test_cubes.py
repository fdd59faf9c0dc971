"""Sums of the roll-ups: the same counts as the journal's own, however far they are built."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import SettingsFault
from gateway.core.statistics import Slice
from gateway.records.counts import area_range, full_months, read_counts
from gateway.records.cubes import built_until, opened, refresh
from gateway.records.schema import open_for_writing
from tests.gateway.records.samples import NOON

HOUR = int(NOON // 3600)
DAY = (HOUR + 8) // 24
ASKED = [  # after seconds, caller, code, verdict, channel, area
    (0, "a", "80000010000000000001", "first", "sms", "350100"),
    (10, "b", "80000010000000000001", "repeated_other", "sms", "350181"),
    (20, "a", "80000020000000000009", "unknown", "sms", "110000"),
    (30, "a", "80000020000000000009", "unknown", "sms", "110000"),
    (90, "a", "80000020000000000009", "unknown", "sms", "110000"),  # a minute after the first: confirmed
    (100, "c", "80000020000000000009", "unknown", "sms", ""),  # confirmed already
    (200, "d", "80000030000000000009", "unknown", "voice", "350100"),  # read back
    (3 * 86_400, "a", "80000010000000000002", "first", "voice", "350100"),
    (20 * 86_400, "a", "80000010000000000003", "not_activated", "sms", "350000"),
]


@pytest.fixture
def filled(path: Path) -> Path:
    connection = open_for_writing(path, lambda _: None)
    for number, (after, caller, code, verdict, channel, area) in enumerate(ASKED):
        at, uid = NOON + after, int((NOON + after - 1_577_836_800) * 1000) << 22 | number
        product = "" if verdict == "unknown" else code[:7]
        connection.execute(
            "INSERT INTO query_log(uid, channel, arrived_at, caller, area, verdict, carrier, link)"
            " VALUES (?, ?, ?, ?, ?, ?, 'cmcc', 'cmcc-1')",
            (uid, channel, at, caller, area, verdict),
        )
        connection.execute(
            "INSERT INTO lookups(uid, code, caller, arrived_at, verdict, resource_code, area, counted)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 1)",
            (uid, code, caller, at, verdict, product, area),
        )
        connection.execute(
            "INSERT INTO rollups VALUES (?, ?, ?, ?, ?, 'cmcc', 1, 1) ON CONFLICT DO UPDATE SET queries = queries + 1,"
            " lookups = lookups + 1", (int(at // 3600), area, product, verdict, channel),
        )  # fmt: skip
    report = (uid, "report", ASKED[0][2], "350000", at)
    connection.execute("INSERT INTO reports(uid, kind, code, area, arrived_at) VALUES (?, ?, ?, ?, ?)", report)
    connection.execute("UPDATE query_log SET verdict = '' WHERE uid = ?", (uid,))
    connection.close()
    return path


def asked(path: Path, *columns: str, start: int = DAY, days: int = 40, **filters: tuple[str, ...]) -> Counter[object]:
    wanted = Slice(columns, start, start + days, **filters)
    found: Counter[object] = Counter()
    for count in read_counts(path.with_name("sums"), path, wanted):
        found[*count.values, count.measure] += count.count
    return found


@pytest.mark.parametrize(
    "columns",
    [(), ("day",), ("month",), ("hour",), ("area",), ("resource_code",), ("area", "day"), ("channel", "carrier"),
     ("resource_code", "area"), ("hour", "area")],
)  # fmt: skip
@pytest.mark.parametrize(
    "filters",
    [{}, {"areas": ("350000",)}, {"areas": ("350100",)}, {"products": ("8000001",)}, {"channels": ("voice",)},
     {"areas": ("350000",), "products": ("8000001",)}],
)  # fmt: skip
def test_counts_are_the_same_however_far_the_sums_are_built(
    filled: Path, columns: tuple[str, ...], filters: dict[str, tuple[str, ...]]
) -> None:
    answers = []
    for built in (HOUR, HOUR + 1, HOUR + 24, HOUR + 24 * 60):
        refresh(filled.with_name("sums"), filled, built * 3600.0 + 121)
        answers.append(asked(filled, *columns, **filters))
    assert answers[0]
    assert answers == answers[:1] * 4


def test_a_miss_is_confirmed_once_by_sending_again_or_reading_back(filled: Path) -> None:
    refresh(filled.with_name("sums"), filled, NOON)
    found = asked(filled, "resource_code")
    assert found["8000002", "confirmed_miss"] == 1
    assert found["8000003", "confirmed_miss"] == 1


def test_an_hour_with_an_open_query_is_not_built(filled: Path) -> None:
    with sqlite3.connect(filled) as connection:
        connection.execute("INSERT INTO journal(uid, query) VALUES (1, ?)", (f'[1, 1, "sms", {NOON + 7200}]',))
    assert refresh(filled.with_name("sums"), filled, NOON + 86_400) == 2
    with opened(filled.with_name("sums"), filled) as connection:
        assert built_until(connection) == HOUR + 2


def test_hours_are_added_once(filled: Path) -> None:
    assert refresh(filled.with_name("sums"), filled, NOON + 40 * 86_400) > 0
    assert refresh(filled.with_name("sums"), filled, NOON + 40 * 86_400) == 0


def test_a_file_of_another_program_is_refused(filled: Path) -> None:
    with sqlite3.connect(filled.with_name("sums")) as connection:
        connection.execute("CREATE TABLE a(b)")
    with pytest.raises(SettingsFault, match="remove the file"):
        refresh(filled.with_name("sums"), filled, NOON)


def test_missing_sums_are_said_so(filled: Path) -> None:
    with pytest.raises(SettingsFault, match="cannot be opened"):
        asked(filled, "day")


@given(st.integers(0, 30_000), st.integers(1, 800))
def test_months_and_edges_cover_every_day_once(start: int, days: int) -> None:
    first, last, edges = full_months(start, start + days)
    assert sum(end - begin for begin, end in edges) <= days
    if first > last:
        assert edges == [(start, start + days)]
    else:
        assert all(begin >= start and end <= start + days for begin, end in edges)


@pytest.mark.parametrize(
    ("area", "bounds"),
    [("350000", ("350000", "359999")), ("350100", ("350100", "350199")), ("350181", ("350181", "350181"))],
)
def test_an_area_stands_for_all_that_is_in_it(area: str, bounds: tuple[str, str]) -> None:
    assert area_range(area) == bounds
