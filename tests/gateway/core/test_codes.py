"""Shapes of supervision codes."""

from __future__ import annotations

import pytest

from gateway.core.codes import checked, grouped, is_code, resource_code, tail
from gateway.core.errors import MalformedCode
from gateway.core.split_codes import join_code

_CODE = "86120084019730281974"


def test_a_code_shows_its_parts() -> None:
    assert (resource_code(_CODE), tail(_CODE), grouped(_CODE)) == ("8612008", "1974", "8612 0084 0197 3028 1974")
    assert resource_code("1234567890123456") == ""


@pytest.mark.parametrize(
    ("text", "fault"), [("8" * 19, "not 19"), ("1" * 20, "starts with 8"), ("８" * 20, "digits only"), ("", "digits")]
)
def test_what_is_no_code_is_refused_with_its_fault(text: str, fault: str) -> None:
    assert not is_code(text)
    with pytest.raises(MalformedCode, match=fault):
        checked(text)


def test_both_lengths_are_codes() -> None:
    assert checked(_CODE) == _CODE
    assert checked("0" * 16) == "0" * 16


@pytest.mark.parametrize("cut", range(1, 20))
def test_two_pieces_join_in_their_order(cut: int) -> None:
    assert join_code(_CODE[:cut], _CODE[cut:]) == _CODE


def test_pieces_that_came_in_the_wrong_order_join() -> None:
    assert join_code("1974", _CODE[:16]) == _CODE


def test_pieces_of_a_legacy_code_join() -> None:
    assert join_code("123456789012", "3456") == "1234567890123456"


@pytest.mark.parametrize(("earlier", "later"), [("", _CODE), (_CODE, ""), ("8612", "0084"), ("1" * 16, "1974")])
def test_pieces_that_make_no_code_stay_apart(earlier: str, later: str) -> None:
    assert join_code(earlier, later) is None
