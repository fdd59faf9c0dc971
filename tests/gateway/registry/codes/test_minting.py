"""Codes are made of positions and lead back to them."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gateway.registry.small_registry import BASE, MINT, SPIRIT

positions = st.lists(st.integers(0, 10**9 - 1), min_size=1, max_size=20)


@given(positions)
def test_a_code_leads_back_to_its_place(wanted: list[int]) -> None:
    assert MINT.places(MINT.codes(wanted, 1)) == [BASE + position for position in wanted]


@given(positions)
def test_a_code_has_twenty_digits_after_its_resource_code(wanted: list[int]) -> None:
    for code in MINT.codes(wanted, 1):
        assert len(code) == 20
        assert code.isdecimal()
        assert code.startswith(SPIRIT)


@given(positions)
def test_a_code_is_genuine_only_under_the_key_it_was_made_with(wanted: list[int]) -> None:
    codes = MINT.codes(wanted, 2)
    assert all(MINT.genuine(code, 2) for code in codes)
    assert not any(MINT.genuine(code, 3) for code in codes)
    assert [MINT.genuine(code, 1) for code in codes] == [code in MINT.codes(wanted, 1) for code in codes]


def test_codes_of_neighbouring_positions_are_no_neighbours() -> None:
    serials = [int(code[7:16]) for code in MINT.codes(range(1_000), 1)]
    steps = [abs(b - a) for a, b in itertools.pairwise(serials)]
    assert sum(step < 1_000_000 for step in steps) < 20


def test_no_code_is_made_under_a_key_version_that_is_missing() -> None:
    with pytest.raises(KeyError):
        MINT.codes([0], 3)
