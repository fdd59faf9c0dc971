"""Our account beside a carrier's."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from gateway.records.reconciliation.accounts import Count, LinkDay
from gateway.records.reconciliation.comparison import Comparison, Difference, compare_messages, compare_totals
from gateway.records.reconciliation.comparison_table import write_comparison
from gateway.records.reconciliation.statement import MessageList, Totals

DAY = 20_000


def ours(queries: int, *, day: int = DAY, booked_on: int = DAY, link: str = "m-1") -> LinkDay:
    return LinkDay(booked_on, day, "mobile", link, {("mo", 0): Count(queries, queries)})


def theirs(**by_day: int) -> Totals:
    days = {DAY + int(name.removeprefix("d")): {"mo_acknowledged": number} for name, number in by_day.items()}
    return Totals(("mo_acknowledged",), days)


def test_links_are_added_up_and_what_was_booked_late_counts_for_its_day() -> None:
    lines = [ours(5), ours(3, link="m-2"), ours(2, booked_on=DAY + 4), ours(9, day=DAY - 1, booked_on=DAY - 1)]
    assert compare_totals(lines, theirs(d0=10), DAY, DAY) == Comparison(1, ())


def test_differences_come_in_order_of_size_and_missing_days_are_differences() -> None:
    lines = [ours(5), ours(50, day=DAY + 1, booked_on=DAY + 1)]
    found = compare_totals(lines, theirs(d0=6, d2=20), DAY, DAY + 2)
    assert [(one.day, one.ours, one.theirs, one.size) for one in found.differences] == [
        (DAY + 1, 50, 0, 50),
        (DAY + 2, 0, 20, 20),
        (DAY, 5, 6, 1),
    ]
    assert found.compared == 3


def test_messages_that_one_side_lacks_and_states_that_differ_are_told_by_kind() -> None:
    our_states = {"a": "DELIVRD", "b": "EXPIRED", "c": "", "d": "DELIVRD", "e": "DELIVRD"}
    found = compare_messages(our_states, MessageList({"a": "DELIVRD", "b": "DELIVRD", "c": "EXPIRED", "z": ""}, ("a",)))
    assert found.compared == 6
    assert found.differences == (
        Difference(None, "only_ours", 2, 0, examples=("d", "e")),
        Difference(None, "only_theirs", 0, 1, examples=("z",)),
        Difference(None, "repeated", 0, 1, examples=("a",)),
        Difference(None, "state_differs", 1, 0, ("EXPIRED", "DELIVRD"), ("b",)),
    )


ids = st.dictionaries(st.text("abc", min_size=1, max_size=2), st.sampled_from(["", "DELIVRD", "EXPIRED"]))


@given(ids, ids)
def test_every_message_agrees_or_is_in_exactly_one_difference(mine: dict[str, str], other: dict[str, str]) -> None:
    found = compare_messages(mine, MessageList(other))
    assert [one.size for one in found.differences] == sorted((one.size for one in found.differences), reverse=True)
    agreeing = [key for key in mine.keys() & other.keys() if not mine[key] or not other[key] or mine[key] == other[key]]
    assert len(agreeing) + sum(one.size for one in found.differences) == found.compared


def test_what_a_file_says_does_not_reach_the_terminal_as_a_command() -> None:
    out = io.StringIO()
    found = compare_messages({"a": "DELIVRD"}, MessageList({"\x1b[2Jx": "", "a": "\x1b[31m"}))
    write_comparison(found, "en", out)
    assert "\x1b" not in out.getvalue()
    assert "Differences from the carrier: 2" in out.getvalue()
