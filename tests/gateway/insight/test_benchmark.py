"""The benchmark prints what it promises."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.insight import benchmark
from gateway.insight.generator.made_log import MadeLog, make_log
from tests.gateway.insight.small_country import small_regime


def test_speed_is_said_for_both_models(capsys: pytest.CaptureFixture[str]) -> None:
    benchmark.speed(2, ((30, 0.5, 400),))
    told = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in told] == [["30", "areas", "x"]] * 2
    assert "permutation" in told[0]


def test_quality_is_said_for_the_watch_and_the_baselines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def small(logs: int, _: float, is_quiet: bool) -> Iterator[MadeLog]:
        return (make_log(small_regime(0 if is_quiet else 6), 50 + seed) for seed in range(logs))

    monkeypatch.setattr(benchmark, "held_out", small)
    benchmark.quality(1, 25.0)
    told = capsys.readouterr().out
    assert told.count("watch ") == told.count("threshold 3 ") == told.count("EARS C2 ") == 2


def test_held_out_logs_are_capped_and_quiet_ones_hold_no_incident() -> None:
    (log,) = benchmark.held_out(1, 10.0, True)
    assert log.regime.queries_per_day == 10.0
    assert log.truth == ()
