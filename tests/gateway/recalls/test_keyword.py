"""Which texts ask to be told of a recall, and which only look like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.inbound import understand
from gateway.core.query import Intent
from gateway.recalls.keyword import asks_to_be_told
from tests.gateway.fakes import code


@pytest.mark.parametrize(
    "text",
    [
        "订阅", "订阅。", " 订 阅 ", "訂閱", "召回通知", "“订阅”", "TELL ME", "tell me!", "Tellme", "subscribe",
        f"订阅{code()}", f"{code()} 订阅", f"订阅 {code()[:4]}-{code()[4:]}", f"tell me {code()}", "订阅８１２３",
    ],
)  # fmt: skip
def test_the_keyword_asks_alone_and_beside_a_code(text: str) -> None:
    assert asks_to_be_told(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "取消订阅", "退订", "不订阅", "unsubscribe", "STOP", "怎么订阅", code(), f"查询 {code()}",
        "tell me if this is real", "我昨天收到召回通知了", "订阅" * 100, "订阅了报纸", f"JB {code()} 订阅",
    ],
)  # fmt: skip
def test_whoever_says_more_or_the_opposite_does_not_ask(text: str) -> None:
    assert not asks_to_be_told(text)


@given(st.text(max_size=300))
def test_no_text_is_too_odd_to_be_read(text: str) -> None:
    asks_to_be_told(text)


@pytest.mark.parametrize("text", ["取消订阅", "退订", "TD", "STOP", "unsubscribe", "取消"])
def test_the_words_that_end_notices_are_the_ones_for_stop(text: str) -> None:
    assert understand(text).intent is Intent.STOP
