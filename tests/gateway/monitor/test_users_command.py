"""`python -m gateway users`: one line for what is wrong, passwords from anywhere but the command line."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.monitor.audit import AuditLog, Sealed
from gateway.monitor.passwords import matches
from gateway.monitor.users import Users
from tests.gateway.monitor.configured import configured
from tests.gateway.monitor.served import PASSWORD

NEW = "another long pass phrase"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a person types at the prompts, one after the other."""
    answers: list[str] = []
    monkeypatch.setattr("getpass.getpass", lambda _prompt: answers.pop(0))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    return answers


def piped(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def users(*words: str, folder: Path) -> int:
    return main(["users", *words, *configured(folder)])


def kept(folder: Path) -> Users:
    return Users(folder / "users.json")


def test_a_user_is_added_with_a_password_from_a_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    piped(monkeypatch, f"{PASSWORD}\nignored")
    assert users("add", "carla", "--role", "carrier", "--carrier", "mobile", folder=tmp_path) == 0
    account = kept(tmp_path).find("carla")
    assert account is not None
    assert account.user.carrier == "mobile"
    assert matches(account.password_hash, PASSWORD)


def test_a_password_is_asked_for_twice(tmp_path: Path, typed: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    typed += [PASSWORD, PASSWORD]
    assert users("add", "otto", "--role", "operator", folder=tmp_path) == 0
    typed += [NEW, NEW + "x"]
    assert users("password", "otto", folder=tmp_path) == 65
    assert capsys.readouterr().err == "users: the two passwords differ\n"
    typed += [NEW, NEW]
    assert users("password", "otto", folder=tmp_path) == 0
    account = kept(tmp_path).find("otto")
    assert account is not None
    assert matches(account.password_hash, NEW)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["add", "Otto", "--role", "operator"], "users: the name 'Otto' must be 1 to 32 of a-z"),
        (["add", "otto", "--role", "carrier"], "users: the role carrier, and no other, needs the name of a carrier"),
        (["add", "otto", "--role", "enterprise"], "users: the role enterprise, and no other, needs the number"),
        (["add", "otto", "--role", "operator"], "users: a password has 12 to 256 characters, not 5"),
        (["password", "otto"], "users: there is no user otto"),
        (["token", "otto", "ci"], "users: there is no user otto"),
        (["revoke", "otto", "ci"], "users: there is no user otto"),
        (["remove", "otto"], "users: there is no user otto"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    fault: str,
) -> None:
    piped(monkeypatch, "short\n")
    assert users(*words, folder=tmp_path) == 65
    told = capsys.readouterr().err
    assert told.startswith(fault)
    assert told.count("\n") == 1
    assert kept(tmp_path).all() == []


def test_a_user_is_there_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for status in (0, 65):
        piped(monkeypatch, PASSWORD)
        assert users("add", "otto", "--role", "operator", folder=tmp_path) == status
    assert capsys.readouterr().err == "users: there is a user otto already\n"


def test_tokens_are_made_listed_and_revoked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    piped(monkeypatch, PASSWORD)
    users("add", "emma", "--role", "enterprise", "--enterprise", "7", folder=tmp_path)
    assert users("token", "emma", "ci", folder=tmp_path) == 0
    token = capsys.readouterr().out.strip()
    assert kept(tmp_path).of_token(token) is not None
    assert users("list", folder=tmp_path) == 0
    assert capsys.readouterr().out.split() == ["emma", "enterprise", "enterprise", "7", "ci"]
    assert users("token", "emma", "ci", folder=tmp_path) == 65
    assert users("revoke", "emma", "ci", folder=tmp_path) == 0
    assert kept(tmp_path).of_token(token) is None
    assert users("revoke", "emma", "ci", folder=tmp_path) == 65
    assert users("remove", "emma", folder=tmp_path) == 0
    assert kept(tmp_path).all() == []


def test_every_change_is_in_the_audit_log_and_no_secret_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    piped(monkeypatch, PASSWORD)
    users("add", "otto", "--role", "operator", folder=tmp_path)
    users("token", "otto", "ci", folder=tmp_path)
    token = capsys.readouterr().out.strip()
    piped(monkeypatch, NEW)
    users("password", "otto", folder=tmp_path)
    users("revoke", "otto", "ci", folder=tmp_path)
    users("remove", "otto", folder=tmp_path)
    lines = [line.entry for line in AuditLog(tmp_path / "audit.jsonl").lines() if isinstance(line, Sealed)]
    assert [(entry.action, entry.subject) for entry in lines] == [
        ("user_added", "otto operator"),
        ("token_made", "otto ci"),
        ("password_set", "otto"),
        ("token_revoked", "otto ci"),
        ("user_removed", "otto"),
    ]
    assert {entry.address for entry in lines} == {"terminal"}
    text = (tmp_path / "audit.jsonl").read_text(encoding="ascii")
    assert not any(secret in text for secret in (PASSWORD, NEW, token))


def test_settings_that_cannot_be_read_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["users", "list", "--config", str(tmp_path / "none")]) == 78
    assert "[monitor] cannot be read: `python -m gateway check` says why" in capsys.readouterr().err
