from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.areas import NumberingPlan
from gateway.core.places import FIRST_PREFIX, LAST_PREFIX, Places
from gateway.core.query import Certainty, Place

FUZHOU = Place("350100", Certainty.PREFIX)


def plan() -> NumberingPlan:
    mobile_areas = array("H", bytes(2 * (LAST_PREFIX - FIRST_PREFIX + 1)))
    mobile_areas[1_381_234 - FIRST_PREFIX] = 1
    mobile_areas[1_999_999 - FIRST_PREFIX] = 2
    landlines = {"591": "350100", "10": "110000", "29": "610000", "728": ""}
    return NumberingPlan(memoryview(mobile_areas), ("", "350100", "420000"), landlines)


PLACES = Places(plan())


@pytest.mark.parametrize(
    "address",
    ["8613812345678", "13812345678", "+8613812345678", "008613812345678", "+86 138-1234-5678", "013812345678"],
)
def test_a_mobile_has_one_normal_form_and_the_place_of_its_prefix(address: str) -> None:
    origin = PLACES.origin(address)
    assert (origin.number, origin.subscriber, origin.place) == ("8613812345678", True, FUZHOU)


@pytest.mark.parametrize(
    ("address", "number", "place"),
    [
        ("059187654321", "8659187654321", FUZHOU),
        ("8659187654321", "8659187654321", FUZHOU),
        ("01062345678", "861062345678", Place("110000", Certainty.PREFIX)),
        ("02987654321", "862987654321", Place("610000", Certainty.PROVINCE)),
        ("07286212345", "867286212345", Place()),
        ("19999991234", "8619999991234", Place("420000", Certainty.PROVINCE)),
        ("17312345678", "8617312345678", Place()),
        ("+14155552671", "14155552671", Place()),
    ],
)
def test_a_place_is_as_certain_as_its_prefix(address: str, number: str, place: Place) -> None:
    origin = PLACES.origin(address)
    assert (origin.number, origin.subscriber, origin.place) == (number, True, place)
    assert PLACES.origin(address) is not None


@pytest.mark.parametrize(
    "address",
    [
        "95001111",
        "12315",
        "10086",
        "1065712345678901",
        "110",
        "9600",
        "87654321",
        "",
        "TAOBAO",
        "+",
        "8610086",
        "99999999999999999999",
        "00000000000",
        "861381234567x",
        "１３８１２３４５６７８",
        "8611111111111",
        "+99999999999",
    ],
)
def test_what_is_no_subscribers_number_stays_as_received_and_has_no_place(address: str) -> None:
    origin = PLACES.origin(address)
    assert (origin.number, origin.subscriber, origin.place) == (address, False, Place())


def test_a_foreign_number_of_eleven_digits_is_told_by_its_type_of_number() -> None:
    assert PLACES.origin("14155552671", international=True).number == "14155552671"
    assert PLACES.origin("14155552671", international=True).subscriber
    assert not PLACES.origin("14155552671").subscriber


def test_a_number_is_not_shown() -> None:
    assert "138" not in repr(PLACES.origin("13812345678"))


def test_what_is_remembered_of_rare_numbers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.core.places._MAX_REMEMBERED", 2)
    places = Places(plan())
    for last in range(5):
        assert places.origin(f"0591876543{last:02}").place == FUZHOU


@given(st.text("0123456789+- ", max_size=24) | st.text(max_size=24), st.booleans())
def test_any_address_has_an_origin_and_a_normal_form_is_its_own(address: str, international: bool) -> None:
    origin = PLACES.origin(address, international)
    if origin.subscriber:
        again = PLACES.origin(origin.number, international=True)
        assert (again.number, again.place) == (origin.number, origin.place)
    else:
        assert origin.number == address
