"""The watch over a query log: a period replayed, the log read as it grows, a process that ends and starts again."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.core.errors import SettingsFault
from gateway.insight.alerts import Alert
from gateway.insight.command import add_arguments, keep_watch
from gateway.insight.logged import CHINA_SECONDS, Logged, china
from gateway.insight.recipients import lines_file
from gateway.insight.vigil import Vigil, raised
from gateway.insight.watch import WatchSettings
from tests.gateway.insight.made_journal import CENTRES, made_queries, write_journal

_SETTINGS = WatchSettings(draws=40)
_DAY_SECONDS = 86_400.0


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("journal") / "journal.sqlite"
    write_journal(path)
    return path


@pytest.fixture(scope="module")
def everything(journal: Path) -> list[Alert]:
    geography = china(CENTRES)
    logged = Logged(journal, geography)
    found = list(raised(logged, geography, _SETTINGS, 0.0, made_queries()[-1].at))
    logged.close()
    return found


def _vigil(journal: Path, state: Path, told: list[Alert]) -> Vigil:
    def deliver(alerts: Sequence[Alert], _: int) -> None:
        told.extend(alert for alert in alerts if alert not in told)

    geography = china(CENTRES)
    return Vigil(Logged(journal, geography), geography, _SETTINGS, state, deliver)


def test_any_period_is_replayed_with_the_alerts_that_the_whole_log_has_there(
    journal: Path, everything: list[Alert]
) -> None:
    assert everything
    start, end = everything[0].raised_at, everything[-1].raised_at
    geography = china(CENTRES)
    found = list(raised(Logged(journal, geography), geography, _SETTINGS, start, end))
    assert found == [alert for alert in everything if start <= alert.raised_at < end]


def test_a_log_that_is_read_as_it_grows_by_processes_that_end_gives_the_same_alerts_in_the_same_order(
    journal: Path, everything: list[Alert], tmp_path: Path
) -> None:
    told: list[Alert] = []
    first, last = made_queries()[0].at - CHINA_SECONDS, made_queries()[-1].at - CHINA_SECONDS
    vigil, now = _vigil(journal, tmp_path / "state", told), first - _DAY_SECONDS
    while now < last + _DAY_SECONDS:
        vigil.step(now)
        now += 2.7 * _DAY_SECONDS
        if now > first + 30 * _DAY_SECONDS:
            vigil.keep()
            vigil = _vigil(journal, tmp_path / "state", told)
    shared = [alert for alert in told if alert.raised_at <= everything[-1].raised_at]
    assert shared == everything


def test_a_state_of_other_settings_is_refused_and_says_what_to_do(journal: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    _vigil(journal, state, []).keep()
    geography = china(CENTRES)
    with pytest.raises(SettingsFault, match="remove it"):
        Vigil(Logged(journal, geography), geography, WatchSettings(draws=41), state, lambda *_: None)
    state.write_bytes(b"no pickle")
    with pytest.raises(SettingsFault, match="remove it"):
        _vigil(journal, state, [])


def test_a_watch_steps_and_keeps_its_state_until_it_is_told_to_end(journal: Path, tmp_path: Path) -> None:
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return len(waits) == 3

    keep_watch(_vigil(journal, tmp_path / "state", []), 300.0, lambda: 1.0, wait)
    assert waits == [300.0] * 3
    assert (tmp_path / "state").stat().st_mode & 0o077 == 0


def test_lines_are_written_once_however_often_an_alert_is_told(everything: list[Alert], tmp_path: Path) -> None:
    path = str(tmp_path / "alerts.jsonl")
    for _ in range(2):
        take = lines_file(path, lambda alert: f"{alert.raised_at}\n")
        take(everything, 1)
        take(everything[:1], 2)
    assert len(Path(path).read_text(encoding="utf-8").splitlines()) == len({one.raised_at for one in everything})


def test_the_command_writes_a_period_in_the_time_of_china(
    journal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser.add_subparsers(required=True))
    out = tmp_path / "out.jsonl"
    arguments = ["hotspots", "--journal", str(journal), "--out", str(out)]
    given = parser.parse_args([*arguments, "--from", "2025-01-20", "--to", "2025-03-01"])
    assert given.run(given) == 0
    alerts = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert alerts
    assert all("2025-01-20T" <= alert["ts"] < "2025-03-01T" and alert["ts"].endswith("+08:00") for alert in alerts)
    for faulty, said in (
        (arguments, "say which log"),
        ([*arguments, "--from", "2026-01-01", "--to", "2025-01-01"], "before"),
    ):
        given = parser.parse_args(faulty)
        assert given.run(given) == 2
        assert said in capsys.readouterr().err


def test_a_log_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault, match="start the gateway once"):
        Logged(tmp_path / "none.sqlite", china(CENTRES))
