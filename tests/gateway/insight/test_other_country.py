"""The watch in a country of other assumptions than those its own generator makes: rules must not be fitted to one."""

from __future__ import annotations

import pytest

from gateway.insight.benchmark import watched
from gateway.insight.scorer import score, together
from tests.gateway.insight.rival.log import make_rival


def test_short_logs_with_other_counts_calendars_and_habits_are_judged_well() -> None:
    scores = []
    for seed in (4, 19, 20, 23):  # thirty days each, without a time to learn before
        log = make_rival(seed)
        scores.append(score(watched(log.geography, log.queries), log.truths, log.days))
    total = together(scores)
    assert total.incidents >= 10
    assert total.recall >= 0.6
    assert total.precision >= 0.9


@pytest.mark.parametrize("seed", [3, 19, 20])
def test_quality_checks_broadcasts_shop_staff_and_moving_holidays_raise_no_alarm(seed: int) -> None:
    log = make_rival(seed, is_quiet=True)
    assert list(watched(log.geography, log.queries)) == []
