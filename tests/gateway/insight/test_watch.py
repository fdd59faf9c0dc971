"""The watch over whole logs: what it finds, what it lets pass, and that it cannot see the future."""

from __future__ import annotations

from functools import cache

import pytest

from gateway.insight.alerts import MOST_REGIONS, Alert, Kind
from gateway.insight.baselines import ears_c2, fixed_threshold
from gateway.insight.generator.made_log import MadeLog, make_log
from gateway.insight.query_log import Seen
from gateway.insight.scorer import Score, score, together, truths
from gateway.insight.sightings import DAY_SECONDS
from gateway.insight.watch import Watch, WatchSettings
from tests.gateway.insight.small_country import small_regime

_SETTINGS = WatchSettings(draws=60)


@cache
def _log(seed: int, incidents: int) -> MadeLog:
    return make_log(small_regime(incidents), seed)


def _watched(log: MadeLog, queries: tuple[Seen, ...]) -> list[Alert]:
    watch = Watch(log.geography, _SETTINGS)
    return [alert for seen in queries for alert in watch.see(seen)]


@cache
def _scores() -> dict[str, Score]:
    results: dict[str, list[Score]] = {"watch": [], "threshold": [], "c2": []}
    for seed in (31, 32, 33):
        log = _log(seed, 6)
        found = {
            "watch": _watched(log, log.queries),
            "threshold": fixed_threshold(log.geography, log.queries),
            "c2": ears_c2(log.geography, log.queries),
        }
        for name, alerts in found.items():
            results[name].append(score(alerts, truths(log), log.regime.days))
    return {name: together(scores) for name, scores in results.items()}


def test_incidents_of_every_manner_are_found_with_few_false_alarms() -> None:
    watch = _scores()["watch"]
    assert watch.incidents >= 15
    assert watch.recall >= 0.75
    assert watch.precision >= 0.9
    assert watch.false_per_month <= 1
    assert watch.median_delay_days <= 4


def test_simple_rules_drown_the_inspector_where_the_watch_does_not() -> None:
    scores = _scores()
    for name in ("threshold", "c2"):
        assert scores[name].precision < 0.7
        assert scores[name].false > 10 * max(1, scores["watch"].false)


@pytest.mark.parametrize("seed", [41, 42])
def test_campaigns_launches_holidays_and_retransmissions_raise_no_alarm(seed: int) -> None:
    log = _log(seed, 0)
    assert _watched(log, log.queries) == []


def test_an_alert_knows_only_what_came_before_it() -> None:
    log = _log(31, 6)
    everything = _watched(log, log.queries)
    assert everything
    middle = everything[len(everything) // 2].raised_at
    prefix = tuple(seen for seen in log.queries if seen.at <= middle)
    known = _watched(log, prefix)
    assert known == everything[: len(known)]
    assert len(known) >= len([alert for alert in everything if alert.raised_at < middle])


def test_the_same_log_gives_the_same_alerts_in_the_same_order() -> None:
    log = _log(32, 6)
    first, second = _watched(log, log.queries), _watched(log, log.queries)
    assert first == second
    assert [alert.raised_at for alert in first] == sorted(alert.raised_at for alert in first)


def test_an_alert_names_few_regions_a_short_window_and_its_reasons() -> None:
    for alert in _watched(_log(33, 6), _log(33, 6).queries):
        assert 0 < len(alert.regions) <= MOST_REGIONS
        assert alert.end_at - alert.start_at <= 15 * DAY_SECONDS
        assert alert.start_at <= alert.end_at <= alert.raised_at
        assert alert.recurrence_days >= _SETTINGS.budget_days
        assert alert.reason
        if alert.kind is Kind.CLONE:
            assert alert.code


def test_queries_of_unknown_place_or_product_do_no_harm() -> None:
    log = _log(41, 0)
    watch = Watch(log.geography, _SETTINGS)
    for number in range(200):
        verdict = ("unknown", "genuine_first", "genuine_repeat", "not_activated")[number % 4]
        product = "" if verdict == "unknown" else log.geography.products[0].name
        seen = Seen(number * 9000.0, "", product, f"x{number // 8}", f"c{number}", verdict, "P99")
        assert list(watch.see(seen)) == []


def test_invented_codes_of_many_products_in_one_place_are_an_incident_of_the_area() -> None:
    log = _log(41, 0)
    products = [product.name for product in log.geography.products]
    start = log.queries[0].at + 45 * DAY_SECONDS
    fakes = []
    for number in range(24):
        at, product = start + number * 9000.0, products[number % len(products)]
        fakes.append(Seen(at, "R010", product, f"9{number}", f"f{number}", "unknown", ""))
    queries = tuple(sorted([*log.queries, *fakes], key=lambda seen: seen.at))
    (alert,) = _watched(log, queries)
    assert alert.kind is Kind.HOTSPOT
    assert "R010" in alert.regions
    assert len(alert.products) >= 3


def test_copies_of_several_codes_in_one_neighbourhood_are_told_once() -> None:
    log = _log(41, 0)
    product = log.geography.products[0].name
    start = log.queries[0].at + 45 * DAY_SECONDS
    copies = []
    for number in range(60):
        at, region = start + number * 4000.0, ("R011", "R012")[number % 2]
        copies.append(Seen(at, region, product, f"copy{number // 2 % 3}", f"f{number}", "genuine_repeat", ""))
    (alert,) = _watched(log, tuple(sorted([*log.queries, *copies], key=lambda seen: seen.at)))
    assert (alert.kind, alert.products) == (Kind.HOTSPOT, (product,))
