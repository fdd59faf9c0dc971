"""The command line: what is written where, and the exit statuses."""

import argparse
import json
from pathlib import Path

import pytest

from gateway.registry import command


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser.add_subparsers(required=True))
    return command.run(parser.parse_args(["registry", *words]))


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("command")
    path = str(folder / "registry.db")
    assert run("make-samples", "--database", path, "--codes", str(folder / "codes.json"), "--today", "2026-11-23") == 0
    assert json.loads((folder / "codes.json").read_text())[0]["kind"] == "first"
    return path


def test_samples_come_with_a_readable_file_unless_it_is_json(tmp_path: Path) -> None:
    assert run("make-samples", "--database", str(tmp_path / "r.db"), "--codes", str(tmp_path / "codes.txt")) == 0
    assert "not yet activated" in (tmp_path / "codes.txt").read_text()


def test_samples_are_not_made_twice(database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("make-samples", "--database", database, "--codes", str(tmp_path / "codes.txt")) == 78
    assert "name a new one" in capsys.readouterr().err


def test_codes_are_exported_one_a_line_and_for_the_owner_only(database: str, tmp_path: Path) -> None:
    output = tmp_path / "codes"
    words = ("export-codes", "--database", database, "--today", "2026-11-23", "--count", "1500")
    assert run(*words, "--output", str(output)) == 0
    lines = output.read_text().splitlines()
    assert len(lines) == 1_500
    assert all(len(line) == 20 and line.isdecimal() for line in lines)
    assert output.stat().st_mode & 0o777 == 0o600


def test_codes_go_to_standard_output(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("export-codes", "--database", database, "--today", "2026-11-23", "--count", "3", "--output", "-") == 0
    assert len(capsys.readouterr().out.split()) == 3


def test_progress_and_a_shortage_are_told(database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("export-codes", "--database", database, "--today", "2026-11-23", "--count", "9000000")
    assert run(*words, "--output", str(tmp_path / "codes")) == 78
    told = capsys.readouterr().err
    assert "100,000 codes" in told
    assert "not 9,000,000" in told


def test_faults_have_their_exit_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = str(tmp_path / "missing.db")
    assert run("export-codes", "--database", missing, "--count", "1", "--output", "-") == 78
    assert run("serve", "--database", missing, "--listen", "nowhere", "--token-file", missing) == 78
    codes = str(tmp_path / "no" / "folder" / "codes.txt")
    assert run("make-samples", "--database", str(tmp_path / "new.db"), "--codes", codes) == 69
    assert "Traceback" not in capsys.readouterr().err


def test_secrets_that_others_may_read_are_told_before_it_serves(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    token, masters = tmp_path / "token", tmp_path / "masters"
    for file, text in ((token, "a-token-for-tests-only"), (masters, f"1 {'5e' * 32}")):
        file.write_text(text, encoding="ascii")
        file.chmod(0o644)
    words = ("serve", "--database", "none.db", "--listen", "nowhere", "--token-file", str(token))
    assert run(*words, "--master-key-file", str(masters)) == 78
    assert [str(file) in line for file, line in zip((token, masters), caplog.messages, strict=True)] == [True, True]
    token.chmod(0o600)
    caplog.clear()
    assert run(*words) == 78
    assert caplog.messages == []
