"""Passwords: argon2id, with the same work for nobody, and never more than a few at a time."""

from __future__ import annotations

import asyncio

import pytest

from gateway.monitor import passwords as module
from gateway.monitor.passwords import PasswordCheck, PasswordRefused, PasswordsBusy, hash_password, matches
from tests.gateway.monitor.served import PASSWORD, PASSWORD_HASH


def test_a_hash_is_argon2id_and_salted() -> None:
    assert PASSWORD_HASH.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert hash_password(PASSWORD) != PASSWORD_HASH


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 257])
def test_too_short_and_too_long_are_refused(password: str) -> None:
    with pytest.raises(PasswordRefused, match="has 12 to 256 characters"):
        hash_password(password)


@pytest.mark.parametrize(
    ("hashed", "password", "is_right"),
    [
        (PASSWORD_HASH, PASSWORD, True),
        (PASSWORD_HASH, PASSWORD + " ", False),
        (PASSWORD_HASH, "", False),
        (PASSWORD_HASH, "x" * 300, False),
        ("no hash", PASSWORD, False),
        ("", PASSWORD, False),
    ],
)
def test_only_the_password_itself_matches(hashed: str, password: str, is_right: bool) -> None:
    assert matches(hashed, password) is is_right


def test_a_password_may_be_of_any_characters() -> None:
    password = "真码监控口令一二三四五六\udcff"
    assert matches(hash_password(password), password)


async def test_nobody_matches_nothing_after_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    worked = []

    def counted(hashed: str, password: str) -> bool:
        worked.append(hashed)
        return matches(hashed, password)

    monkeypatch.setattr(module, "matches", counted)
    check = PasswordCheck()
    assert not await check.matches(None, PASSWORD)
    assert await check.matches(PASSWORD_HASH, PASSWORD)
    assert [hashed.split("$")[:4] for hashed in worked] == [PASSWORD_HASH.split("$")[:4]] * 2
    check.close()


async def test_beyond_a_few_that_wait_none_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 2)
    check = PasswordCheck()
    waiting = [asyncio.ensure_future(check.matches(PASSWORD_HASH, PASSWORD)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(PasswordsBusy):
        await check.matches(PASSWORD_HASH, PASSWORD)
    assert await asyncio.gather(*waiting) == [True, True]
    assert await check.matches(PASSWORD_HASH, PASSWORD)
    check.close()
