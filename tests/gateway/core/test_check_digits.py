"""Check digits: HMAC as the standard has it, no digit favoured, nothing but sixteen digits taken."""

import hmac
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.check_digits import CheckDigits, reduced

KEY = bytes(range(32))
bodies = st.from_regex(r"\A8[0-9]{15}\Z")


def plainly(key: bytes, body: str) -> str:
    """The definition, with the standard library's HMAC and none of the shortcuts."""
    digest = hmac.digest(key, body.encode(), "sha256")
    words = [int.from_bytes(digest[at : at + 2], "big") for at in range(0, 32, 2)]
    return f"{next(word for word in words if word < 60_000) % 10_000:04d}"


@given(st.binary(min_size=16, max_size=64), bodies)
def test_check_digits_are_the_hmac_reduced(key: bytes, body: str) -> None:
    assert CheckDigits(key).of(body) == plainly(key, body)


@given(bodies, st.integers(1, 9_999))
def test_a_code_matches_its_own_check_digits_and_no_others(body: str, offset: int) -> None:
    check_digits = CheckDigits(KEY)
    own = check_digits.of(body)
    assert check_digits.match(body + own)
    assert not check_digits.match(body + f"{(int(own) + offset) % 10_000:04d}")


def test_another_key_makes_other_check_digits() -> None:
    sample = [f"8{number:015d}" for number in range(100)]
    one, other = CheckDigits(KEY), CheckDigits(bytes(32))
    assert sum(one.of(body) == other.of(body) for body in sample) < 5


@pytest.mark.parametrize("body", ["", "812345612345678", "81234561234567890", "812345612345678x", "８123456123456789"])
def test_anything_but_sixteen_digits_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match="16 ASCII digits"):
        CheckDigits(KEY).of(body)


@pytest.mark.parametrize("octets", [0, 15, 65])
def test_a_key_too_short_or_too_long_is_refused(octets: int) -> None:
    with pytest.raises(ValueError, match="16 to 64 octets"):
        CheckDigits(bytes(octets))


def test_every_four_digits_come_from_equally_many_words() -> None:
    made = Counter(reduced(word.to_bytes(2, "big"), lambda _: b"") for word in range(60_000))
    assert set(made.values()) == {6}
    assert len(made) == 10_000


def test_words_above_the_fair_limit_are_passed_over() -> None:
    assert reduced(b"\xff\xff\xea\x60\x00\x07", lambda _: b"") == "0007"


def test_a_digest_without_a_fair_word_is_hashed_again() -> None:
    assert reduced(b"\xff" * 32, lambda _: b"\x00\x2a" * 16) == "0042"
