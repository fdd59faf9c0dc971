"""The statistics' questions and answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.query import Certainty
from gateway.core.spreadsheet import harmless
from gateway.core.statistics import (
    Count,
    Dimension,
    ProductFigures,
    Question,
    answer,
    certainty_of,
    prefecture_of,
    value_of,
)

FIGURES = {
    "8000001": ProductFigures("8000001", 20_000, "白酒", "酒", "玉泉"),
    "8000002": ProductFigures("8000002", 5_000, "茶", "茶", "武夷"),
}


@pytest.mark.parametrize(
    ("area", "prefecture", "certainty"),
    [
        ("350181", "350100", Certainty.EXACT),
        ("350100", "350100", Certainty.PREFIX),
        ("350000", "350000", Certainty.PROVINCE),
        ("110105", "110000", Certainty.EXACT),
        ("110000", "110000", Certainty.PREFIX),
        ("429004", "429004", Certainty.PREFIX),
        ("", "", Certainty.UNKNOWN),
    ],
)
def test_an_area_has_its_prefecture_and_says_how_well_it_is_known(
    area: str, prefecture: str, certainty: Certainty
) -> None:
    assert (prefecture_of(area), certainty_of(area)) == (prefecture, certainty)


def test_unknown_places_are_shown_and_not_dropped() -> None:
    groups = answer(
        Question((Dimension.PROVINCE,), 0, 1), [Count(("",), "first", 3), Count(("350100",), "first", 2)], {}
    )
    assert [(group.values, group.counts) for group in groups] == [(("",), {"first": 3}), (("350000",), {"first": 2})]


def test_rates_are_per_ten_thousand_activated_items_of_the_group() -> None:
    counts = [Count(("8000001",), "unknown", 4), Count(("8000002",), "unknown", 1), Count(("",), "unknown", 9)]
    groups = answer(Question((Dimension.CATEGORY,), 0, 1), counts, FIGURES)
    assert [(group.values, group.rate("unknown")) for group in groups] == [
        (("",), None),
        (("茶",), 2.0),
        (("酒",), 2.0),
    ]


def test_rates_of_places_are_per_all_activated_items_that_were_asked_about() -> None:
    question = Question((Dimension.PREFECTURE,), 0, 1, products=("8000002",))
    (group,) = answer(question, [Count(("350181",), "report", 1)], FIGURES)
    assert (group.values, group.rate("report")) == (("350100",), 2.0)


def test_a_category_or_an_enterprise_stands_for_its_products() -> None:
    assert Question((), 0, 1, categories=("酒",)).slice(FIGURES).products == ("8000001",)
    assert Question((), 0, 1, enterprises=("武夷",), categories=("酒",)).slice(FIGURES).products == ()
    assert Question((), 0, 1).slice(FIGURES).products is None


def test_two_dimensions_of_one_column_are_read_once() -> None:
    question = Question((Dimension.PROVINCE, Dimension.CERTAINTY, Dimension.ENTERPRISE), 0, 1)
    assert question.slice({}).columns == ("area", "resource_code")
    (group,) = answer(question, [Count(("350100", "8000001"), "first", 1)], FIGURES)
    assert group.values == ("350000", "prefix", "玉泉")


@given(st.lists(st.tuples(st.sampled_from(["", "350100", "350181", "110101"]), st.integers(0, 9)), max_size=20))
def test_no_count_is_lost_by_grouping(pairs: list[tuple[str, int]]) -> None:
    counts = [Count((area,), "first", count) for area, count in pairs]
    groups = answer(Question((Dimension.PREFECTURE,), 0, 1), counts, {})
    assert sum(group.counts["first"] for group in groups) == sum(count for _, count in pairs)


def test_values_without_figures_are_unknown() -> None:
    assert value_of(Dimension.ENTERPRISE, "8999999", FIGURES) == ""


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "＝1", "\t=1", "\r=1", "\n=1"])
def test_formulas_are_made_harmless(text: str) -> None:
    assert harmless(text) == f"'{text}"


def test_numbers_stay_numbers() -> None:
    assert (harmless(-1), harmless("8000001")) == (-1, "8000001")
