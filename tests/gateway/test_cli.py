"""The command line: help everywhere, one line for what is wrong, statuses of sysexits.h."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cli import EX_CONFIG, EX_IO, EX_OK, EX_USAGE, main
from tests.gateway.configured import configured

COMMANDS = (
    "run",
    "check",
    "understand",
    "simulate",
    "registry",
    "journal",
    "users",
    "audit",
    "hotspots",
    "call",
    "dialplan",
    "prompts",
)


@pytest.mark.parametrize(
    "words", [[], *([command] for command in COMMANDS), ["registry", "serve"], ["journal", "export"]]
)
def test_every_command_has_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([*words, "--help"])
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith(" ".join(["usage: python -m gateway", *words]))


def test_the_list_of_commands_names_all_with_a_sentence_each(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    assert all(f"\n    {command}" in told for command in COMMANDS)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ([], "python -m gateway: the following arguments are required: COMMAND"),
        (["frobnicate"], "python -m gateway: argument COMMAND: invalid choice: 'frobnicate'"),
        (["run", "--frob"], "python -m gateway: unrecognized arguments: --frob"),
        (["registry", "serve"], "python -m gateway registry serve: the following arguments are required: --database"),
        (["journal"], "python -m gateway journal: the following arguments are required: COMMAND"),
    ],
)
def test_a_wrong_command_line_is_one_line(words: list[str], fault: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == EX_USAGE
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(fault)
    assert line.endswith("--help)")


def test_check_says_that_all_is_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARRIER_PASSWORD", "s3cret")
    assert main(["check", "--config", str(configured(tmp_path))]) == EX_OK
    told = capsys.readouterr()
    assert told.out.splitlines()[-1] == "all is well"
    assert told.err == ""


def test_check_tells_a_fault_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--config", str(tmp_path)]) == EX_CONFIG
    told = capsys.readouterr()
    assert told.err.splitlines() == [
        f"{tmp_path}/gateway.toml: cannot be read: No such file or directory",
        f"{tmp_path}/carriers: no carrier is here: copy example.toml.sample to NAME.toml and fill it in",
    ]
    assert "all is well" not in told.out


def test_understand_reads_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"text": "help"}\n'))
    assert main(["understand"]) == EX_OK
    assert json.loads(capsys.readouterr().out) == {"intent": "help", "codes": [], "error": None}


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (
            FileNotFoundError(2, "No such file or directory", "x.csv"),
            EX_IO,
            "understand: x.csv: No such file or directory",
        ),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_what_a_command_raises_is_no_traceback(
    error: BaseException, status: int, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(*_: object) -> int:
        raise error

    monkeypatch.setattr("gateway.understand_command.understand_lines", failing)
    assert main(["understand"]) == status
    assert capsys.readouterr().err.strip() == line


@pytest.mark.parametrize("words", [["--help"], ["understand"]])
def test_no_server_is_imported_for_what_needs_none(words: list[str]) -> None:
    heavy = "{'twisted', 'sqlalchemy', 'aiohttp', 'redis', 'jinja2', 'numpy', 'phonenumbers'}"
    script = (
        f"import sys\nfrom gateway.cli import main\n"
        f"try:\n    main({words!r})\nexcept SystemExit:\n    pass\n"
        f"sys.exit(', '.join(sorted({heavy} & sys.modules.keys())) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
