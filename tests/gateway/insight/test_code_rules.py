"""Clones and guessing: the exact rules."""

from __future__ import annotations

import pytest

from gateway.insight.alerts import Alert, Kind
from gateway.insight.clone_rule import CloneRule
from gateway.insight.guess_rule import GuessRule
from gateway.insight.query_log import Region, Seen
from gateway.insight.sightings import DAY_SECONDS
from gateway.insight.terrain import Terrain

_TERRAIN = Terrain(
    tuple(Region(f"R{number}", f"P{number // 2}", 20.0 + 3 * number, 110.0, 1e6) for number in range(10))
)


def _seen(at: float, code: str, caller: str, region: str, verdict: str = "genuine_repeat") -> Seen:
    return Seen(at, region, "wine", code, caller, verdict, "")


def _asked(rule: CloneRule, regions: list[int], days: float = 1.0, verdict: str = "genuine_repeat") -> list[Alert]:
    every = [
        rule.look(_seen(number * days * DAY_SECONDS, "code", f"c{number}", f"R{region}", verdict), f"R{regions[0]}")
        for number, region in enumerate(regions)
    ]
    return [alert for alert in every if alert is not None]


def test_one_code_asked_far_apart_is_a_clone_and_is_told_once() -> None:
    (alert,) = _asked(CloneRule(_TERRAIN), [0, 2, 4, 6, 8, 1, 3, 5, 7, 9])
    assert (alert.kind, alert.code, alert.observed) == (Kind.CLONE, "code", 5)
    assert set(alert.regions) == {"R0", "R2", "R4", "R6", "R8"}
    assert alert.raised_at == 4 * DAY_SECONDS


def test_a_display_item_of_one_shop_is_no_clone() -> None:
    assert _asked(CloneRule(_TERRAIN), [3] * 30, days=0.1) == []
    assert _asked(CloneRule(_TERRAIN), [3, 3, 3, 0, 3, 3, 3, 9, 3, 3, 3, 3], days=0.1) == []


def test_one_code_sold_in_neighbouring_areas_is_a_hotspot() -> None:
    (alert,) = _asked(CloneRule(_TERRAIN), [2, 3, 2, 3, 2, 3, 2, 3, 2, 3], days=0.5)
    assert (alert.kind, alert.code, set(alert.regions)) == (Kind.HOTSPOT, "", {"R2", "R3"})
    assert alert.reason.startswith("the code code asked by")


def test_two_codes_of_one_product_crowded_in_one_place_are_a_hotspot() -> None:
    rule = CloneRule(_TERRAIN)
    found = [rule.look(_seen(number * 3600.0, f"code {number % 2}", f"c{number}", "R3"), "R3") for number in range(20)]
    alerts = [alert for alert in found if alert is not None]
    assert [(alert.kind, alert.regions) for alert in alerts[:1]] == [(Kind.HOTSPOT, ("R3",))]


def test_a_code_not_on_record_that_many_ask_in_one_place_is_no_display_item() -> None:
    (alert,) = _asked(CloneRule(_TERRAIN), [3] * 12, days=0.1, verdict="unknown")
    assert (alert.kind, alert.regions, alert.observed) == (Kind.HOTSPOT, ("R3",), 8)


def test_a_crowd_in_another_place_than_that_of_the_first_look_is_no_display_item() -> None:
    (alert,) = _asked(CloneRule(_TERRAIN), [7, 3, 3, 3, 3, 3, 3, 3, 3], days=0.1)
    assert (alert.kind, alert.regions[0], alert.observed) == (Kind.HOTSPOT, "R3", 5)
    assert _asked(CloneRule(_TERRAIN), [3, 3, 3, 3, 3, 3, 3, 3, 7], days=0.1) == []


def test_callers_months_apart_are_no_clone() -> None:
    assert _asked(CloneRule(_TERRAIN), [0, 2, 4, 6, 8, 0, 2], days=15.0) == []


def test_one_caller_who_tries_again_is_one_caller() -> None:
    rule = CloneRule(_TERRAIN)
    assert all(rule.look(_seen(number, "code", "c", f"R{number % 10}"), "R0") is None for number in range(30))


def test_a_code_not_on_record_needs_two_callers_more() -> None:
    (alert,) = _asked(CloneRule(_TERRAIN), [0, 2, 4, 6, 8, 1, 3, 5], verdict="unknown")
    assert alert.observed > 5


def test_where_honest_codes_have_many_callers_more_are_needed() -> None:
    rule, alerts = CloneRule(_TERRAIN), []
    for code in range(300):
        for caller in range(2 + (code % 2) + (code % 4 == 3) + (code % 8 == 7)):
            alert = rule.look(
                _seen(code * 3600.0, f"h{code}", f"h{code}c{caller}", f"R{(code + 4 * caller) % 10}"), f"R{code % 10}"
            )
            alerts += [alert] if alert else []
    assert len(alerts) <= 1
    assert _asked(rule, [0, 2, 4, 6, 8]) == []


def test_what_was_not_asked_for_two_weeks_is_forgotten() -> None:
    rule = CloneRule(_TERRAIN)
    rule.look(_seen(0, "code", "c1", "R0"), "R0")
    rule.forget(20 * DAY_SECONDS)
    assert rule.look(_seen(20 * DAY_SECONDS, "code", "c1", "R1"), "R0") is None


def _tries(rule: GuessRule, count: int, miss_part: float, caller: str = "g", region: str = "R1") -> list[Alert]:
    every = [
        rule.look(_seen(number * 60.0, f"{caller}-{number}", caller, region,
                        "unknown" if number < miss_part * count else "genuine_first"))
        for number in range(count)
    ]  # fmt: skip
    return [alert for alert in every if alert is not None]


def test_a_caller_who_misses_very_many_codes_guesses() -> None:
    (alert,) = _tries(GuessRule(), 100, 1.0)
    assert (alert.kind, alert.regions, alert.products) == (Kind.GUESSING, ("R1",), ("wine",))
    assert alert.observed == 12


@pytest.mark.parametrize(("count", "miss_part"), [(11, 1.0), (200, 0.05)])
def test_typing_errors_and_a_scanner_in_a_shop_are_no_guessing(count: int, miss_part: float) -> None:
    assert _tries(GuessRule(), count, miss_part) == []


def test_several_guessers_of_one_product_are_one_case() -> None:
    rule = GuessRule()
    assert len(_tries(rule, 40, 1.0, "g1")) == 1
    assert _tries(rule, 40, 1.0, "g2", "R7") == []
    rule.forget(30 * DAY_SECONDS)
    later = [rule.look(_seen(40 * DAY_SECONDS + n, f"x{n}", "g3", "R2", "unknown")) for n in range(20)]
    assert sum(alert is not None for alert in later) == 1
