"""The file of subscriptions: each told once, ended by STOP, forgotten in time, and nothing of numbers in its bytes."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.errors import SettingsFault
from gateway.core.query import Caller
from gateway.recalls.sealing import NotSealedHere, Seal
from gateway.recalls.subscription import Subscription
from gateway.recalls.subscriptions import CALLER_LIMIT, Subscriptions
from tests.gateway.fakes import NOON, WINE, caller, code
from tests.gateway.recalls.samples import KEY, NUMBER, OTHER_KEY, YEAR, kept, route, subscriptions, wish


@pytest.fixture
async def book(tmp_path: Path) -> AsyncIterator[Subscriptions]:
    opened = subscriptions(tmp_path)
    yield opened
    await opened.close()


async def waiting(book: Subscriptions, now: float = NOON) -> list[Subscription]:
    return await book.waiting(None, 0, now, 1_000)


async def test_a_wish_is_kept_with_its_route_and_renewed_rather_than_doubled(book: Subscriptions) -> None:
    await book.subscribe(wish(1, 2))
    await book.subscribe(wish(1, uid=9))
    kept_now = await waiting(book)
    assert [(each.code, each.uid) for each in kept_now] == [(code(1), 9), (code(2), 1)]
    assert [book.route_of(each) for each in kept_now] == [route()] * 2
    assert await book.waiting(WINE.resource_code, kept_now[0].row, NOON, 10) == kept_now[1:]
    assert await book.waiting("8000000", 0, NOON, 10) == []


async def test_numbers_are_in_no_byte_of_the_files_and_sealed_ones_not_either_once_they_are_wiped(
    book: Subscriptions, tmp_path: Path
) -> None:
    await book.subscribe(wish(1, 2, 3))
    one, two, _ = before = await waiting(book)
    assert NUMBER.encode() not in kept(tmp_path)
    assert NUMBER[2:].encode() not in kept(tmp_path)
    await book.begin(one.row, "a recall", NOON)
    await book.settle(one.row, NOON)
    await book.empty_log()
    assert [each.route in kept(tmp_path) for each in before] == [False, True, True]
    await book.subscribe(wish(2, expires_at=NOON + 1))
    (renewed,) = [each for each in await waiting(book) if each.row == two.row]
    assert await book.expire(NOON + 2) == 1
    assert await book.end(caller(NUMBER)) == 1
    assert not [each for each in (*before, renewed) if each.route in kept(tmp_path)]


async def test_stop_ends_all_of_one_caller_and_nothing_of_another(book: Subscriptions) -> None:
    await book.subscribe(wish(1, 2))
    await book.subscribe(wish(1, phone="8613859222222"))
    assert await book.end(Caller(NUMBER, "another pseudonym than before")) == 2
    assert await book.end(caller(NUMBER)) == 0
    assert len(await waiting(book)) == 1


async def test_one_recall_is_told_once_to_a_caller_of_several_of_its_codes_and_another_one_again(
    book: Subscriptions,
) -> None:
    await book.subscribe(wish(1, 2, 3))
    one, two, three = await waiting(book)
    assert await book.begin(one.row, "first recall", NOON)
    assert not await book.begin(one.row, "first recall", NOON)
    assert not await book.begin(two.row, "first recall", NOON)
    await book.settle(one.row, NOON)
    assert not await book.begin(two.row, "first recall", NOON)
    assert await book.begin(three.row, "second recall", NOON)
    assert await waiting(book) == []


async def test_a_notice_that_failed_does_not_take_the_recall_of_another_code_with_it(book: Subscriptions) -> None:
    await book.subscribe(wish(1, 2))
    one, two = await waiting(book)
    assert await book.begin(one.row, "the recall", NOON)
    assert not await book.begin(two.row, "the recall", NOON)
    await book.postpone(one.row)
    assert await book.begin(two.row, "the recall", NOON)


async def test_another_caller_of_the_same_recall_is_told_too(book: Subscriptions) -> None:
    await book.subscribe(wish(1))
    await book.subscribe(wish(1, phone="8613859222222"))
    one, two = await waiting(book)
    assert await book.begin(one.row, "the recall", NOON)
    assert await book.begin(two.row, "the recall", NOON)


@pytest.mark.parametrize("resend", [True, False])
async def test_what_a_dead_process_was_sending_is_sent_again_or_counts_as_told(tmp_path: Path, resend: bool) -> None:
    dead = subscriptions(tmp_path)
    await dead.subscribe(wish(1))
    (one,) = await waiting(dead)
    assert await dead.begin(one.row, "a recall", NOON)
    living = subscriptions(tmp_path)
    assert await living.recover(NOON, resend=resend) == 1
    assert await living.recover(NOON, resend=resend) == 0
    assert len(await waiting(living)) == resend
    for each in (living, dead):
        await each.close()


async def test_expired_wishes_are_neither_told_nor_kept(book: Subscriptions) -> None:
    await book.subscribe(wish(1))
    assert await waiting(book, YEAR) == []
    assert await book.expire(YEAR - 1) == 0
    assert await book.expire(YEAR) == 1


async def test_a_caller_has_so_many_at_most_and_the_oldest_goes(book: Subscriptions) -> None:
    for number in range(CALLER_LIMIT + 2):
        await book.subscribe(wish(number))
    assert [each.code for each in await waiting(book)] == [code(number) for number in range(2, CALLER_LIMIT + 2)]


async def test_a_new_key_takes_over_what_the_former_one_sealed(tmp_path: Path) -> None:
    before = subscriptions(tmp_path)
    await before.subscribe(wish(1))
    await before.close()
    after = subscriptions(tmp_path, OTHER_KEY, former=KEY)
    (one,) = await waiting(after)
    assert after.route_of(one) == route()
    assert await after.end(caller(NUMBER)) == 1
    await after.close()


async def test_a_key_that_is_missing_is_told_and_its_subscriptions_stay(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = subscriptions(tmp_path)
    await before.subscribe(wish(1))
    await before.close()
    after = subscriptions(tmp_path, OTHER_KEY)
    assert "1 subscriptions are sealed under another key" in caplog.text
    (one,) = await waiting(after)
    with pytest.raises(NotSealedHere):
        after.route_of(one)
    await after.close()


def test_what_is_sealed_opens_for_its_code_only_and_is_never_the_same_twice() -> None:
    seal = Seal(KEY)
    sealed = seal.seal(caller(NUMBER), route(), code(1))
    assert seal.open(sealed, code(1)) == (NUMBER, route())
    assert sealed != seal.seal(caller(NUMBER), route(), code(1))
    for changed, asked in ((sealed, code(2)), (sealed[:-1] + bytes((sealed[-1] ^ 1,)), code(1)), (b"", code(1))):
        with pytest.raises(NotSealedHere):
            seal.open(changed, asked)


def test_a_file_of_another_program_or_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "recalls.sqlite"
    path.write_bytes(b"no database at all, but long enough to be looked at as one" * 20)
    with pytest.raises(SettingsFault, match="cannot be opened"):
        subscriptions(tmp_path)
    path.unlink()
    connection = sqlite3.connect(path)
    connection.executescript("CREATE TABLE other(x); PRAGMA user_version = 7;")
    connection.close()
    with pytest.raises(SettingsFault, match="version 7"):
        subscriptions(tmp_path)
