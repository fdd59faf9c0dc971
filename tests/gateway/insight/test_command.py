"""The command: a folder in, a line of JSON per alert out; faults in one line."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from gateway.insight.alerts import Alert, Kind, TimeStyle, as_json
from gateway.insight.command import add_arguments
from gateway.insight.generator.made_log import make_log, write_log
from tests.gateway.insight.small_country import small_regime


def _run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser.add_subparsers(required=True))
    given = parser.parse_args(["hotspots", *arguments])
    status = given.run(given)
    assert isinstance(status, int)
    return status


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("replay")
    write_log(make_log(small_regime(6), 31), path)
    return path


def test_a_replay_writes_one_object_per_alert_the_same_each_time(folder: Path, tmp_path: Path) -> None:
    for name in ("one.jsonl", "two.jsonl"):
        assert _run("--replay", str(folder), "--out", str(tmp_path / name)) == 0
    text = (tmp_path / "one.jsonl").read_text(encoding="utf-8")
    assert text == (tmp_path / "two.jsonl").read_text(encoding="utf-8")
    alerts = [json.loads(line) for line in text.splitlines()]
    assert alerts
    for alert in alerts:
        assert {"region", "product", "start", "end", "ts", "kind", "score", "p"} <= set(alert)
        assert {"recurrence_days", "observed", "expected"} <= set(alert)
        assert alert["kind"] in {"hotspot", "clone", "diversion", "guessing"}
        assert alert["start"] <= alert["end"] <= alert["ts"]


def test_a_faulty_log_is_told_in_one_line_and_status_two(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad"
    bad.mkdir()
    for name in ("regions.csv", "products.csv"):
        (bad / name).write_bytes((folder / name).read_bytes())
    (bad / "queries.csv").write_text("ts,region\n", encoding="utf-8")
    assert _run("--replay", str(bad), "--out", str(tmp_path / "out.jsonl")) == 2
    told = capsys.readouterr().err
    assert told.startswith("hotspots: queries.csv:1: the column product is missing")
    assert told.count("\n") == 1
    assert not (tmp_path / "out.jsonl").exists()


def test_an_output_that_cannot_be_written_is_told(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run("--replay", str(folder), "--out", str(tmp_path / "no" / "out.jsonl")) == 2
    assert "No such file" in capsys.readouterr().err


def test_one_region_is_a_name_several_are_a_list_and_none_is_a_star() -> None:
    def told(regions: tuple[str, ...]) -> object:
        alert = Alert(Kind.CLONE, regions, ("wine",), 0.0, 60.0, 60.0, 5.0, 1e-9, 1e12, 5, 1.0, "8000")
        return json.loads(as_json(alert))

    assert told(("A",)) == {
        "region": "A",
        "product": "wine",
        "start": "1970-01-01T00:00:00",
        "end": "1970-01-01T00:01:00",
        "ts": "1970-01-01T00:01:00",
        "kind": "clone",
        "code": "8000",
        "score": 5.0,
        "p": 1e-9,
        "recurrence_days": 1e9,
        "observed": 5,
        "expected": 1.0,
        "reason": "",
    }
    several, none = told(("A", "B")), told(())
    assert isinstance(several, dict)
    assert isinstance(none, dict)
    assert (several["region"], none["region"]) == (["A", "B"], "*")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("2025-01-01T08:00:00", "1970-01-02T00:00:00"),
        ("2025-01-01 08:00:00.25", "1970-01-02 00:00:00"),
        ("2025-01-01T08:00:00+08:00", "1970-01-02T00:00:00+08:00"),
        ("2025-01-01T08:00:00Z", "1970-01-02T00:00:00Z"),
        ("1735718400.5", 86400),
        ("", "1970-01-02T00:00:00"),
    ],
)
def test_times_are_written_as_the_log_writes_them(written: str, told: str | int) -> None:
    assert TimeStyle.of(written).write(86_400.0) == told
