"""The words of a reply and how they are made to fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.answer import Finding
from gateway.core.registration import CodeState, Product, Registration
from gateway.core.verdicts import CodeHistory, Verdict
from gateway.core.wording import Judged, Words, china_day, china_time, fit, in_language, shortened, words_of

CODE = "81234567890123451974"


def render(template: str, words: Words) -> str:
    return template.format(**words)


def test_a_text_that_fits_is_not_touched() -> None:
    words: dict[str, str | int] = {"product": "玉泉白酒", "enterprise": "福清酒业"}
    assert fit(render, "{enterprise}{product}!", words, lambda text: len(text) - 70) == "福清酒业玉泉白酒!"


def test_the_enterprise_is_the_last_name_to_be_cut() -> None:
    words: dict[str, str | int] = {
        "product": "玉泉牌陈年白酒",
        "enterprise": "福清玉泉酒业",
        "specification": "六瓶一箱装的",
    }
    text = fit(render, "{enterprise}{product}{specification}", words, lambda text: len(text) - 16)
    assert text == "福清玉泉酒业玉泉牌陈…六瓶一箱…"


def test_a_warning_is_never_cut_even_where_nothing_fits() -> None:
    words: dict[str, str | int] = {"product": "很长很长很长很长的名字"}
    assert fit(render, "请勿食用：{product}", words, lambda text: len(text) - 3) == "请勿食用：很长很长…"


@given(st.text(min_size=1, max_size=80), st.text(min_size=1, max_size=80), st.integers(30, 70))
def test_names_of_any_length_leave_a_text_within_the_limit_or_at_its_shortest(
    product: str, enterprise: str, limit: int
) -> None:
    words: dict[str, str | int] = {"product": product, "enterprise": enterprise}
    text = fit(render, "注意：{product}，{enterprise}", words, lambda text: len(text) - limit)
    assert len(text) <= limit
    assert text.startswith("注意：")


@given(st.text(max_size=50), st.integers(1, 60))
def test_shortening_keeps_a_beginning_and_marks_the_cut(name: str, excess: int) -> None:
    short = shortened(name, excess)
    assert short == name or (name.startswith(short.rstrip("….")) and len(short) < len(name))


@pytest.mark.parametrize(
    ("names", "language", "expected"),
    [
        ({"zh": "酒", "en": "Liquor"}, "en", "Liquor"),
        ({"zh": "酒", "en": "Liquor"}, "fr", "酒"),
        ({"ja": "酒造"}, "en", "酒造"),
        ({}, "en", ""),
    ],
)
def test_a_name_is_given_in_the_language_asked_or_in_chinese(
    names: dict[str, str], language: str, expected: str
) -> None:
    assert in_language(names, language) == expected


def test_times_are_chinas() -> None:
    assert china_time(1_209_781_260.0) == "05-03 10:21"
    assert china_day(1_209_759_600.0) == "2008-05-03"  # 20:20 UTC of the day before


def test_the_words_of_a_repeat_count_the_queries_before_it() -> None:
    product = Product("8123456", {"zh": "玉泉白酒"}, {"zh": "福清酒业"}, "500ml")
    registration = Registration(CODE, CodeState.ACTIVATED, product, produced_on="2008-05-01")
    history = CodeHistory(1, 1_209_781_260.0, False, queries=4, callers=3, mine_before=1)
    words = words_of(Judged(Finding(CODE, Verdict.REPEATED_OTHER), registration, history), "zh")
    assert words["tail"] == "1974"
    assert words["earlier"] == 3
    assert words["others"] == 2
    assert words["mine"] == 2
    assert words["first_time"] == "05-03 10:21"
    assert words["produced"] == "20080501"


def test_an_unknown_code_has_no_names_to_say() -> None:
    assert words_of(Judged(Finding(CODE, Verdict.UNKNOWN), None, None), "zh") == {"tail": "1974", "length": 20}


@pytest.mark.parametrize(("code", "length"), [(CODE, 20), (CODE[:16], 20), ("1076382258417698", 16)])
def test_the_head_of_a_code_is_told_the_length_of_a_whole_one(code: str, length: int) -> None:
    assert words_of(Judged(Finding(code, Verdict.UNKNOWN), None, None), "zh")["length"] == length
