"""The users file: replaced as a whole, private, read again when it has changed, and one change at a time."""

from __future__ import annotations

import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.core.errors import SettingsFault
from gateway.monitor.accounts import Account, AccountFault
from gateway.monitor.roles import Role, User
from gateway.monitor.users import Users
from tests.gateway.monitor.served import USERS

OTTO = Account(USERS[Role.OPERATOR], "hash")


def kept(folder: Path) -> Users:
    users = Users(folder / "users.json")
    users.add(OTTO)
    return users


def test_without_a_file_there_are_no_users(tmp_path: Path) -> None:
    users = Users(tmp_path / "users.json")
    users.load()
    assert users.all() == []
    assert users.find("otto") is None


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    kept(tmp_path)
    assert stat.S_IMODE((tmp_path / "users.json").stat().st_mode) == 0o600


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    kept(tmp_path)
    (tmp_path / "users.json").chmod(0o640)
    with pytest.raises(SettingsFault, match="chmod 600"):
        Users(tmp_path / "users.json").load()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 1, "users": 5}'])
def test_a_faulty_file_is_refused_with_its_path(tmp_path: Path, text: str) -> None:
    path = tmp_path / "users.json"
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsFault, match="/users"):
        Users(path).load()


def test_what_another_process_changes_is_read_at_once(tmp_path: Path) -> None:
    here = kept(tmp_path)
    elsewhere = Users(tmp_path / "users.json")
    elsewhere.add(Account(USERS[Role.REGULATOR], "hash"))
    assert here.find("rita") is not None
    elsewhere.remove("rita")
    assert here.find("rita") is None
    (tmp_path / "users.json").unlink()
    assert here.all() == []


def test_users_of_before_stay_while_the_file_is_spoilt(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    users = kept(tmp_path)
    (tmp_path / "users.json").write_text("spoilt", encoding="utf-8")
    assert users.find("otto") == OTTO
    assert users.find("otto") == OTTO
    assert len(caplog.records) == 1
    assert "the users of before stay" in caplog.text


def test_a_name_is_given_once_and_what_is_not_there_is_told(tmp_path: Path) -> None:
    users = kept(tmp_path)
    with pytest.raises(AccountFault, match="there is a user otto already"):
        users.add(OTTO)
    with pytest.raises(AccountFault, match="there is no user rita"):
        users.remove("rita")
    with pytest.raises(AccountFault, match="there is no user rita"):
        users.change("rita", lambda account: account)


def test_a_change_that_is_refused_changes_nothing(tmp_path: Path) -> None:
    users = kept(tmp_path)
    before = (tmp_path / "users.json").read_bytes()
    with pytest.raises(AccountFault):
        users.change("otto", lambda account: account.without_token("none"))
    assert (tmp_path / "users.json").read_bytes() == before


def test_a_token_admits_until_it_is_revoked(tmp_path: Path) -> None:
    users = kept(tmp_path)
    account, secret = OTTO.with_token("ci", 5.0)
    users.change("otto", lambda _: account)
    assert users.of_token(secret) == account
    assert users.of_token(secret + "x") is None
    users.change("otto", lambda account: account.without_token("ci"))
    assert users.of_token(secret) is None


def test_changes_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    kept(tmp_path)

    def add(number: int) -> None:
        Users(tmp_path / "users.json").add(Account(User(f"user{number}", Role.READ_ONLY), "hash"))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    users = Users(tmp_path / "users.json")
    assert len(users.all()) == 9
    assert sorted(path.name for path in tmp_path.iterdir()) == ["users.json", "users.json.lock"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    users = Users(tmp_path / "none" / "users.json")
    with pytest.raises(SettingsFault, match="cannot be changed: No such file"):
        users.add(OTTO)


def test_a_file_that_cannot_be_replaced_is_told_and_stays(tmp_path: Path) -> None:
    users = kept(tmp_path)
    (tmp_path / "users.json.new").mkdir()
    with pytest.raises(SettingsFault, match="cannot be written"):
        users.change("otto", lambda account: replace(account, password_hash="other"))
    assert users.find("otto") == OTTO
