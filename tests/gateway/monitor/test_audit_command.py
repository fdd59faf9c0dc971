"""`python -m gateway audit`: the log for people and programs, and whether it is whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.monitor.audit import AuditLog, Entry
from tests.gateway.monitor.configured import configured


def audit(*words: str, folder: Path) -> int:
    return main(["audit", *words, *configured(folder)])


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    """Three entries."""
    log = AuditLog(tmp_path / "audit.jsonl")
    log.append(Entry(1_800_000_000.5, "otto", "operator", "192.0.2.1", "sign_in", ""))
    log.append(Entry(1_800_000_001.0, "", "", "192.0.2.9", "sign_in_refused", "\x1b[31m\u202e"))
    log.append(Entry(1_800_000_002.0, "rita", "regulator", "192.0.2.2", "sign_in", "第三"))
    return log


@pytest.mark.usefixtures("log")
def test_entries_are_listed_the_newest_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit("list", folder=tmp_path) == 0
    first, second, third = capsys.readouterr().out.splitlines()
    assert first.split() == ["2027-01-15T08:00:00Z", "otto", "operator", "192.0.2.1", "sign_in"]
    assert second.split()[1:3] == ["-", "-"]
    assert third.endswith("第三")


@pytest.mark.usefixtures("log")
def test_what_a_client_wrote_does_nothing_to_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    audit("list", folder=tmp_path)
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert "\u202e" not in told


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (["--user", "otto"], [1]),
        (["--action", "sign_in"], [1, 3]),
        (["--last", "1"], [3]),
        (["--last", "0"], []),
        (["--user", "nobody"], []),
    ],
)
def test_some_entries_are_listed_for_programs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], lines: list[int]
) -> None:
    assert audit("list", "--json", *words, folder=tmp_path) == 0
    assert [json.loads(line)["line"] for line in capsys.readouterr().out.splitlines()] == lines


@pytest.mark.usefixtures("log")
def test_a_whole_log_is_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit("verify", folder=tmp_path) == 0
    told = capsys.readouterr().out
    assert told.startswith("3 lines, no faults; the last seal is ")
    seal = told.split()[-1]
    assert audit("verify", "--seal", seal, folder=tmp_path) == 0


@pytest.mark.usefixtures("log")
def test_lines_taken_off_the_end_are_found_by_a_seal_that_was_noted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    audit("verify", folder=tmp_path)
    seal = capsys.readouterr().out.split()[-1]
    path = tmp_path / "audit.jsonl"
    path.write_text("".join(path.read_text(encoding="ascii").splitlines(keepends=True)[:-1]), encoding="ascii")
    assert audit("verify", folder=tmp_path) == 0
    assert audit("verify", "--seal", seal, folder=tmp_path) == 65
    assert "the noted seal is not in the log" in capsys.readouterr().err


@pytest.mark.usefixtures("log")
def test_a_changed_line_is_told_with_its_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_text(path.read_text(encoding="ascii").replace("192.0.2.9", "192.0.2.8"), encoding="ascii")
    assert audit("verify", folder=tmp_path) == 65
    assert capsys.readouterr().err.startswith("line 2 does not follow the line before it")


def test_a_log_that_was_never_written_is_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit("verify", folder=tmp_path) == 0
    assert capsys.readouterr().out.startswith("0 lines, no faults")
