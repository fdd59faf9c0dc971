from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.records.privacy.scrubbing import MAX_CHARACTERS, is_identity_number, masked, passes_luhn, scrubbed
from tests.gateway.records.samples import CODE

IDENTITY = "11010519491231002X"  # the worked example of GB 11643-1999
CARD = "6222021234567890128"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (CODE, CODE),
        (f"查询 {CODE}", f"查询 {CODE}"),
        ("8123 4567 8901 2345 1974", "8123 4567 8901 2345 1974"),
        (f"{CODE} 13812345678", f"{CODE} [电话]"),
        (f"举报{CODE} 电话+86 138-1234-5678", f"举报{CODE} 电话+[电话]"),
        (f"{CODE} 0591-87654321", f"{CODE} [电话]"),
        (f"{CODE} 身份证{IDENTITY}", f"{CODE} 身份证[证件号]"),
        (f"{CODE} 卡{CARD}", f"{CODE} 卡[卡号]"),
        ("【银行】验证码 482913，请勿告诉他人", "【银行】验证码 [密码]，请勿告诉他人"),
        ("your password is 4829", "your password is [密码]"),
        ("价格 1280 元", "价格 1280 元"),
        ("写信 zhang.san@example.com 谢谢", "写信 [邮箱] 谢谢"),
        ("１３８１２３４５６７８", "[电话]"),
        ("a\0b\ud800", "ab?"),
    ],
)
def test_code_and_words_stay_and_personal_numbers_go(text: str, kept: str) -> None:
    assert scrubbed(text, (CODE, "81234567890123451974")) == kept


@given(
    st.text("0123456789 -.Xx查验证码", max_size=120), st.sampled_from(["13812345678", "+8613912345678", IDENTITY, CARD])
)
def test_a_personal_number_between_words_is_never_kept(noise: str, number: str) -> None:
    kept = scrubbed(f"{noise}查{number}码{noise}", (CODE,))
    assert number.lstrip("+") not in kept


@given(st.text(max_size=2000))
def test_what_is_kept_is_short_and_can_be_encoded(text: str) -> None:
    kept = scrubbed(text)
    kept.encode()
    assert "\0" not in kept
    assert len(kept) <= MAX_CHARACTERS * 2


def test_the_identity_numbers_check_character_is_checked() -> None:
    assert is_identity_number(IDENTITY)
    assert not is_identity_number("110105194912310021")
    assert not is_identity_number("1101051949123100")


def test_luhn_accepts_the_standards_example_only_with_its_check_digit() -> None:
    assert passes_luhn("79927398713")
    assert not passes_luhn("79927398710")


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("8613812341234", "138****1234"),
        ("+8613812341234", "138****1234"),
        ("059187654321", "059****4321"),
        ("12315", "****15"),
        ("110", "****"),
        ("", "****"),
    ],
)
def test_a_masked_number_shows_no_more_than_seven_digits(number: str, shown: str) -> None:
    assert masked(number) == shown
