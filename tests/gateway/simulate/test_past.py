"""The made-up month: what it holds, and that it never reaches into the present."""

from __future__ import annotations

from collections import Counter
from functools import cache

from gateway.core.query import Channel
from gateway.core.verdicts import Verdict
from gateway.insight.centres import read_centres
from gateway.simulate.ended import Ended, ended
from gateway.simulate.month import DAYS, PastQuery, month
from tests.gateway.configured import CONFIG

NOW = 1_800_000_000.0
PRODUCTS = tuple(f"8{number:06d}" for number in range(22))


@cache
def made() -> list[PastQuery]:
    return month(read_centres(CONFIG / "map" / "area_centres.csv"), PRODUCTS)


@cache
def over() -> tuple[Ended, ...]:
    return tuple(ended(made(), dict.fromkeys(PRODUCTS, "food"), NOW))


def test_it_is_the_same_every_time() -> None:
    assert month(read_centres(CONFIG / "map" / "area_centres.csv"), PRODUCTS) == made()


def test_its_codes_have_twenty_digits_and_begin_as_those_of_the_products_do() -> None:
    assert {len(one.code) for one in made()} == {20}
    assert {one.code[:7] for one in made()} <= set(PRODUCTS)
    assert all(one.code[:7] == one.resource_code for one in made())


def test_only_the_first_caller_of_a_code_is_told_that_nobody_asked_before() -> None:
    known: set[str] = set()
    for one in made():
        if one.verdict is Verdict.FIRST:
            assert one.code not in known
        elif one.verdict in (Verdict.REPEATED_SAME, Verdict.REPEATED_OTHER, Verdict.OVER_LIMIT):
            assert one.code in known
        known.add(one.code)


def test_there_is_a_counterfeit_to_be_found_among_mostly_honest_queries() -> None:
    verdicts = Counter(one.verdict for one in made())
    assert verdicts[Verdict.FIRST] > 0.8 * len(made())
    assert verdicts[Verdict.OVER_LIMIT] >= 10


def test_queries_come_in_order_of_arrival_and_end_before_now() -> None:
    arrivals = [each.query.arrived_at for each in over()]
    uids = [each.query.uid for each in over()]
    assert arrivals == sorted(arrivals)
    assert uids == sorted(set(uids))
    assert NOW - DAYS * 86_400 <= arrivals[0] < arrivals[-1] < NOW
    assert all(each.receipt is None or each.receipt.at < NOW for each in over())


def test_every_caller_is_called_made_up() -> None:
    assert all(each.query.caller.pseudonym.startswith("made-up:") for each in over())


def test_texts_are_answered_over_the_link_and_calls_are_spoken_to() -> None:
    for each in over():
        is_text = each.query.channel is Channel.SMS
        assert (each.query.route is not None) == is_text == bool(each.outcome.link) == (each.receipt is not None)


def test_some_who_are_warned_report_the_shop() -> None:
    reports = [each.answer.report for each in over() if each.answer.report is not None]
    warned = {each.query.uid for each in over() if each.answer.verdict is Verdict.OVER_LIMIT}
    assert reports
    assert {report.about_uid for report in reports} <= warned
