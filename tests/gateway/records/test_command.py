"""`journal verify` and `journal export`, as typed."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.records.command import EX_CONFIG, EX_DATA, EX_IO, EX_OK
from gateway.records.journal.sqlite_journal import SqliteJournal
from tests.gateway.records.conftest import never
from tests.gateway.records.samples import ANSWER, NOON, query, sent


@pytest.fixture
async def filled(path: Path) -> Path:
    """A closed journal with three logged queries, the last a day after the others."""
    journal = await SqliteJournal.opened(path, never)
    for one in (query(1), query(2), query(86_400)):
        await journal.accept(one)
        await journal.finish(one, ANSWER, sent())
    await journal.close()
    return path


def told_in_one_line(capsys: pytest.CaptureFixture[str]) -> str:
    (line,) = capsys.readouterr().err.splitlines()
    return line


async def test_a_whole_journal_is_told_to_be_whole(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["journal", "verify", "--journal", str(filled)]) == EX_OK
    told = capsys.readouterr()
    assert told.out.startswith(f"{filled}: 3 queries logged, 0 open, ")
    assert told.out.endswith(": whole\n")
    assert told.err == ""


async def test_each_fault_is_a_line_and_the_status_says_so(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    connection = sqlite3.connect(filled)
    connection.execute("DELETE FROM reports")
    connection.execute("DELETE FROM lookups")
    connection.commit()
    connection.close()
    assert main(["journal", "verify", "--journal", str(filled)]) == EX_DATA
    told = capsys.readouterr()
    assert told.err.splitlines()[0].startswith(f"journal: {filled}: look-ups that the roll-ups lack")
    assert told.out.rstrip().endswith("faults")


async def test_a_day_of_china_is_exported(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    day = datetime.fromtimestamp(NOON, UTC).date().isoformat()
    command = ["journal", "export", "queries", "--journal", str(filled), "--format", "json"]
    assert main([*command, "--from", day, "--until", f"{day}T23:59+08:00"]) == EX_OK
    told = capsys.readouterr()
    assert [json.loads(line)["uid"] for line in told.out.splitlines()] == [query(1).uid, query(2).uid]
    assert told.err == "2 rows\n"


async def test_everything_until_now_is_exported_by_default(filled: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert main(["journal", "export", "lookups", "--journal", str(filled), "--output", str(out)]) == EX_OK
    assert len(list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"))))) == 3
    assert out.stat().st_mode & 0o077 == 0


async def test_a_file_that_exists_is_not_written_over(
    filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.csv"
    out.write_text("precious", encoding="utf-8")
    assert main(["journal", "export", "queries", "--journal", str(filled), "--output", str(out)]) == EX_IO
    assert told_in_one_line(capsys) == f"journal: {out}: File exists"
    assert out.read_text(encoding="utf-8") == "precious"


async def test_the_journal_is_found_by_the_configuration(
    filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gateway.toml").write_text(f'[records]\npath = "{filled}"\n', encoding="utf-8")
    assert main(["journal", "verify", "--config", str(tmp_path)]) == EX_OK


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (None, "gateway.toml: cannot be read (No such file or directory): name the journal with --journal"),
        ("= 5", "gateway.toml: is not TOML: Invalid statement (at line 1, column 1)"),
        ("[records]\npath = 5", "gateway.toml: records.path: must be a path"),
        ("records = 5", "gateway.toml: records.path: must be a path"),
        ('[records]\npath = "none"', "none: no journal to read (unable to open database file): "),
    ],
)
def test_a_configuration_that_names_no_journal_is_told(
    tmp_path: Path, text: str | None, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if text is not None:
        (tmp_path / "gateway.toml").write_text(text, encoding="utf-8")
    assert main(["journal", "verify", "--config", str(tmp_path)]) == EX_CONFIG
    assert told_in_one_line(capsys).startswith(f"journal: {tmp_path}/{fault}")


async def test_a_period_that_ends_before_it_begins_is_refused(
    filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["journal", "export", "queries", "--journal", str(filled), "--output", str(tmp_path / "out")]
    assert main([*command, "--from", "2026-05-02", "--until", "2026-05-01"]) == EX_CONFIG
    assert told_in_one_line(capsys) == "journal: --from must be before --until"
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_no_journal_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text").write_text("no database at all, only text of some length" * 100, encoding="utf-8")
    out = tmp_path / "out"
    command = ["journal", "export", "queries", "--journal", str(tmp_path / "text"), "--output", str(out)]
    assert main(command) == EX_CONFIG
    assert "not a journal" in told_in_one_line(capsys)
    assert not out.exists()
