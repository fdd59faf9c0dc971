"""What callers who may ask to be told are answered, and what is kept of it."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.answering import Answerer, AnsweringSettings
from gateway.core.answer import Answer
from gateway.core.errors import StateUnavailable
from gateway.core.ports import Ruling
from gateway.core.registration import Product
from gateway.fragments import Fragments
from gateway.recalls.answering import NOTED, RecallAnswerer
from gateway.recalls.latest import LATEST_SECONDS, LatestCodes
from gateway.recalls.subscription import CodeAsked
from gateway.recalls.subscriptions import Subscriptions
from gateway.texts import load, overrun
from tests.gateway.fakes import (
    NOON,
    WINE,
    FakeAllowance,
    FakeContexts,
    FakeHistory,
    FakeVerification,
    code,
    query,
)  # fmt: skip
from tests.gateway.recalls.samples import subscriptions

TEXTS = load(Path(__file__).parents[3] / "templates" / "sms")


@dataclass
class Desk:
    """Answers by SMS, with three active codes; `logged` is what the query log would tell."""

    book: Subscriptions
    verification: FakeVerification = field(default_factory=FakeVerification)
    allowance: FakeAllowance = field(default_factory=FakeAllowance)
    logged: list[CodeAsked] = field(default_factory=list)
    now: float = NOON
    uid: int = 0

    def __post_init__(self) -> None:
        self.verification.activate(code(1), code(2), code(3))
        inner = Answerer(
            verification=self.verification,
            history=FakeHistory(),
            contexts=FakeContexts(),
            allowance=self.allowance,
            texts=TEXTS,
            fragments=Fragments(),
            settings=AnsweringSettings(),
            clock=lambda: self.now,
        )
        self.answerer = RecallAnswerer(
            inner,
            subscriptions=self.book,
            latest=LatestCodes(self.of_log, capacity=2),
            texts=TEXTS,
            days=365,
            clock=lambda: self.now,
        )

    async def of_log(self, pseudonym: str, since: float) -> list[CodeAsked]:
        assert since == self.now - LATEST_SECONDS
        return self.logged

    async def ask(self, text: str, number: str = "8613859111111") -> Answer:
        self.uid += 1
        return await self.answerer.answer(query(text, self.uid, self.now, number))

    async def wished(self) -> list[str]:
        return [each.code for each in await self.book.waiting(None, 0, NOON, 100)]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    book = subscriptions(tmp_path)
    yield Desk(book)
    await book.close()


async def test_a_valid_code_is_answered_with_the_offer_and_a_warning_without(desk: Desk) -> None:
    assert (await desk.ask(code(1))).reply.endswith("，要召回通知回“订阅”")
    assert (await desk.ask(f"check {code(2)}")).reply.endswith(". Recall notice? Reply TELL ME")
    for text in (code(9), "帮助", "你好"):
        assert "订阅" not in (await desk.ask(text)).reply
    assert "订阅" not in (await desk.ask(code(1), "8613859222222")).reply
    assert await desk.wished() == []


async def test_the_offer_costs_no_second_part_and_no_word_of_the_answer(desk: Desk) -> None:
    long = Product(WINE.resource_code, {"zh": "长" * 40}, {"zh": "福清玉泉酒业"}, "500ml")
    desk.verification.activate(code(4))
    desk.verification.known[code(4)] = type(desk.verification.known[code(4)])(code(4), "activated", long)  # type: ignore[arg-type]
    reply = (await desk.ask(code(4))).reply
    assert "订阅" not in reply
    assert overrun(reply) <= 0


async def test_the_keyword_alone_is_about_the_code_asked_for_last(desk: Desk) -> None:
    await desk.ask(code(1))
    await desk.ask(code(2))
    answer = await desk.ask("订阅")
    assert answer.reply.startswith("【监管网】已登记：尾号1974的产品如被召回，365天内")
    assert (answer.note, answer.verdict) == (NOTED, None)
    assert await desk.wished() == [code(2)]


async def test_the_keyword_beside_a_code_is_about_that_code_and_does_not_replace_its_answer(desk: Desk) -> None:
    answer = await desk.ask(f"订阅 {code(1)}")
    assert "首次查询，登记有效" in answer.reply
    assert answer.reply.endswith("，已登记召回通知")
    assert answer.findings[0].counted
    assert await desk.wished() == [code(1)]


async def test_several_codes_of_one_message_are_wished_for_together(desk: Desk) -> None:
    await desk.ask(f"{code(1)}，{code(3)}")
    assert "等2个码" in (await desk.ask("订阅")).reply
    assert await desk.wished() == [code(1), code(3)]


@pytest.mark.parametrize("before", ["", code(9)])
async def test_without_an_active_code_the_caller_is_asked_which(desk: Desk, before: str) -> None:
    if before:
        await desk.ask(code(1))
        await desk.ask(before)  # not on record: it is not the one before that is meant
    assert "请发送“订阅”加20位监管码" in (await desk.ask("订阅")).reply
    assert await desk.wished() == []


async def test_what_memory_has_no_room_for_or_lost_at_a_restart_is_looked_for_in_the_log(desk: Desk) -> None:
    desk.logged = [CodeAsked(code(3), WINE.resource_code, "B1")]
    assert "已登记" in (await desk.ask("订阅")).reply
    assert await desk.wished() == [code(3)]


async def test_a_code_of_two_days_ago_is_not_meant(desk: Desk) -> None:
    await desk.ask(code(1))
    desk.now += LATEST_SECONDS + 1
    assert "请发送“订阅”" in (await desk.ask("订阅")).reply


async def test_memory_is_bounded_and_forgets_who_asked_first(desk: Desk) -> None:
    for number in ("8613859111111", "8613859222222", "8613859333333"):
        await desk.ask(code(1), number)
    assert "请发送“订阅”" in (await desk.ask("订阅")).reply
    assert "已登记" in (await desk.ask("订阅", "8613859333333")).reply


async def test_stop_ends_them_and_says_how_many_and_without_any_says_what_it_always_said(desk: Desk) -> None:
    await desk.ask(f"订阅 {code(1)}")
    await desk.ask(f"订阅 {code(2)}")
    assert "已退订2项召回通知" in (await desk.ask("退订")).reply
    assert await desk.wished() == []
    assert "已退订，不再向您主动发送通知" in (await desk.ask("TD")).reply


async def test_who_asks_too_often_is_not_taken_in_and_stop_is_heard_all_the_same(desk: Desk) -> None:
    await desk.ask(f"订阅 {code(1)}")
    desk.allowance.ruling = Ruling.SILENCE
    assert (await desk.ask("订阅")).note == "limited"
    assert (await desk.ask("TD")).reply == ""
    assert await desk.wished() == []


async def test_a_wish_that_cannot_be_kept_is_answered_later_and_not_confirmed(desk: Desk, tmp_path: Path) -> None:
    await desk.ask(code(1))
    with closing(sqlite3.connect(tmp_path / "recalls.sqlite")) as other:
        other.execute("DROP TABLE subscriptions")
    with pytest.raises(StateUnavailable):
        await desk.ask("订阅")


async def test_a_query_that_is_answered_again_changes_nothing_more(desk: Desk) -> None:
    await desk.ask(code(1))
    for _ in range(2):
        desk.uid = 7
        await desk.ask("订阅")
    assert await desk.wished() == [code(1)]
    assert "系统繁忙" in desk.answerer.notice(query("订阅"))
